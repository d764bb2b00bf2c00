package import Core
import Postgres

/// Where a queued task stands, and what is written of what it waits for.
package struct QueuePlace: Hashable, Sendable {
    /// In which order the tasks beside it go.
    package var order: QueueOrder
    /// How many tasks are before it, a thousand at the most: of the same pool, or without one that want the same runners.
    ///
    /// Where DAGs take turns only those of its own DAG are counted; where durations that only the runners' servers know
    /// decide (`shortest`, `critical_path`), all others are.
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
                            SELECT FROM task_instance q JOIN dag_run qr ON qr.id = q.run_id
                            WHERE q.state = 'queued' AND q.attempt_id IS NULL AND q.slots > 0
                                AND q.pool IS NOT DISTINCT FROM t.pool
                                AND (t.pool IS NOT NULL
                                    OR q.runner IS NOT DISTINCT FROM t.runner AND q.labels IS NOT DISTINCT FROM t.labels)
                                AND CASE coalesce(p.ordering, 'fair')
                                    WHEN 'fifo' THEN (q.queued_at, q.id) < (t.queued_at, t.id)
                                    WHEN 'deadline' THEN
                                        (coalesce(qr.start_by, qr.end_by, q.queued_at + interval '1 day'), q.queued_at, q.id)
                                        < (coalesce(r.start_by, r.end_by, t.queued_at + interval '1 day'), t.queued_at, t.id)
                                    WHEN 'priority' THEN (q.queued_at - q.priority * interval '1 minute', q.queued_at, q.id)
                                        < (t.queued_at - t.priority * interval '1 minute', t.queued_at, t.id)
                                    WHEN 'fair' THEN q.dag_id = t.dag_id
                                        AND (q.queued_at - q.priority * interval '1 minute', q.queued_at, q.id)
                                        < (t.queued_at - t.priority * interval '1 minute', t.queued_at, t.id)
                                    ELSE q.id <> t.id END
                            LIMIT 1000) earlier), coalesce(p.ordering, 'fair')
                    FROM task_instance t JOIN dag_run r ON r.id = t.run_id JOIN dag d ON d.id = t.dag_id
                        LEFT JOIN pool p ON p.name = t.pool
                    WHERE t.id = $1
                    """
            ),
            [instance]
        )
        guard let row = rows.first else { return nil }
        return QueuePlace(
            order: try row.decode(4),
            ahead: try row.decode(3),
            poolSlots: try row.decode(0),
            poolFullSince: try row.decode(1),
            dagFullSince: try row.decode(2)
        )
    }
}
