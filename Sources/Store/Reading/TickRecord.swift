package import Core
import Postgres

/// A line of a DAG's schedule ledger: a tick with its decision, or a row of ticks that were skipped for one reason.
package struct TickRecord: Hashable, Sendable {
    package var first: Timestamp
    /// The last tick of the row; the first one where it is alone.
    package var last: Timestamp
    /// How many ticks the line stands for.
    package var count: Int
    /// `created`, or why there is no run: `catchup`, `overlap`, `paused`, `calendar`, `shadow`.
    package var decision: String
    /// The key of the run; nil where there is none, or it was pruned.
    package var runKey: String?
    package var decidedAt: Timestamp
    /// The version of the zone data by which it was decided.
    package var tzdata: String?
}

extension Store {
    /// Lists a DAG's decided ticks, newest first.
    ///
    /// `before`: Only ticks before this instant; nil: all. `since`: Only ticks at or after this instant; nil: all.
    package func ticks(
        ofDAG name: String,
        since: Timestamp?,
        before: Timestamp?,
        limit: Int
    ) async throws -> (items: [TickRecord], next: Timestamp?) {
        let rows = try await pool.execute(Self.ticksStatement, [name, since, before, limit + 1])
        let items = try rows.map { row in
            TickRecord(
                first: try row.decode(0),
                last: try row.decode(1),
                count: try row.decode(2),
                decision: try row.decode(3),
                runKey: try row.decode(4),
                decidedAt: try row.decode(5),
                tzdata: try row.decode(6)
            )
        }
        return (Array(items.prefix(limit)), items.count > limit ? items[limit - 1].first : nil)
    }

    // Each half is read from its primary key backwards, so a page costs the same however long the ledger is.
    static let ticksStatement = Statement(
        name: "ticks_of_dag",
        sql: """
            SELECT * FROM (
                (SELECT t.tick_at AS first, t.tick_at AS last, 1::bigint, t.decision, r.key, t.decided_at, t.tzdata
                FROM tick t LEFT JOIN dag_run r ON r.id = t.run_id
                WHERE t.dag_id = (SELECT id FROM dag WHERE name = $1) AND ($2::timestamptz IS NULL OR t.tick_at >= $2)
                    AND ($3::timestamptz IS NULL OR t.tick_at < $3)
                ORDER BY t.tick_at DESC LIMIT $4)
                UNION ALL
                (SELECT g.first_tick, g.last_tick, g.ticks, g.decision, NULL, g.decided_at, g.tzdata
                FROM tick_range g
                WHERE g.dag_id = (SELECT id FROM dag WHERE name = $1) AND ($2::timestamptz IS NULL OR g.last_tick >= $2)
                    AND ($3::timestamptz IS NULL OR g.first_tick < $3)
                ORDER BY g.first_tick DESC LIMIT $4)) u
            ORDER BY u.first DESC LIMIT $4
            """
    )
}
