package import Core
import Postgres

/// Where a queued task stands, and what is written of what it waits for.
package struct QueuePlace: Hashable, Sendable {
    /// How many tasks of the same pool (or without a pool) are before it; a thousand at the most are counted.
    package var ahead: Int
    /// The pool's size; nil: it names none, or there is none of that name.
    package var poolSlots: Int?
    /// Since when its pool has held something back.
    package var poolFullSince: Timestamp?
    /// Since when its DAG's limit of tasks at once has held something back.
    package var dagFullSince: Timestamp?
}

extension Store {
    /// Reads where a queued task stands.
    package func queuePlace(ofInstance instance: Int) async throws -> QueuePlace? {
        let rows = try await pool.execute(
            Statement(
                name: "queue_place",
                sql: """
                    SELECT p.slots, p.full_since, d.tasks_full_since,
                        (SELECT count(*) FROM (
                            SELECT FROM task_instance q WHERE q.state = 'queued' AND q.attempt_id IS NULL
                                AND q.pool IS NOT DISTINCT FROM t.pool
                                AND CASE coalesce(p.ordering, 'fair') WHEN 'fifo' THEN (q.queued_at, q.id) < (t.queued_at, t.id)
                                    ELSE (q.queued_at - q.priority * interval '1 minute', q.id)
                                        < (t.queued_at - t.priority * interval '1 minute', t.id) END
                            LIMIT 1000) earlier)
                    FROM task_instance t JOIN dag d ON d.id = t.dag_id LEFT JOIN pool p ON p.name = t.pool
                    WHERE t.id = $1
                    """
            ),
            [instance]
        )
        guard let row = rows.first else { return nil }
        return QueuePlace(
            ahead: try row.decode(3),
            poolSlots: try row.decode(0),
            poolFullSince: try row.decode(1),
            dagFullSince: try row.decode(2)
        )
    }
}
