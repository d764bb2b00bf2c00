package import Core
import Postgres

/// What tells why a run has not started.
package struct RunHold: Sendable {
    /// Why it was not started, as the scheduler wrote it; nil: it has not looked yet.
    package var hold: String?
    package var heldAt: Timestamp?
    package var runAfter: Timestamp
    /// It is cancelled if it has not started by then.
    package var startBy: Timestamp?
    /// The backfill that it belongs to.
    package var backfill: (id: Int, state: String, maximumActive: Int)?
    /// Runs of the same lane (of its backfill, or of none) that are under way, longest first, ten at the most.
    package var running: [(name: RunName, since: Timestamp)]
    package var runningCount: Int
    /// How many runs of the same lane are to start before it; a thousand at the most are counted.
    package var ahead: Int
}

extension Store {
    /// Reads why a run has not started; nil: there is no such run.
    package func hold(ofRun run: Int) async throws -> RunHold? {
        let rows = try await pool.execute(
            Statement(
                name: "hold_of_run",
                sql: """
                    SELECT r.hold, r.hold_at, r.run_after, r.start_by, b.id, b.state, b.max_active,
                        (SELECT count(*) FROM (
                            SELECT FROM dag_run q WHERE q.dag_id = r.dag_id AND q.state = 'queued'
                                AND q.backfill_id IS NOT DISTINCT FROM r.backfill_id AND q.run_after <= now()
                                AND CASE WHEN b.reverse
                                    THEN (q.run_after, r.logical_date, q.id) < (r.run_after, q.logical_date, r.id)
                                    ELSE (q.is_catchup, q.run_after, q.logical_date, q.id)
                                        < (r.is_catchup, r.run_after, r.logical_date, r.id) END
                            LIMIT 1000) earlier)
                    FROM dag_run r LEFT JOIN backfill b ON b.id = r.backfill_id WHERE r.id = $1
                    """
            ),
            [run]
        )
        guard let row = rows.first else { return nil }
        var hold = RunHold(
            hold: try row.decode(0),
            heldAt: try row.decode(1),
            runAfter: try row.decode(2),
            startBy: try row.decode(3),
            running: [],
            runningCount: 0,
            ahead: try row.decode(7)
        )
        if let id: Int = try row.decode(4) {
            hold.backfill = (id: id, state: try row.decode(5), maximumActive: try row.decode(6))
        }
        let running = try await pool.execute(
            Statement(
                name: "running_in_lane",
                sql: """
                    SELECT d.name, q.key, q.started_at, count(*) OVER ()
                    FROM dag_run r JOIN dag_run q ON q.dag_id = r.dag_id AND q.state = 'running'
                        AND q.backfill_id IS NOT DISTINCT FROM r.backfill_id
                        JOIN dag d ON d.id = q.dag_id
                    WHERE r.id = $1 ORDER BY q.started_at, q.id LIMIT 10
                    """
            ),
            [run]
        )
        for row in running {
            hold.running.append((RunName(dag: try row.decode(0), key: try row.decode(1)), try row.decode(2)))
            hold.runningCount = try row.decode(3)
        }
        return hold
    }
}
