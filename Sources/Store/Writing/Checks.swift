import Postgres

/// A run as the check reads it.
package struct CheckedRun: Sendable {
    package var id: Int
    package var version: Int
    package var tasks: Int
    package var failures: Int
}

extension Connection {
    /// A sentence for each row of the views that must be empty.
    package func viewProblems() throws -> [String] {
        let counts = try execute(
            Statement(
                name: "check_run_counts",
                sql: "SELECT id, unfinished, counted FROM check_run_counts ORDER BY id LIMIT 1000"
            )
        )
        let overlaps = try execute(
            Statement(
                name: "check_tick_overlap",
                sql: "SELECT dag_id, tick_at::text FROM check_tick_overlap ORDER BY dag_id, tick_at LIMIT 1000"
            )
        )
        return try counts.map { row in
            "run \(try row.decode(0) as Int): stored unfinished \(try row.decode(1) as Int), counted \(try row.decode(2) as Int)"
        }
            + overlaps.map { row in
                "DAG \(try row.decode(0) as Int): the tick \(try row.decode(1) as String) stands alone and in a range"
            }
    }

    /// Runs in ascending order of id, for a recount.
    package func runsForCheck(after id: Int, limit: Int) throws -> [CheckedRun] {
        try execute(
            Statement(
                name: "runs_for_check",
                sql: "SELECT id, version_id, tasks, failures FROM dag_run WHERE id > $1 ORDER BY id LIMIT $2"
            ),
            [id, limit]
        ).map { row in
            CheckedRun(
                id: try row.decode(0),
                version: try row.decode(1),
                tasks: try row.decode(2),
                failures: try row.decode(3)
            )
        }
    }
}
