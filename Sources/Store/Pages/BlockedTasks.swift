import Postgres

/// A task of a run that did not run because of another, with how many of its instances.
package struct BlockedTask: Hashable, Sendable {
    package var name: String
    package var instances: Int
}

extension Store {
    /// Those of a run's tasks, given by their places in the file, that are blocked; in the file's order.
    package func blockedTasks(ofRun run: Int, among places: [Int]) async throws -> [BlockedTask] {
        guard !places.isEmpty else { return [] }
        return try await pool.execute(Self.blockedStatement, [run, places]).map { row in
            BlockedTask(name: try row.decode(0), instances: try row.decode(1))
        }
    }

    static let blockedStatement = Statement(
        name: "blocked_tasks",
        sql: """
            SELECT task_id, count(*) FROM task_instance
            WHERE run_id = $1 AND task_index = ANY ($2) AND state = 'upstream_failed'
            GROUP BY task_index, task_id ORDER BY task_index
            """
    )
}
