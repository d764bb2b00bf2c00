package import Core
import Postgres

/// A named capacity as the database has it.
package struct PoolRecord: Hashable, Sendable {
    package var name: String
    package var slots: Int
    /// Which of its waiting tasks goes first.
    package var order: QueueOrder
    /// Slots of attempts that have not ended.
    package var slotsInUse: Int
    /// How many queued tasks ask for it and are not claimed.
    package var queued: Int
    /// Since when it has held something back; nil: it does not.
    package var fullSince: Timestamp?
    /// A person's word is in force, not that of `rota.yaml`.
    package var isChanged: Bool
    /// What `rota.yaml` says of its size; nil: nothing.
    package var settingsSlots: Int?
    package var changedBy: String?
    package var changedAt: Timestamp?
}

extension PoolRecord {
    init(row: Row) throws(DatabaseError) {
        name = try row.decode(0)
        slots = try row.decode(1)
        slotsInUse = try row.decode(2)
        queued = try row.decode(3)
        order = try row.decode(4)
        fullSince = queued > 0 ? try row.decode(5) : nil
        isChanged = try row.decode(6)
        settingsSlots = try row.decode(7)
        changedBy = try row.decode(8)
        changedAt = try row.decode(9)
    }
}

/// A task that waits for slots.
package struct PoolWaiter: Hashable, Sendable {
    package var run: RunName
    package var task: String
    /// Nil where the task is not mapped.
    package var mapIndex: Int?
    package var slots: Int
    package var priority: Int
    package var since: Timestamp
}

extension PoolWaiter {
    fileprivate init(row: Row) throws(DatabaseError) {
        run = RunName(dag: try row.decode(0), key: try row.decode(1))
        task = try row.decode(2)
        let index: Int = try row.decode(3)
        mapIndex = index < 0 ? nil : index
        slots = try row.decode(4)
        priority = try row.decode(5)
        since = try row.decode(6)
    }
}

extension Store {
    /// Lists all pools by name.
    package func pools() async throws -> [PoolRecord] {
        try await pool.execute(Self.poolsStatement, []).map { try PoolRecord(row: $0) }
    }

    /// Lists the head of a pool's queue, in its order where that is `fifo`, `priority` or `deadline`.
    ///
    /// Else it is listed by what can be said without the servers' memory: where DAGs take turns by priority and age,
    /// which is the order within each DAG, and where durations decide by the time of queueing.
    package func queue(ofPool name: String, limit: Int) async throws -> [PoolWaiter] {
        try await pool.execute(
            Statement(
                name: "queue_of_pool",
                sql: """
                    SELECT d.name, r.key, t.task_id, t.map_index, t.slots, t.priority, coalesce(t.queued_at, r.created_at)
                    FROM task_instance t JOIN dag_run r ON r.id = t.run_id JOIN dag d ON d.id = r.dag_id
                        LEFT JOIN pool p ON p.name = t.pool
                    WHERE t.pool = $1 AND t.state = 'queued' AND t.attempt_id IS NULL
                    ORDER BY CASE
                        WHEN p.ordering IN ('priority', 'fair') THEN t.queued_at - t.priority * interval '1 minute'
                        WHEN p.ordering = 'deadline' THEN coalesce(r.start_by, r.end_by, t.queued_at + interval '1 day')
                        END, t.queued_at, t.id LIMIT $2
                    """
            ),
            [name, limit]
        ).map { try PoolWaiter(row: $0) }
    }

    /// A task that waits for slots, such as one that slots are kept for; nil: it waits no longer.
    package func waiter(instance: Int) async throws -> PoolWaiter? {
        try await pool.execute(
            Statement(
                name: "waiter_by_instance",
                sql: """
                    SELECT d.name, r.key, t.task_id, t.map_index, t.slots, t.priority, coalesce(t.queued_at, r.created_at)
                    FROM task_instance t JOIN dag_run r ON r.id = t.run_id JOIN dag d ON d.id = r.dag_id
                    WHERE t.id = $1 AND t.state = 'queued' AND t.attempt_id IS NULL
                    """
            ),
            [instance]
        ).first.map { try PoolWaiter(row: $0) }
    }

    static let poolsStatement = Statement(
        name: "read_pools",
        sql: """
            SELECT p.name, p.slots, coalesce(u.slots, 0)::bigint, coalesce(q.tasks, 0), p.ordering, p.full_since,
                p.origin = 'operator', p.settings_slots, p.actor, p.changed_at
            FROM pool p
                LEFT JOIN (
                    SELECT pool, sum(slots) AS slots FROM attempt
                    WHERE ended_at IS NULL AND pool IS NOT NULL GROUP BY pool
                ) u ON u.pool = p.name
                LEFT JOIN (
                    SELECT pool, count(*) AS tasks FROM task_instance
                    WHERE state = 'queued' AND attempt_id IS NULL AND pool IS NOT NULL GROUP BY pool
                ) q ON q.pool = p.name
            ORDER BY p.name
            """
    )
}
