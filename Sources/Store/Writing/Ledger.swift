package import Core
package import Postgres

extension Connection {
    /// DAGs whose next tick has come: those that wait longest, and a few of those that wait least.
    ///
    /// The latter are what others' backlog must not keep waiting. The time is the statement's, not that of each row, since
    /// an index is searched only for what stands still.
    package func dueDAGs(limit: Int) throws -> [Int] {
        try execute(
            Statement(
                name: "due_dags",
                sql: """
                    (SELECT id FROM dag WHERE state = 'active' AND NOT paused AND next_tick <= statement_timestamp()
                        AND NOT EXISTS (SELECT FROM schedule_halt) ORDER BY next_tick DESC, id DESC LIMIT $1 / 5)
                    UNION (SELECT id FROM dag WHERE state = 'active' AND NOT paused AND next_tick <= statement_timestamp()
                        AND NOT EXISTS (SELECT FROM schedule_halt) ORDER BY next_tick, id LIMIT $1 - $1 / 5)
                    ORDER BY id
                    """
            ),
            [limit]
        ).map { try $0.decode(0) }
    }

    /// Locks, of some DAGs, those that are due, in the order of their ids.
    ///
    /// `waits`: Whether to wait for DAGs that others have locked, which may be due no longer then, or to leave them out.
    package func lockDueDAGs(_ ids: [Int], waits: Bool) throws -> [DAGRow] {
        try execute(waits ? DAGRow.lockingDue : DAGRow.lockingDueAndFree, [ids]).map(DAGRow.init)
    }

