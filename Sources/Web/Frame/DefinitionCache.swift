import Core
import Store
import Synchronization

/// DAGs as their files say, by version; a version never changes, so what was read once is kept as long as the zone data
/// does not change.
final class DefinitionCache: Sendable {
    private let store: Store
    private let read: @Sendable (VersionSource) -> DAG?
    private let zoneData: @Sendable () -> String?
    private let kept = Mutex<Kept>(Kept())

    private struct Kept {
        var dags: [Int: DAG?] = [:]
        /// The zone data with which they were read.
        var zoneData: String?
    }

    /// Holds at most this many; then it begins anew, which costs a few reads.
    private static let limit = 2000

    init(
        store: Store,
        zoneData: @escaping @Sendable () -> String?,
        read: @escaping @Sendable (VersionSource) -> DAG?
    ) {
        self.store = store
        self.zoneData = zoneData
        self.read = read
    }

    /// The DAG of one version; nil where its file cannot be read by this program.
    func definition(of name: String, version number: Int, rowID: Int) async throws -> DAG? {
        let current = zoneData()
        let known = kept.withLock { kept in
            if kept.zoneData != current { kept = Kept(zoneData: current) }
            return kept.dags[rowID]
        }
        if let known { return known }
        guard let source = try await store.source(ofDAG: name, version: number) else { return nil }
        let dag = read(source)
        kept.withLock { kept in
            if kept.dags.count >= Self.limit { kept.dags.removeAll() }
            kept.dags[rowID] = dag
        }
        return dag
    }

    /// The DAG of the version in force.
    func definition(of record: DAGRecord) async throws -> DAG? {
        guard let number = record.version, let rowID = record.versionRowID else { return nil }
        return try await definition(of: record.name, version: number, rowID: rowID)
    }

    /// The DAG of the version by which an attempt of a run ran.
    func definition(of run: RunRecord, _ attempt: AttemptRecord?) async throws -> DAG? {
        guard let number = attempt?.version, let rowID = attempt?.versionRowID else {
            return try await definition(of: run)
        }
        return try await definition(of: run.name.dag, version: number, rowID: rowID)
    }

    /// The DAG of the version that a run is pinned to.
    func definition(of run: RunRecord) async throws -> DAG? {
        try await definition(of: run.name.dag, version: run.version, rowID: run.versionRowID)
    }
}
