package import Core
import Postgres

/// One backfill as the database has it, with how far it has come.
package struct BackfillRecord: Hashable, Sendable {
    package var id: Int
    package var dag: String
    package var state: State
    /// The first instant whose ticks are wanted.
    package var from: Timestamp
    /// The first instant whose ticks are not.
    package var to: Timestamp
    /// `missing`, `failed` or `all`.
    package var rerun: String
    /// The latest tick goes first.
    package var isReverse: Bool
    /// How many of its runs may be under way at once.
    package var maximumActive: Int
    package var actor: String
    package var createdAt: Timestamp
    package var endedAt: Timestamp?
    /// Why it was ended by nobody's word: `file_removed`; else nil.
    package var reason: String?
    /// How many of its runs are in each state.
    package var runCounts: [RunState: Int]
    /// How many runs are still to be made, as planned.
    package var unmade: Int
    /// The tick to go on from; nil: every run is made.
    package var nextAt: Timestamp?

    /// The span in which runs are still to be made; nil: there is none.
    package var unmadeSpan: Range<Timestamp>? {
        guard let nextAt, state == .running || state == .paused else { return nil }
        let end = min(to, createdAt)
        if isReverse { return from <= nextAt ? from..<nextAt + .microseconds(1) : nil }
        return nextAt < end ? nextAt..<end : nil
    }

    /// How many runs there are or will be.
    package var total: Int { runCounts.values.reduce(unmade, +) }
    /// How many runs have ended.
    package var ended: Int { runCounts.reduce(0) { $0 + ($1.key.isTerminal ? $1.value : 0) } }

    /// How long the rest takes if it goes on as so far; nil where nothing has ended yet, or nothing is left.
    package func rest(now: Timestamp) -> Duration? {
        guard state == .running, ended > 0, ended < total else { return nil }
        return (now - createdAt) * (total - ended) / ended
    }

    /// Whether it goes on.
    package enum State: String, Hashable, Sendable, CaseIterable {
        /// Its runs are made and started.
        case running
        /// Nothing of it is started until someone resumes it.
        case paused
        /// All of its runs have ended.
        case done
        /// Someone ended it.
        case cancelled
    }
}

extension BackfillRecord.State: StoredWord {}

extension BackfillRecord {
    init(row: Row) throws(DatabaseError) {
        id = try row.decode(0)
        dag = try row.decode(1)
        state = try row.decode(2)
        from = try row.decode(3)
        to = try row.decode(4)
        rerun = try row.decode(5)
        isReverse = try row.decode(6)
        maximumActive = try row.decode(7)
        actor = try row.decode(8)
        createdAt = try row.decode(9)
        endedAt = try row.decode(10)
        unmade = try row.decode(13)
        nextAt = try row.decode(14)
        reason = try row.decode(15)
        runCounts = [:]
        let states = try row.decode(11, as: [RunState].self)
        let counts = try row.decode(12, as: [Int].self)
        for (state, count) in zip(states, counts) { runCounts[state] = count }
    }
}

extension Store {
    /// Lists backfills, newest first, at least 1; with an id, those made before it.
    package func backfills(before id: Int? = nil, limit: Int) async throws -> Page<BackfillRecord, Int> {
        let parameters: [any PostgresEncodable] = [id ?? Int.max, limit + 1]
        var items = try await pool.execute(Self.backfillsStatement, parameters).map { try BackfillRecord(row: $0) }
        guard items.count > limit else { return Page(items: items, next: nil) }
        items.removeLast()
        return Page(items: items, next: items.last?.id)
    }

    /// Reads one backfill; nil where there is none.
    package func backfill(_ id: Int) async throws -> BackfillRecord? {
        try await pool.execute(Self.backfillStatement, [id]).first.map { try BackfillRecord(row: $0) }
    }

    private static let backfillColumns = """
        SELECT b.id, d.name, b.state, b.from_at, b.to_at, b.rerun, b.reverse, b.max_active, b.actor, b.created_at,
            b.ended_at, coalesce(c.states, '{}'), coalesce(c.counts, '{}'), b.unmade::bigint, b.next_at, b.reason
        FROM backfill b JOIN dag d ON d.id = b.dag_id
            LEFT JOIN LATERAL (
                SELECT array_agg(s.state) AS states, array_agg(s.runs) AS counts
                FROM (
                    SELECT r.state, count(*) AS runs FROM dag_run r WHERE r.backfill_id = b.id GROUP BY r.state
                ) s
            ) c ON true
        """

    static let backfillsStatement = Statement(
        name: "read_backfills",
        sql: "\(backfillColumns) WHERE b.id < $1 ORDER BY b.id DESC LIMIT $2"
    )

    static let backfillStatement = Statement(name: "read_backfill", sql: "\(backfillColumns) WHERE b.id = $1")
}
