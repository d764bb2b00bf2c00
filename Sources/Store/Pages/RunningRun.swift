package import Core
import Postgres

/// A run under way.
package struct RunningRun: Hashable, Sendable {
    package var run: RunName
    package var state: RunState
    package var logicalDate: Timestamp
    package var startedAt: Timestamp?
    /// How long it has taken; nil where it has not started.
    package var took: Duration?
    package var runAfter: Timestamp
    package var tasks: Int
    package var unfinished: Int
    /// How long runs of its DAG take; nil where there is none.
    package var usual: Duration?
    /// How many scheduled runs of its DAG could have started by now and wait.
    package var waitingBehind: Int

    /// Whether it has run far longer than usual: three times as long, and a minute at least.
    package var isOverdue: Bool {
        guard let took, let usual, state == .running else { return false }
        return took > max(usual * 3, usual + .seconds(60))
    }
}

extension Store {
    /// Lists runs under way, the longest running first, then those that wait to start.
    package func runningRuns(limit: Int) async throws -> [RunningRun] {
        try await pool.execute(Self.runningStatement, [limit]).map { row in
            RunningRun(
                run: RunName(dag: try row.decode(0), key: try row.decode(1)),
                state: try row.decode(2),
                logicalDate: try row.decode(3),
                startedAt: try row.decode(4),
                took: try row.decode(10, as: Double?.self).map { .milliseconds(Int($0 * 1000)) },
                runAfter: try row.decode(5),
                tasks: try row.decode(6),
                unfinished: try row.decode(7),
                usual: try row.decode(8, as: Double?.self).map { .milliseconds(Int($0 * 1000)) },
                waitingBehind: try row.decode(9)
            )
        }
    }

    static let runningStatement = Statement(
        name: "running_runs",
        sql: """
            SELECT d.name, r.key, r.state, r.logical_date, r.started_at, r.run_after, r.tasks, r.unfinished, usual.seconds,
                coalesce(w.runs, 0), \(RunRecord.seconds)
            FROM (
                SELECT * FROM dag_run WHERE state IN ('queued', 'running') AND dag_id > 0
                ORDER BY started_at NULLS LAST, id LIMIT $1
            ) r
                JOIN dag d ON d.id = r.dag_id
                LEFT JOIN (
                    SELECT dag_id, count(*) AS runs FROM dag_run
                    WHERE state = 'queued' AND type = 'scheduled' AND run_after <= clock_timestamp() GROUP BY dag_id
                ) w ON w.dag_id = r.dag_id
                CROSS JOIN LATERAL \(UsualDuration.runs) usual
            ORDER BY r.started_at NULLS LAST, r.id
            """
    )
}
