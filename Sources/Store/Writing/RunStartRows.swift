package import Core
package import Postgres

extension Connection {
    /// What a locked DAG's unfinished runs look like to the decision of which may start.
    ///
    /// `limit`: The most candidates that are read.
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
                    FROM dag_run r LEFT JOIN backfill b ON b.id = r.backfill_id
                    WHERE r.dag_id = $1 AND r.state = 'queued'
                    ORDER BY r.backfill_id IS NOT NULL, r.backfill_id, r.run_after,
                        CASE WHEN b.reverse THEN -extract(epoch FROM r.logical_date)
                            ELSE extract(epoch FROM r.logical_date) END, r.id
                    LIMIT $2
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
}
