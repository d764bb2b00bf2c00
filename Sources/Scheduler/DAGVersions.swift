package import Core
package import Postgres
package import Store
import Synchronization

/// A version of a DAG, ready for use.
package struct LoadedVersion: Sendable {
    package let id: Int
    package let dag: DAG
    package let topology: Topology

    /// A version that is not stored anywhere.
    package init(id: Int = 0, dag: DAG, topology: Topology) {
        self.id = id
        self.dag = dag
        self.topology = topology
    }

    /// The zone in which the DAG's dates are meant.
    package var zone: TimeZoneRules { dag.schedule?.timetable.zone ?? .utc }
}

/// Compiled versions of DAGs, kept in memory because a version never changes.
package final class DAGVersions: Sendable {
    /// Turns what a version was made of into a DAG; throws a sentence where this program cannot.
    package typealias Compiler = @Sendable (VersionSource) throws -> DAG

    private let compile: Compiler
    private let loaded = Mutex<[Int: LoadedVersion]>([:])
    /// The most versions that are kept; older ones are read again when asked for.
    private static let capacity = 20_000

    /// Compiles by the given function, which must be pure but for the zone data.
    package init(compile: @escaping Compiler) {
        self.compile = compile
    }

    /// The version of that id, from memory or the store.
    package func version(_ id: Int, on connection: isolated Connection) throws -> LoadedVersion {
        if let known = loaded.withLock({ $0[id] }) { return known }
        guard let stored = try connection.versionSource(id) else { throw SchedulerError.noSuchVersion(id) }
        return try keep(id, stored)
    }

    /// Drops everything, so that zone data read anew takes effect.
    package func forgetAll() {
        loaded.withLock { $0.removeAll() }
    }

    /// Keeps a version that was compiled already.
    package func keep(_ id: Int, _ dag: DAG) throws -> LoadedVersion {
        let version = LoadedVersion(id: id, dag: dag, topology: try Topology(dag.tasks))
        loaded.withLock {
            if $0.count >= Self.capacity { $0.removeAll() }
            $0[id] = version
        }
        return version
    }

    private func keep(_ id: Int, _ source: VersionSource) throws -> LoadedVersion {
        do {
            return try keep(id, compile(source))
        } catch {
            throw SchedulerError.versionNotUnderstood(id: id, dag: source.dag, reason: "\(error)")
        }
    }
}

/// What keeps the scheduler from deciding about one DAG; others are not touched by it.
package enum SchedulerError: Error, Hashable, Sendable {
    case noSuchVersion(Int)
    case versionNotUnderstood(id: Int, dag: String, reason: String)
}

extension SchedulerError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .noSuchVersion(let id):
            "version \(id) of a DAG is not in the database any more; was it restored from a backup?"
        case .versionNotUnderstood(let id, let dag, let reason):
            """
            the stored version \(id) of DAG '\(dag)' cannot be read by this program: \(reason). Its runs wait; \
            start the program that wrote it, or cancel them.
            """
        }
    }
}
