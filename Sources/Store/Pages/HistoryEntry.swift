package import Core
import Postgres

/// Something that happened to a run, one of its tasks or an attempt.
package struct HistoryEntry: Hashable, Sendable {
    package var at: Timestamp
    /// Nil: the run itself.
    package var task: String?
    package var mapIndex: Int?
    package var attempt: Int?
    package var oldState: String?
    package var newState: String
    package var actor: String
    package var reason: String?
}

extension Store {
    /// Reads what happened to a run and what people did with its tasks, newest first; that a task
    /// began to run, which follows its start at once, is left out.
    package func history(ofRun run: Int, limit: Int) async throws -> [HistoryEntry] {
        try await pool.execute(Self.historyStatement, [run, limit]).map { row in
            HistoryEntry(
                at: try row.decode(0),
                task: try row.decode(1),
                mapIndex: try row.decode(2, as: Int?.self).flatMap { $0 < 0 ? nil : $0 },
                attempt: try row.decode(3),
                oldState: try row.decode(4),
                newState: try row.decode(5),
                actor: try row.decode(6),
                reason: try row.decode(7)
            )
        }
    }

    // Ordered by a sum, for which no index is walked past all other runs' changes.
    static let historyStatement = Statement(
        name: "run_history",
        sql: """
            SELECT h.at, t.task_id, t.map_index, a.number, h.old_state, h.new_state, h.actor, h.reason
            FROM (
                SELECT * FROM transition
                WHERE run_id = $1 AND (task_instance_id IS NULL OR new_state <> 'running' OR old_state = 'unreachable')
                ORDER BY id + 0 DESC LIMIT $2) h
                LEFT JOIN task_instance t ON t.id = h.task_instance_id
                LEFT JOIN attempt a ON a.id = h.attempt_id
            ORDER BY h.id DESC
            """
    )
}
