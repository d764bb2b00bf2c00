package import Core
package import Postgres

extension Connection {
    /// DAGs whose next tick has come, oldest first; and when the next of the others is due.
    package func dueDAGs(limit: Int) throws -> [Int] {
        try execute(
            Statement(
                name: "due_dags",
                sql: """
                    SELECT id FROM dag WHERE state = 'active' AND NOT paused AND next_tick <= clock_timestamp()
                        AND NOT EXISTS (SELECT FROM schedule_halt)
                    ORDER BY next_tick LIMIT $1
                    """
            ),
            [limit]
        ).map { try $0.decode(0) }
    }

    /// Writes a plan's lines that have no run of their own.
    package func insertSkips(dag: Int, _ entries: [TickPlan.Entry], tzdata: String?) throws {
        var singles: [(Timestamp, String)] = []
        for entry in entries {
            switch entry {
            case .create: continue
            case .skip(let tick, let skip): singles.append((tick, skip.rawValue))
            case .skipRange(let first, let last, let count, let skip):
                _ = try execute(
                    Statement(
                        name: "insert_tick_range",
                        sql: """
                            INSERT INTO tick_range (dag_id, first_tick, last_tick, ticks, decision, tzdata)
                            VALUES ($1, $2, $3, $4, $5, $6)
                            """
                    ),
                    [dag, first, last, count, skip.rawValue, tzdata]
                )
            }
        }
        guard !singles.isEmpty else { return }
        _ = try execute(
            Statement(
                name: "insert_skips",
                sql: """
                    INSERT INTO tick (dag_id, tick_at, decision, tzdata)
                    SELECT $1, u.tick_at, u.decision, $4 FROM unnest($2::timestamptz[], $3::text[])
                        AS u (tick_at, decision)
                    """
            ),
            [dag, singles.map(\.0), singles.map(\.1), tzdata]
        )
    }

    /// Writes that a tick has a run.
    package func insertTick(dag: Int, tick: Timestamp, run: Int, tzdata: String?) throws {
        _ = try execute(
            Statement(
                name: "insert_tick",
                sql: """
                    INSERT INTO tick (dag_id, tick_at, decision, run_id, tzdata) VALUES ($1, $2, 'created', $3, $4)
                    """
            ),
            [dag, tick, run, tzdata]
        )
    }

    /// Moves a DAG's cursor from where it was found; false: somebody else moved it.
    package func advance(
        dag: Int,
        from old: Timestamp,
        to new: Timestamp,
        nextTick: Timestamp?,
        nextRun: Timestamp?
    ) throws -> Bool {
        try execute(
            Statement(
                name: "advance_cursor",
                sql: "UPDATE dag SET cursor = $3, next_tick = $4, next_run = $5 WHERE id = $1 AND cursor = $2"
            ),
            [dag, old, new, nextTick, nextRun]
        ).affected == 1
    }

    /// Unfinished runs of a DAG that its overlap policy looks at.
    package func unfinishedScheduledRuns(dag: Int) throws -> [Int] {
        try execute(
            Statement(
                name: "unfinished_scheduled_runs",
                sql: """
                    SELECT id FROM dag_run WHERE dag_id = $1 AND state IN ('queued', 'running') AND type = 'scheduled'
                    ORDER BY id
                    """
            ),
            [dag]
        ).map { try $0.decode(0) }
    }

    /// Runs of a DAG that have not started.
    package func queuedRuns(dag: Int) throws -> [Int] {
        try execute(
            Statement(
                name: "queued_runs",
                sql: "SELECT id FROM dag_run WHERE dag_id = $1 AND state = 'queued' ORDER BY id"
            ),
            [dag]
        ).map { try $0.decode(0) }
    }

    /// The run that stands for a tick already, whatever its type; nil: none.
    package func run(dag: Int, key: String) throws -> (id: Int, state: RunState)? {
        try execute(
            Statement(name: "run_by_key", sql: "SELECT id, state FROM dag_run WHERE dag_id = $1 AND key = $2"),
            [dag, key]
        ).first.map { (id: try $0.decode(0), state: try $0.decode(1)) }
    }

    /// The earliest instant at which something becomes due: a tick, a retry, a delayed run, a limit; nil: nothing.
    package func nextDue() throws -> Timestamp? {
        try execute(
            Statement(
                name: "next_due",
                sql: """
                    SELECT least(
                        (SELECT min(next_tick) FROM dag WHERE state = 'active' AND NOT paused AND next_tick IS NOT NULL),
                        (SELECT min(retry_at) FROM task_instance WHERE state = 'up_for_retry'),
                        (SELECT min(run_after) FROM dag_run WHERE state = 'queued' AND run_after > clock_timestamp()),
                        (SELECT min(start_by) FROM dag_run
                            WHERE state = 'queued' AND start_by IS NOT NULL AND NOT cancel_requested),
                        (SELECT min(end_by) FROM dag_run
                            WHERE state = 'running' AND end_by IS NOT NULL AND NOT cancel_requested))
                    """
            )
        )[0].decode(0)
    }

    /// Runs in which a retry is due.
    package func runsWithDueRetries(limit: Int) throws -> [Int] {
        try execute(
            Statement(
                name: "runs_with_due_retries",
                sql: """
                    SELECT DISTINCT run_id FROM (
                        SELECT run_id FROM task_instance WHERE state = 'up_for_retry' AND retry_at <= clock_timestamp()
                        ORDER BY retry_at LIMIT $1) AS due ORDER BY run_id
                    """
            ),
            [limit]
        ).map { try $0.decode(0) }
    }

    /// Runs whose own limit has passed.
    package func runsPastTheirLimit() throws -> [Int] {
        try execute(
            Statement(
                name: "runs_past_limit",
                sql: """
                    SELECT id FROM dag_run WHERE state = 'running' AND end_by <= clock_timestamp()
                        AND NOT cancel_requested ORDER BY id LIMIT 1000
                    """
            )
        ).map { try $0.decode(0) }
    }

    /// DAGs that have a run which could start or has missed its deadline.
    package func dagsWithWaitingRuns() throws -> [Int] {
        try execute(
            Statement(
                name: "dags_with_waiting_runs",
                sql: """
                    SELECT DISTINCT dag_id FROM dag_run
                    WHERE state = 'queued' AND (run_after <= clock_timestamp() OR start_by <= clock_timestamp())
                    ORDER BY dag_id LIMIT 1000
                    """
            )
        ).map { try $0.decode(0) }
    }
}
