package import Core
package import Postgres

extension Connection {
    /// What a locked DAG's unfinished runs look like to the decision of which may start.
    ///
    /// `limit`: The most candidates that are read of the regular runs, and of each backfill: none stands in the way of
    /// another's.
    package func runStarts(dag: Int, maximumActiveRuns: Int, limit: Int) throws -> RunStarts {
        var starts = RunStarts(
            now: try clock(),
            maximumActiveRuns: maximumActiveRuns,
            running: 0,
            runningBackfills: [:],
            candidates: []
        )
        let running = try execute(
            Statement(
                name: "running_runs_of_dag",
                sql: """
                    SELECT backfill_id, count(*) FROM dag_run WHERE dag_id = $1 AND state = 'running' GROUP BY backfill_id
                    """
            ),
            [dag]
        )
        for row in running {
            if let backfill: Int = try row.decode(0) {
                starts.runningBackfills[backfill] = try row.decode(1)
            } else {
                starts.running = try row.decode(1)
            }
        }
        starts.candidates = try execute(
            Statement(
                name: "run_candidates",
                sql: """
                    SELECT r.id, r.type, r.run_after, r.start_by, b.id, b.max_active, b.state = 'paused',
                        r.cancel_requested
                    FROM (SELECT DISTINCT backfill_id FROM dag_run WHERE dag_id = $1 AND state = 'queued') lane
                    LEFT JOIN backfill b ON b.id = lane.backfill_id
                    CROSS JOIN LATERAL (
                        SELECT q.*, CASE WHEN b.reverse THEN -extract(epoch FROM q.logical_date)
                            ELSE extract(epoch FROM q.logical_date) END AS place
                        FROM dag_run q WHERE q.dag_id = $1 AND q.state = 'queued'
                            AND q.backfill_id IS NOT DISTINCT FROM lane.backfill_id
                        ORDER BY q.is_catchup, q.run_after, place, q.id LIMIT $2) r
                    ORDER BY r.backfill_id NULLS FIRST, r.is_catchup, r.run_after, r.place, r.id
                    """
            ),
            [dag, limit]
        ).map { row in
            var backfill: RunStarts.Backfill?
            if let id: Int = try row.decode(4) {
                backfill = RunStarts.Backfill(
                    id: id,
                    maximumActive: try row.decode(5),
                    isPaused: try row.decode(6)
                )
            }
            return RunStarts.Candidate(
                id: try row.decode(0),
                type: try row.decode(1),
                runAfter: try row.decode(2),
                startBy: try row.decode(3),
                backfill: backfill,
                cancelRequested: try row.decode(7)
            )
        }
        return starts
    }

    /// Says why runs do not start; those of which it is said already are not written.
    package func setRunHolds(_ holds: [(run: Int, hold: RunStarts.Hold)]) throws {
        guard !holds.isEmpty else { return }
        let sorted = holds.sorted { $0.run < $1.run }
        _ = try execute(
            Statement(
                name: "set_run_holds",
                sql: """
                    UPDATE dag_run r SET hold = u.hold, hold_at = clock_timestamp()
                    FROM unnest($1::bigint[], $2::text[]) AS u (id, hold)
                    WHERE r.id = u.id AND r.state = 'queued' AND r.hold IS DISTINCT FROM u.hold
                    """
            ),
            [sorted.map(\.run), sorted.map(\.hold.description)]
        )
    }
}
