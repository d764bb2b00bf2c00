import Postgres

/// A named capacity as the database has it.
package struct PoolRecord: Hashable, Sendable {
    package var name: String
    package var slots: Int
    /// Slots of attempts that have not ended.
    package var slotsInUse: Int
    /// How many queued tasks ask for it and are not claimed.
    package var queued: Int
}

extension PoolRecord {
    init(row: Row) throws(DatabaseError) {
        name = try row.decode(0)
        slots = try row.decode(1)
        slotsInUse = try row.decode(2)
        queued = try row.decode(3)
    }
}

extension Store {
    /// Lists all pools by name.
    package func pools() async throws -> [PoolRecord] {
        try await pool.execute(Self.poolsStatement, []).map { try PoolRecord(row: $0) }
    }

    static let poolsStatement = Statement(
        name: "read_pools",
        sql: """
            SELECT p.name, p.slots, coalesce(u.slots, 0)::bigint, coalesce(q.tasks, 0)
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
