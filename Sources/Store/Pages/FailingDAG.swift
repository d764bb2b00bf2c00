package import Core
import Postgres

/// DAGs that need someone for one and the same cause.
///
/// Their newest finished runs failed, or runs of a backfill did within a day. The newest of these runs stands for all.
package struct FailingDAG: Hashable, Sendable {
    package var run: RunName
    package var type: RunType
    package var logicalDate: Timestamp
    package var endedAt: Timestamp
    /// How many runs in a row failed, this one included; at most 100 are counted.
    package var failuresInARow: Int
    /// How many tasks of the run failed by themselves.
    package var failedTasks: Int
    /// The first task that failed; nil where the run failed without one.
    package var task: String?
    package var mapIndex: Int?
    /// Why the task ended as it did, or else the run, where that is known without an attempt.
    package var reason: String?
    /// What the task's last attempt says.
    package var cause: String?
    package var causeLine: Int?
    package var exitCode: Int?
    /// The number of a signal.
    package var signal: Int?
    package var attemptState: AttemptState?
    package var attempt: Int?
    package var attemptID: AttemptID?
    package var runner: String?
    /// The sort of failure; nil where it is not known, and then nothing else is of it.
    package var signature: Int?
    /// When an attempt first failed so, and how many did.
    package var firstSeen: Timestamp?
    package var seen: Int?
    /// When the oldest of the runs began.
    package var began: Timestamp?
    /// How many runs of how many DAGs fail for this cause, this one included.
    package var runs: Int
    package var dagCount: Int
    /// Some of the DAGs by name, at most 8.
    package var dags: [String]
    /// The code of its incident, of which people were told, and who looks after it.
    package var incident: String?
    package var acknowledgedBy: String?
}

extension Store {
    /// Lists what needs someone, one for each cause, newest failure first.
    package func failingDAGs(limit: Int) async throws -> [FailingDAG] {
        try await pool.execute(Self.failingStatement, [limit]).map { row in
            FailingDAG(
                run: RunName(dag: try row.decode(0), key: try row.decode(1)),
                type: try row.decode(2),
                logicalDate: try row.decode(3),
                endedAt: try row.decode(4),
                failuresInARow: try row.decode(5),
                failedTasks: try row.decode(6),
                task: try row.decode(7),
                mapIndex: try row.decode(8, as: Int?.self).flatMap { $0 < 0 ? nil : $0 },
                reason: try row.decode(26),
                cause: try row.decode(9),
                causeLine: try row.decode(10),
                exitCode: try row.decode(11),
                signal: try row.decode(12),
                attemptState: try row.decode(13),
                attempt: try row.decode(14),
                attemptID: try row.decode(25),
                runner: try row.decode(22),
                signature: try row.decode(15),
                firstSeen: try row.decode(16),
                seen: try row.decode(17),
                began: try row.decode(18),
                runs: try row.decode(19),
                dagCount: try row.decode(20),
                dags: try row.decode(21, as: [String].self),
                incident: try row.decode(23),
                acknowledgedBy: try row.decode(24)
            )
        }
    }

    /// One look into an index for each DAG and one for each that fails, then details of the few that are shown.
    static let failingStatement = Statement(
        name: "failing_dags",
        sql: """
            WITH failing AS (
                SELECT l.* FROM dag d CROSS JOIN LATERAL (
                    SELECT r.id, r.dag_id, r.key, r.type, r.state, r.logical_date, r.started_at, r.ended_at,
                        r.reason
                    FROM dag_run r
                    WHERE r.dag_id = d.id AND r.ended_at IS NOT NULL AND r.type <> 'backfill'
                    ORDER BY r.logical_date DESC, r.id DESC LIMIT 1
                ) l
                WHERE d.state = 'active' AND l.state = 'failed'
                UNION ALL
                (
                    SELECT r.id, r.dag_id, r.key, r.type, r.state, r.logical_date, r.started_at, r.ended_at,
                        r.reason
                    FROM dag_run r
                    WHERE r.state = 'failed' AND r.type = 'backfill' AND r.ended_at > now() - interval '1 day'
                    ORDER BY r.ended_at DESC LIMIT 1000
                )
            ), told AS (
                SELECT f.*, d.name, first.task_id, first.map_index, first.cause_text, first.cause_line,
                    first.exit_code, first.signal, first.state AS attempt_state, first.number, first.runner,
                    first.signature_id, first.attempt_id, coalesce(first.reason, f.reason) AS told_reason,
                    coalesce('signature ' || first.signature_id, 'run ' || f.id) AS cause
                FROM failing f JOIN dag d ON d.id = f.dag_id
                    LEFT JOIN LATERAL (
                        SELECT t.task_id, t.map_index, a.cause_text, a.cause_line, a.exit_code, a.signal, a.state,
                            a.number, a.runner, a.signature_id, a.id AS attempt_id, t.reason
                        FROM task_instance t
                            LEFT JOIN attempt a ON a.task_instance_id = t.id AND a.number = t.attempts
                        WHERE t.run_id = f.id AND t.state = 'failed' AND NOT t.allows_failure
                        ORDER BY t.ended_at, t.id LIMIT 1
                    ) first ON true
            ), alike AS (
                SELECT cause, count(*) AS runs, count(DISTINCT dag_id) AS dags, min(started_at) AS began,
                    (array_agg(DISTINCT name))[:8] AS names
                FROM told GROUP BY cause
            ), newest AS (
                SELECT DISTINCT ON (cause) * FROM told ORDER BY cause, ended_at DESC, id
            ), shown AS (
                SELECT n.*, a.runs, a.dags, a.began, a.names FROM newest n JOIN alike a ON a.cause = n.cause
                ORDER BY n.ended_at DESC LIMIT $1
            )
            SELECT s.name, s.key, s.type, s.logical_date, s.ended_at, streak.runs, bad.tasks, s.task_id,
                s.map_index, s.cause_text, s.cause_line, s.exit_code, s.signal, s.attempt_state, s.number,
                s.signature_id, g.first_seen, g.failures, s.began, s.runs, s.dags, s.names, s.runner,
                i.code, i.acknowledged_by, s.attempt_id, s.told_reason
            FROM shown s LEFT JOIN signature g ON g.id = s.signature_id
                LEFT JOIN incident i ON i.run_id = s.id AND i.signature_id = s.signature_id
                CROSS JOIN LATERAL (
                    SELECT count(*) AS runs FROM (
                        SELECT r.state, bool_and(r.state = 'failed') OVER (ORDER BY r.logical_date DESC, r.id DESC) AS bad
                        FROM (
                            SELECT r.id, r.state, r.logical_date FROM dag_run r
                            WHERE r.dag_id = s.dag_id AND r.ended_at IS NOT NULL AND r.state <> 'cancelled'
                                AND (r.logical_date, r.id) <= (s.logical_date, s.id)
                            ORDER BY r.logical_date DESC, r.id DESC LIMIT 100
                        ) r
                    ) t WHERE t.bad
                ) streak
                CROSS JOIN LATERAL (
                    SELECT count(*) AS tasks FROM task_instance t
                    WHERE t.run_id = s.id AND t.state = 'failed' AND NOT t.allows_failure
                ) bad
            ORDER BY s.ended_at DESC
            """
    )
}
