package import Core
import Postgres

/// What is known of failures of the same sort in other runs.
package struct EarlierFailures: Hashable, Sendable {
    /// How many task instances failed so before, at most 1,000.
    package var count: Int
    /// In how many runs these were.
    package var runs: Int
    /// When the first of these failed; nil where there is none.
    package var since: Timestamp?
    /// How many earlier attempts of its own run failed so, among the newest 1,000 failures.
    package var inRun: Int
    /// How many other DAGs have failed so, among the newest 1,000 failures.
    package var otherDAGs: Int
}

extension Store {
    /// Looks for failures of a sort before an attempt; those in its own run are counted apart.
    package func failures(
        ofSignature signature: Int,
        before attempt: AttemptID,
        in run: RunRecord
    ) async throws -> EarlierFailures {
        let parameters: [any PostgresEncodable] = [signature, attempt, run.rowID, run.name.dag]
        let row = try await pool.execute(Self.earlierFailuresStatement, parameters)[0]
        return EarlierFailures(
            count: try row.decode(0),
            runs: try row.decode(3),
            since: try row.decode(1),
            inRun: try row.decode(4),
            otherDAGs: try row.decode(2)
        )
    }

    static let earlierFailuresStatement = Statement(
        name: "earlier_failures",
        sql: """
            SELECT e.count, e.since, o.count, e.runs, e.in_run FROM (
                SELECT count(DISTINCT task_instance_id) FILTER (WHERE run_id <> $3) AS count,
                    min(coalesce(ended_at, intended_at)) FILTER (WHERE run_id <> $3) AS since,
                    count(DISTINCT run_id) FILTER (WHERE run_id <> $3) AS runs,
                    count(*) FILTER (WHERE run_id = $3) AS in_run
                FROM (
                    SELECT run_id, task_instance_id, ended_at, intended_at FROM attempt
                    WHERE signature_id = $1 AND id < $2 ORDER BY id DESC LIMIT 1000
                ) a
            ) e, (
                SELECT count(DISTINCT a.dag_id) AS count FROM (
                    SELECT dag_id FROM attempt WHERE signature_id = $1 ORDER BY id DESC LIMIT 1000
                ) a WHERE a.dag_id <> (SELECT id FROM dag WHERE name = $4)
            ) o
            """
    )
}
