import Core
import Postgres
package import Store

extension Store {
    /// Compares what is stored with a recount; returns a sentence for each difference.
    package func check(versions: DAGVersions) async throws -> [String] {
        var problems = try await perform { try $0.viewProblems() }
        var last = 0
        while true {
            let after = last
            let batch = try await transaction { connection in
                try connection.runsForCheck(after: after, limit: 500).map { run in
                    let version = try versions.version(run.version, on: connection)
                    let rows = try connection.allInstances(run: run.id)
                    let stored = try connection.instances(ofRuns: [run.id], in: TaskState.allCases)
                    let reopening = Reopening(
                        tasks: version.dag.tasks,
                        topology: version.topology,
                        states: rows.map(\.state)
                    )
                    let counts = reopening.counts
                    var found: [String] = []
                    for row in stored where counts[row.task] != row.counts {
                        found.append(
                            "run \(run.id), task '\(version.dag.tasks[row.task].id)': stored counts \(row.counts), "
                                + "counted \(counts[row.task])"
                        )
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
