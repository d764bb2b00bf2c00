package import Core
import Postgres

/// An attempt that has not ended, for whoever waits for its slots.
package struct SlotHolder: Hashable, Sendable {
    package var run: RunName
    package var task: String
    /// Nil where the task is not mapped.
    package var mapIndex: Int?
    package var attempt: Int
    package var state: AttemptState
    package var runner: String
    package var slots: Int
    /// Since when it holds them.
    package var since: Timestamp
}

/// What slots belong to.
package enum SlotOwner: Hashable, Sendable {
    case pool(String)
    case runner(String)
    /// The DAG's limit of tasks at once.
    case dag(Int)
}

/// Who holds slots, and how many there are in all.
package struct SlotHolders: Hashable, Sendable {
    /// Those that have held theirs longest.
    package var oldest: [SlotHolder]
    /// How many attempts there are, those above included.
    package var attempts: Int
    package var slots: Int
}

extension Store {
    /// Lists who holds an owner's slots, longest first, `limit` at the most.
    package func slotHolders(of owner: SlotOwner, limit: Int) async throws -> SlotHolders {
        var (pool, runner, dag): (String?, String?, Int?) = (nil, nil, nil)
        switch owner {
        case .pool(let name): pool = name
        case .runner(let name): runner = name
        case .dag(let id): dag = id
        }
        let rows = try await self.pool.execute(Self.slotHoldersStatement, [pool, runner, dag, limit])
        var holders = SlotHolders(oldest: [], attempts: 0, slots: 0)
        for row in rows {
            holders.attempts = try row.decode(8)
            holders.slots = try row.decode(9)
            let index: Int = try row.decode(3)
            holders.oldest.append(
                SlotHolder(
                    run: RunName(dag: try row.decode(0), key: try row.decode(1)),
                    task: try row.decode(2),
                    mapIndex: index < 0 ? nil : index,
                    attempt: try row.decode(4),
                    state: try row.decode(10),
                    runner: try row.decode(5),
                    slots: try row.decode(6),
                    since: try row.decode(7)
                )
            )
        }
        return holders
    }

    // Only live attempts are read, for which there is a partial index that the comparison with nothing names.
    static let slotHoldersStatement = Statement(
        name: "slot_holders",
        sql: """
            SELECT d.name, r.key, t.task_id, t.map_index, a.number, a.runner, a.slots, a.intended_at,
                count(*) OVER (), (sum(a.slots) OVER ())::bigint, a.state
            FROM attempt a JOIN task_instance t ON t.id = a.task_instance_id JOIN dag_run r ON r.id = a.run_id
                JOIN dag d ON d.id = r.dag_id
            WHERE a.ended_at IS NULL AND a.runner >= ''
                AND ($1::text IS NULL OR a.pool = $1) AND ($2::text IS NULL OR a.runner = $2)
                AND ($3::bigint IS NULL OR a.dag_id = $3)
            ORDER BY a.intended_at, a.id LIMIT $4
            """
    )
}
