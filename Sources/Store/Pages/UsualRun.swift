import Core
import Postgres

extension Store {
    /// How long runs of a DAG took: the median of those among the newest 200 that succeeded, 30 at the most; nil where
    /// none did.
    package func usualRun(ofDAG name: String) async throws -> UsualDuration? {
        guard let row = try await pool.execute(Self.usualRunStatement, [name]).first,
            let median = try row.decode(1, as: Double?.self)
        else { return nil }
        return UsualDuration(successes: try row.decode(0), median: .microseconds(Int64(median * 1e6)))
    }

    static let usualRunStatement = Statement(
        name: "usual_run",
        sql: """
            SELECT count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY \(RunRecord.seconds))
            FROM (
                SELECT started_at, ended_at, rest_from, rested_us FROM (
                    SELECT state, started_at, ended_at, rest_from, rested_us, logical_date, id
                    FROM dag_run
                    WHERE dag_id = (SELECT id FROM dag WHERE name = $1) ORDER BY logical_date DESC, id DESC LIMIT 200
                ) newest
                WHERE state = 'success' ORDER BY logical_date DESC, id DESC LIMIT 30
            ) r
            """
    )
}
