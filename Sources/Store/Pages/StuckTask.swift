package import Core
import Postgres

/// A task that waits for what will not come by itself: a runner that is silent, or one that does not exist.
package struct StuckTask: Hashable, Sendable {
    package var run: RunName
    package var logicalDate: Timestamp
    package var task: String
    /// Nil where the task is not mapped.
    package var mapIndex: Int?
    /// The runner that is silent; nil where the task could not be placed at all.
    package var silentRunner: String?
    /// Why, in the store's words.
    package var reason: String
    /// Since when it runs, or waits.
    package var since: Timestamp
}

extension Store {
    /// Lists stuck tasks, oldest first.
    package func stuckTasks(limit: Int) async throws -> [StuckTask] {
        try await pool.execute(Self.stuckStatement, [limit]).map { row in
            let index: Int = try row.decode(3)
            return StuckTask(
                run: RunName(dag: try row.decode(0), key: try row.decode(1)),
                logicalDate: try row.decode(7),
                task: try row.decode(2),
                mapIndex: index < 0 ? nil : index,
                silentRunner: try row.decode(4),
                reason: try row.decode(5),
                since: try row.decode(6)
            )
        }
    }

    // Live attempts and the queue have partial indexes, which the comparisons that always hold name.
    static let stuckStatement = Statement(
        name: "stuck_tasks",
        sql: """
            SELECT d.name, r.key, s.task_id, s.map_index, s.runner, s.reason, s.since, r.logical_date FROM (
                (SELECT t.run_id, t.task_id, t.map_index, a.runner, coalesce(a.reason, '') AS reason,
                    a.intended_at AS since
                FROM attempt a JOIN task_instance t ON t.id = a.task_instance_id
                WHERE a.ended_at IS NULL AND a.runner >= '' AND a.state = 'unreachable' ORDER BY a.id LIMIT $1)
                UNION ALL
                (SELECT t.run_id, t.task_id, t.map_index, NULL, t.hold, coalesce(t.queued_at, now())
                FROM task_instance t WHERE t.state = 'queued' AND t.attempt_id IS NULL AND t.slots > 0
                    AND t.hold ~ '^(unknown_runner|no_runner_with_labels|no_runner_answers|unknown_pool|version_unreadable|too_large|pool_too_small)'
                ORDER BY t.id LIMIT $1)) s
            JOIN dag_run r ON r.id = s.run_id JOIN dag d ON d.id = r.dag_id
            ORDER BY s.since LIMIT $1
            """
    )
}
