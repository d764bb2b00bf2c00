package import Core
import Postgres

/// What became of a DAG's ticks on one day.
package struct DayOutcomes: Hashable, Sendable {
    /// How many runs are in each state.
    package var runs: [RunState: Int] = [:]
    /// Why ticks had no run, with how many there were; nil: at least one, in a row that goes beyond the day.
    package var skips: [String: Int?] = [:]

    /// A day on which nothing happened.
    package init() {}
}

extension Store {
    /// Counts the runs of a DAG, or of one of its backfills, by day and state.
    ///
    /// `days`: The instants at which the days begin, and the one at which the last ends; ascending, at least two.
    /// Returns as many as there are days.
    package func runsByDay(ofDAG name: String, backfill: Int? = nil, days: [Timestamp]) async throws -> [DayOutcomes] {
        var outcomes = [DayOutcomes](repeating: DayOutcomes(), count: days.count - 1)
        let parameters: [any PostgresEncodable] = [name, days, days[0], days[days.count - 1], backfill]
        for row in try await pool.execute(Self.runsByDayStatement(ofBackfill: backfill != nil), parameters) {
            let day: Int = try row.decode(0)
            outcomes[day - 1].runs[try row.decode(1)] = try row.decode(2, as: Int.self)
        }
        return outcomes
    }

    /// Adds the ticks that were skipped.
    package func skipsByDay(ofDAG name: String, days: [Timestamp], to outcomes: inout [DayOutcomes]) async throws {
        let parameters: [any PostgresEncodable] = [name, days, days[0], days[days.count - 1]]
        for row in try await pool.execute(Self.skipsByDayStatement, parameters) {
            let (first, last) = (try row.decode(0, as: Int.self), try row.decode(1, as: Int.self))
            let count: Int = try row.decode(3)
            for day in max(first, 1)...max(first, min(last, outcomes.count)) where day <= outcomes.count {
                let reason: String = try row.decode(2)
                let known: Int? = outcomes[day - 1].skips[reason] ?? 0
                outcomes[day - 1].skips[reason] = .some(first == last ? known.map { $0 + count } : nil)
            }
        }
    }

    /// Of a whole DAG the runs that ended are taken from their sums, and only those under way one by one.
    static func runsByDayStatement(ofBackfill: Bool) -> Statement {
        ofBackfill ? runsOfBackfillByDayStatement : allRunsByDayStatement
    }

    static let runsOfBackfillByDayStatement = Statement(
        name: "runs_of_backfill_by_day",
        sql: """
            SELECT width_bucket(logical_date, $2::timestamptz[])::bigint AS day, state, count(*) FROM dag_run
            WHERE dag_id = (SELECT id FROM dag WHERE name = $1) AND logical_date >= $3 AND logical_date < $4
                AND backfill_id = $5
            GROUP BY day, state
            """
    )

    static let allRunsByDayStatement = Statement(
        name: "runs_by_day",
        sql: """
            SELECT width_bucket(at, $2::timestamptz[])::bigint AS day, state, sum(runs)::bigint FROM (
                SELECT slot AS at, state, runs FROM run_outcome
                WHERE dag_id = (SELECT id FROM dag WHERE name = $1) AND slot >= $3 AND slot < $4
                UNION ALL
                SELECT logical_date, state, 1 FROM dag_run
                WHERE dag_id = (SELECT id FROM dag WHERE name = $1) AND state IN ('queued', 'running')
                    AND logical_date >= $3 AND logical_date < $4
            ) r
            WHERE $5::bigint IS NULL
            GROUP BY day, state HAVING sum(runs) > 0
            """
    )

    static let skipsByDayStatement = Statement(
        name: "skips_by_day",
        sql: """
            SELECT day, day, decision, count(*) FROM (
                SELECT width_bucket(t.tick_at, $2::timestamptz[])::bigint AS day, t.decision
                FROM dag d JOIN tick t ON t.dag_id = d.id
                WHERE d.name = $1 AND t.tick_at >= $3 AND t.tick_at < $4 AND t.decision <> 'created') single
            GROUP BY day, decision
            UNION ALL
            SELECT width_bucket(g.first_tick, $2::timestamptz[])::bigint,
                width_bucket(g.last_tick, $2::timestamptz[])::bigint, g.decision, g.ticks
            FROM dag d JOIN tick_range g ON g.dag_id = d.id
            WHERE d.name = $1 AND g.last_tick >= $3 AND g.first_tick < $4
            """
    )
}