    /// Writes the lines of DAGs' plans that have no run of their own.
    package func insertSkips(_ plans: [(dag: Int, entries: [TickPlan.Entry])], tzdata: String?) throws {
        var singles: [(dag: Int, tick: Timestamp, decision: String)] = []
        for (dag, entries) in plans {
            for entry in entries {
                switch entry {
                case .create: continue
                case .skip(let tick, let skip): singles.append((dag, tick, skip.rawValue))
                case .skipRange(let first, let last, let count, let skip):
                    try send(
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
        }
        guard !singles.isEmpty else { return }
        try send(
            Statement(
                name: "insert_skips",
                sql: """
                    INSERT INTO tick (dag_id, tick_at, decision, tzdata)
                    SELECT u.dag_id, u.tick_at, u.decision, $4
                    FROM unnest($1::bigint[], $2::timestamptz[], $3::text[]) AS u (dag_id, tick_at, decision)
                    """
            ),
            [singles.map(\.dag), singles.map(\.tick), singles.map(\.decision), tzdata]
        )
    }

    /// Writes that ticks have runs.
    package func insertTicks(_ ticks: [(dag: Int, tick: Timestamp, run: Int)], tzdata: String?) throws {
        guard !ticks.isEmpty else { return }
        try send(
            Statement(
                name: "insert_ticks",
                sql: """
                    INSERT INTO tick (dag_id, tick_at, decision, run_id, tzdata)
                    SELECT u.dag_id, u.tick_at, 'created', u.run_id, $4
                    FROM unnest($1::bigint[], $2::timestamptz[], $3::bigint[]) AS u (dag_id, tick_at, run_id)
                    """
            ),
            [ticks.map(\.dag), ticks.map(\.tick), ticks.map(\.run), tzdata]
        )
    }

    /// Moves cursors from where they were found; returns the DAGs whose cursor nobody else had moved.
    package func advance(_ moves: [CursorMove]) throws -> Set<Int> {
        guard !moves.isEmpty else { return [] }
        let rows = try execute(
            Statement(
                name: "advance_cursors",
                sql: """
                    UPDATE dag d SET cursor = u.cursor, next_tick = u.next_tick, next_run = u.next_run
                    FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[])
                        AS u (id, old, cursor, next_tick, next_run)
                    WHERE d.id = u.id AND d.cursor = u.old RETURNING d.id
                    """
            ),
            [
                moves.map(\.dag), moves.map(\.from), moves.map(\.to), moves.map(\.nextTick), moves.map(\.nextRun),
            ]
        )
        return Set(try rows.map { try $0.decode(0) })
    }

    /// Unfinished runs that the overlap policies of DAGs look at, by DAG.
    package func unfinishedScheduledRuns(dags: [Int]) throws -> [Int: [Int]] {
        let rows = try execute(
            Statement(
                name: "unfinished_scheduled_runs",
                sql: """
                    SELECT dag_id, id FROM dag_run
                    WHERE dag_id = ANY($1::bigint[]) AND state IN ('queued', 'running') AND type = 'scheduled'
                    ORDER BY id
                    """
            ),
            [dags]
        )
        var runs: [Int: [Int]] = [:]
        for row in rows { runs[try row.decode(0), default: []].append(try row.decode(1)) }
        return runs
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
                        (SELECT min(run_after) FROM dag_run WHERE state = 'queued' AND run_after > statement_timestamp()),
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
                        SELECT run_id FROM task_instance WHERE state = 'up_for_retry' AND retry_at <= statement_timestamp()
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
                    SELECT id FROM dag_run WHERE state = 'running' AND end_by <= statement_timestamp()
                        AND NOT cancel_requested ORDER BY id LIMIT 1000
                    """
            )
        ).map { try $0.decode(0) }
    }

    /// DAGs that have a run which could start or has missed its deadline.
    ///
    /// Those of which no run is held yet come first, and those with a deadline that has passed: of these the ones that wait
    /// longest and a few that wait least. Then come those that are held, from the one behind `heldAfter` on.
    package func dagsWithWaitingRuns(limit: Int, heldAfter: Int = 0) throws -> WaitingDAGs {
        let rows = try execute(
            Statement(
                name: "dags_with_waiting_runs",
                sql: """
                    WITH dag AS (
                        SELECT dag_id, min(run_after) AS since, bool_or(hold IS NOT NULL)
                            AND NOT coalesce(bool_or(start_by <= clock_timestamp()), false) AS is_held
                        FROM dag_run
                        WHERE state = 'queued' AND run_after > '-infinity'
                            AND (run_after <= clock_timestamp() OR start_by <= clock_timestamp())
                        GROUP BY dag_id),
                    placed AS (
                        SELECT dag_id, is_held, row_number() OVER (PARTITION BY is_held ORDER BY since, dag_id) AS place,
                            row_number() OVER (PARTITION BY is_held ORDER BY since DESC, dag_id) AS back
                        FROM dag)
                    SELECT dag_id, is_held, (SELECT count(*) FROM dag WHERE NOT is_held) FROM placed
                    ORDER BY is_held, is_held AND dag_id <= $2,
                        CASE WHEN NOT is_held THEN least(place, back * 4) END, dag_id LIMIT $1
                    """
            ),
            [limit, heldAfter]
        )
        var waiting = WaitingDAGs()
        for row in rows {
            waiting.dags.append(try row.decode(0))
            if try row.decode(1) { waiting.lastHeld = waiting.dags.last }
        }
        waiting.hasMore = try rows.first.map { try $0.decode(2) as Int > limit } ?? false
        waiting.dags.sort()
        return waiting
    }
}

/// DAGs that have runs which may start.
package struct WaitingDAGs: Hashable, Sendable {
    /// In the order of their ids.
    package var dags: [Int] = []
    /// The last of those that are held, as they were gone through; nil: there are none.
    package var lastHeld: Int?
    /// Whether there are others of which no run is held.
    package var hasMore = false
}

/// How the cursor of a DAG's schedule moves.
package struct CursorMove: Hashable, Sendable {
    package var dag: Int
    package var from: Timestamp
    package var to: Timestamp
    package var nextTick: Timestamp?
    package var nextRun: Timestamp?

    /// Joins the facts.
    package init(dag: Int, from: Timestamp, to: Timestamp, nextTick: Timestamp?, nextRun: Timestamp?) {
        self.dag = dag
        self.from = from
        self.to = to
        self.nextTick = nextTick
        self.nextRun = nextRun
    }
}
