import Postgres

extension Store {
    /// How many tasks of a run are blocked, if the named task is the only one that failed; else 0, for then nobody can
    /// tell whose doing it is without the graph.
    package func blockedTasks(ofRun run: Int, task: String) async throws -> Int {
        try await pool.execute(Self.blockedStatement, [run, task]).first.map { try $0.decode(0) } ?? 0
    }

    static let blockedStatement = Statement(
        name: "blocked_tasks",
        sql: """
            SELECT CASE WHEN count(*) FILTER (WHERE state = 'failed' AND task_id <> $2) = 0
                THEN count(*) FILTER (WHERE state = 'upstream_failed') ELSE 0 END
            FROM task_instance WHERE run_id = $1
            """
    )
}
