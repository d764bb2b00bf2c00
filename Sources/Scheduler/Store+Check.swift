import Core
import Postgres
package import Store

extension Store {
    /// So many runs are read in one snapshot: none is held for long.
    private static let runsAtOnce = 100

    /// Compares what is stored with a recount; returns a sentence for each difference.
    ///
    /// Nothing is locked: what belongs together is read in one snapshot, in which every commit is there or is not.
    package func check(versions: DAGVersions) async throws -> [String] {
        var problems = try await perform { try $0.viewProblems() }
        var last = 0
        while true {
            let after = last
            let batch = try await transaction(isolation: .snapshot) { connection in
                try connection.runsForCheck(after: after, limit: Self.runsAtOnce).map { run in
                    let version = try versions.version(run.version, on: connection)
                    let stored = try connection.allInstances(run: run.id)
                    let reopening = Reopening(version, stored)
                    let counts = reopening.counts
                    var found: [String] = []
                    for row in stored {
                        guard let counted = counts[row.key], counted != row.counts else { continue }
                        let index = row.key.isWhole ? "" : " [\(row.key.mapIndex)]"
                        found.append(
                            "run \(run.id), task '\(version.dag.tasks[row.key.task].id)'\(index): "
                                + "stored counts \(row.counts), counted \(counted)"
                        )
                    }
                    if run.tasks != reopening.total {
                        found.append("run \(run.id): stored tasks \(run.tasks), counted \(reopening.total)")
                    }
                    if run.failures != reopening.failures {
                        found.append("run \(run.id): stored failures \(run.failures), counted \(reopening.failures)")
                    }
                    return (run.id, found)
                }
            }
            guard let newest = batch.last?.0 else { return problems }
            problems += batch.flatMap(\.1)
            last = newest
        }
    }
}

extension Reopening {
    /// A run's instances as they are stored.
    init(_ version: LoadedVersion, _ rows: [StoredInstance]) {
        self.init(
            tasks: version.dag.tasks,
            topology: version.topology,
            states: Dictionary(rows.map { ($0.key, $0.state) }) { first, _ in first }
        )
    }
}
