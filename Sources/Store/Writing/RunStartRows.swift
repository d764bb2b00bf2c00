package import Core
package import Postgres

extension Connection {
    /// What a locked DAG's unfinished runs look like to the decision of which may start.
    ///
    /// `limit`: The most candidates that are read of the regular runs, and of each backfill: none stands in the way of
    /// another's.
    package func runStarts(
        ofDAGs dags: [(id: Int, maximumActiveRuns: Int)],
        limit: Int
    ) throws -> [Int: RunStarts] {
        guard !dags.isEmpty else { return [:] }
        let now = try clock()
        let ids = dags.map(\.id)
        let answers = try pipeline([(Self.runningRuns, [ids]), (Self.runCandidates, [ids, limit])])
        var starts: [Int: RunStarts] = [:]
        for (dag, maximumActiveRuns) in dags {
            starts[dag] = RunStarts(
                now: now,
                maximumActiveRuns: maximumActiveRuns,
                running: 0,
                runningBackfills: [:],
                candidates: []
            )
        }
        for row in answers[0] {
            let dag: Int = try row.decode(0)
            if let backfill: Int = try row.decode(1) {
                starts[dag]?.runningBackfills[backfill] = try row.decode(2)
            } else {
                starts[dag]?.running = try row.decode(2)
            }
        }
        for row in answers[1] {
            var backfill: RunStarts.Backfill?
            if let id: Int = try row.decode(4) {
                backfill = RunStarts.Backfill(
                    id: id,
                    maximumActive: try row.decode(5),
                    isPaused: try row.decode(6)
                )
            }
            starts[try row.decode(7)]?.candidates.append(
                RunStarts.Candidate(
                    id: try row.decode(0),
                    type: try row.decode(1),
                    runAfter: try row.decode(2),
                    startBy: try row.decode(3),
                    backfill: backfill
                )
            )
        }
        return starts
    }

    private static let runningRuns = Statement(
        name: "running_runs_of_dags",
        sql: """
            SELECT dag_id, backfill_id, count(*) FROM dag_run WHERE dag_id = ANY($1::bigint[]) AND state = 'running'
            GROUP BY dag_id, backfill_id
            """
    )
    private static let runCandidates = Statement(
        name: "run_candidates",
        sql: """
            SELECT r.id, r.type, r.run_after, r.start_by, b.id, b.max_active, b.state = 'paused', r.dag_id
            FROM unnest($1::bigint[]) AS asked (dag_id)
            CROSS JOIN LATERAL (
                SELECT DISTINCT backfill_id FROM dag_run WHERE dag_id = asked.dag_id AND state = 'queued') lane
            LEFT JOIN backfill b ON b.id = lane.backfill_id
            CROSS JOIN LATERAL (
                SELECT q.*, CASE WHEN b.reverse THEN -extract(epoch FROM q.logical_date)
                    ELSE extract(epoch FROM q.logical_date) END AS place
                FROM dag_run q WHERE q.dag_id = asked.dag_id AND q.state = 'queued'
                    AND q.backfill_id IS NOT DISTINCT FROM lane.backfill_id
                ORDER BY q.is_catchup, q.run_after, place, q.id LIMIT $2) r
            ORDER BY r.dag_id, r.backfill_id NULLS FIRST, r.is_catchup, r.run_after, r.place, r.id
            """
    )

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
