package import Core
package import Postgres

extension Connection {
    /// Adds a backfill that has made nothing yet.
    ///
    /// `nextAt`: The tick to begin with. `unmade`: How many runs are to be made.
    package func insertBackfill(
        dag: Int,
        version: Int,
        from: Timestamp,
        to: Timestamp,
        rerun: String,
        reverse: Bool,
        maximumActive: Int,
        nextAt: Timestamp,
        unmade: Int,
        actor: String
    ) throws -> OpenBackfill {
        let rows = try execute(
            Statement(
                name: "insert_backfill",
                sql: """
                    INSERT INTO backfill (dag_id, version_id, state, from_at, to_at, rerun, reverse, max_active, next_at,
                        unmade, actor, created_at)
                    VALUES ($1, $2, 'running', $3, $4, $5, $6, $7, $8, $9, $10, clock_timestamp())
                    RETURNING \(OpenBackfill.columns)
                    """
            ),
            [
                dag, version, from, to, rerun, reverse, Int32(clamping: maximumActive), nextAt, Int32(clamping: unmade),
                actor,
            ]
        )
        return try OpenBackfill(rows[0])
    }

    /// Running backfills that have runs to make and few that wait, with their DAGs, oldest first.
    package func hungryBackfills(below fewest: Int, limit: Int) throws -> [(id: Int, dag: Int)] {
        try execute(
            Statement(
                name: "hungry_backfills",
                sql: """
                    SELECT b.id, b.dag_id FROM backfill b
                    WHERE b.next_at IS NOT NULL AND b.state = 'running' AND (
                        SELECT count(*) FROM (
                            SELECT FROM dag_run r WHERE r.dag_id = b.dag_id AND r.state = 'queued' AND r.backfill_id = b.id
                            LIMIT $1) q) < $1
                    ORDER BY b.id LIMIT $2
                    """
            ),
            [fewest, limit]
        ).map { (id: try $0.decode(0), dag: try $0.decode(1)) }
    }

    /// How many runs of a backfill wait to start; so many at the most are counted.
    package func queuedRuns(ofBackfill id: Int, dag: Int, limit: Int) throws -> Int {
        try execute(
            Statement(
                name: "queued_runs_of_backfill",
                sql: """
                    SELECT count(*) FROM (
                        SELECT FROM dag_run WHERE dag_id = $2 AND state = 'queued' AND backfill_id = $1 LIMIT $3) q
                    """
            ),
            [id, dag, limit]
        )[0].decode(0)
    }

    /// Ends the backfills of a DAG whose file is gone: they make nothing any more.
    package func endBackfills(ofDAG dag: Int, reason: String) throws {
        _ = try execute(
            Statement(
                name: "end_backfills_of_dag",
                sql: """
                    UPDATE backfill SET state = 'cancelled', ended_at = clock_timestamp(), next_at = NULL, unmade = 0,
                        reason = $2
                    WHERE dag_id = $1 AND state IN ('running', 'paused')
                    """
            ),
            [dag, reason]
        )
    }

    /// Locks a backfill that is running and has runs to make; nil: it is not, or not any more.
    package func lockOpenBackfill(_ id: Int) throws -> OpenBackfill? {
        try execute(
            Statement(
                name: "lock_open_backfill",
                sql: """
                    SELECT \(OpenBackfill.columns) FROM backfill
                    WHERE id = $1 AND state = 'running' AND next_at IS NOT NULL FOR NO KEY UPDATE
                    """
            ),
            [id]
        ).first.map(OpenBackfill.init)
    }

    /// Notes how far a locked backfill has come; nil: every run is made.
    package func advanceBackfill(_ id: Int, to nextAt: Timestamp?, made: Int) throws {
        _ = try execute(
            Statement(
                name: "advance_backfill",
                sql: """
                    UPDATE backfill SET next_at = $2,
                        unmade = CASE WHEN $2::timestamptz IS NULL THEN 0 ELSE greatest(unmade - $3, 0) END
                    WHERE id = $1
                    """
            ),
            [id, nextAt, Int32(clamping: made)]
        )
    }

    /// Marks backfills as done whose runs are all made and have ended.
    package func closeBackfills() throws {
        _ = try execute(
            Statement(
                name: "close_backfills",
                sql: """
                    UPDATE backfill b SET state = 'done', ended_at = clock_timestamp()
                    WHERE b.state = 'running' AND b.next_at IS NULL AND NOT EXISTS (
                        SELECT FROM dag_run r WHERE r.dag_id = b.dag_id AND r.state IN ('queued', 'running')
                            AND r.backfill_id = b.id)
                    """
            )
        )
    }
}

/// A tick of a DAG's timetable.
package struct DAGTick: Hashable, Sendable {
    package var dag: Int
    package var at: Timestamp

    /// Names a tick.
    package init(dag: Int, at: Timestamp) {
        self.dag = dag
        self.at = at
    }
}

extension Connection {
    /// The runs that backfills have made for ticks, the newest of each; those that were cancelled count for nothing.
    package func backfilledRuns(ofTicks ticks: [DAGTick]) throws -> [DAGTick: Int] {
        guard !ticks.isEmpty else { return [:] }
        let rows = try execute(
            Statement(
                name: "backfilled_runs_of_ticks",
                sql: """
                    SELECT u.dag_id, u.tick_at, r.id
                    FROM unnest($1::bigint[], $2::timestamptz[]) AS u (dag_id, tick_at)
                        CROSS JOIN LATERAL (
                            SELECT id FROM dag_run
                            WHERE dag_id = u.dag_id AND logical_date = u.tick_at AND type = 'backfill'
                                AND state <> 'cancelled'
                            ORDER BY id DESC LIMIT 1) r
                    WHERE u.dag_id IN (SELECT dag_id FROM backfill)
                    """
            ),
            [ticks.map(\.dag), ticks.map(\.at)]
        )
        var runs: [DAGTick: Int] = [:]
        for row in rows { runs[DAGTick(dag: try row.decode(0), at: try row.decode(1))] = try row.decode(2) }
        return runs
    }
}
