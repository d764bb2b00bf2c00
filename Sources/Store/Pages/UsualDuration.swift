import Core
import Postgres

/// How long a task usually takes.
package struct UsualDuration: Hashable, Sendable {
    /// How many successes it was taken from.
    package var successes: Int
    /// Half of them were shorter.
    package var median: Duration
    /// All but one in twenty were shorter; nil where that was not asked.
    package var long: Duration?
}

extension Store {
    /// How long a task took in the DAG's newest 30 runs before one; nil where it never succeeded in them.
    package func usualDuration(ofTask task: String, before run: RunRecord) async throws -> UsualDuration? {
        let parameters: [any PostgresEncodable] = [run.name.dag, run.rowID, run.logicalDate, task]
        guard let row = try await pool.execute(Self.usualStatement, parameters).first,
            let median = try row.decode(1, as: Double?.self), let long = try row.decode(2, as: Double?.self)
        else { return nil }
        return UsualDuration(
            successes: try row.decode(0),
            median: .microseconds(Int64(median)),
            long: .microseconds(Int64(long))
        )
    }

    static let usualStatement = Statement(
        name: "usual_duration",
        sql: """
            SELECT count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY a.duration_us),
                percentile_cont(0.95) WITHIN GROUP (ORDER BY a.duration_us)
            FROM (
                SELECT r.id FROM dag_run r
                WHERE r.dag_id = (SELECT id FROM dag WHERE name = $1) AND (r.logical_date, r.id) < ($3, $2)
                ORDER BY r.logical_date DESC, r.id DESC LIMIT 30
            ) r
                JOIN task_instance t ON t.run_id = r.id AND t.task_id = $4
                JOIN attempt a ON a.task_instance_id = t.id AND a.state = 'success'
            """
    )
}

extension UsualDuration {
    /// What every page calls usual of the DAG `d`: how many of its newest 50 runs succeeded, and their median in seconds.
    static let runs = """
        (
            SELECT count(*) AS runs, percentile_cont(0.5) WITHIN GROUP (ORDER BY \(RunRecord.seconds)) AS seconds
            FROM (
                SELECT state, started_at, ended_at, rest_from, rested_us FROM dag_run
                WHERE dag_id = d.id ORDER BY logical_date DESC, id DESC LIMIT 50
            ) r WHERE r.state = 'success'
        )
        """
}
