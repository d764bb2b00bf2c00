import Postgres

/// A change of a run, or of something below it, for whoever shows its DAG.
package struct RecentChange: Hashable, Sendable {
    /// Grows, though not in the order of commits.
    package var id: Int
    package var dag: String
    /// Whether it began so long ago that none before it is still on its way.
    package var isSettled: Bool
}

extension Store {
    /// The number of the latest change.
    package func latestChange() async throws -> Int {
        try await pool.execute(Self.latestChangeStatement, []).first?.decode(0) ?? 0
    }

    /// Lists changes after a number, ascending.
    ///
    /// Numbers are given out before the commit, so a smaller one may come later; ask again from the last settled one.
    package func changes(after id: Int, limit: Int) async throws -> [RecentChange] {
        try await pool.execute(Self.changesStatement, [id, limit]).map { row in
            RecentChange(id: try row.decode(0), dag: try row.decode(1), isSettled: try row.decode(2))
        }
    }

    static let latestChangeStatement = Statement(
        name: "latest_change",
        sql: "SELECT id FROM transition ORDER BY id DESC LIMIT 1"
    )

    static let changesStatement = Statement(
        name: "recent_changes",
        sql: """
            SELECT t.id, d.name, t.at < clock_timestamp() - interval '2 seconds'
            FROM (
                SELECT id, run_id, at FROM transition
                WHERE id > $1 AND at > clock_timestamp() - interval '10 minutes' ORDER BY id LIMIT $2
            ) t
                JOIN dag_run r ON r.id = t.run_id
                JOIN dag d ON d.id = r.dag_id
            ORDER BY t.id
            """
    )
}
