package import Core
import Postgres

/// What tells why a DAG has no run, beside its file and its ledger.
package struct SchedulingFacts: Hashable, Sendable {
    /// The database's clock.
    package var now: Timestamp
    package var cursor: Timestamp
    package var pausedAt: Timestamp?
    package var retiredAt: Timestamp?
    /// Since when its file is gone, where it is not retired yet.
    package var missingSince: Timestamp?
    /// That schedules are halted because the database's clock jumped.
    package var halt: ScheduleHalt?
    /// How many servers that schedule have been heard of in the last half minute.
    package var schedulers: Int
    /// When the last server that schedules was heard of; nil: none ever was.
    package var lastSchedulerSeen: Timestamp?
    /// Runs that exist and have not started, and those under way, backfills aside.
    package var queuedRuns: Int
    package var runningRuns: Int
    /// The key of the first run that has not started.
    package var firstQueued: String?
}

extension Store {
    /// Reads what a DAG's scheduling hangs on; nil: there is no such DAG.
    package func schedulingFacts(ofDAG name: String) async throws -> SchedulingFacts? {
        let rows = try await pool.execute(
            Statement(
                name: "scheduling_facts",
                sql: """
                    SELECT clock_timestamp(), d.cursor, d.paused_at, d.retired_at, d.missing_since, h.at, h.jump_us,
                        (SELECT count(*) FROM server s WHERE (s.roles = '{}' OR 'scheduler' = ANY(s.roles))
                            AND s.last_seen > now() - interval '30 seconds'),
                        (SELECT max(s.last_seen) FROM server s WHERE s.roles = '{}' OR 'scheduler' = ANY(s.roles)),
                        (SELECT count(*) FROM dag_run r WHERE r.dag_id = d.id AND r.state = 'queued'
                            AND r.backfill_id IS NULL),
                        (SELECT count(*) FROM dag_run r WHERE r.dag_id = d.id AND r.state = 'running'
                            AND r.backfill_id IS NULL),
                        (SELECT r.key FROM dag_run r WHERE r.dag_id = d.id AND r.state = 'queued'
                            AND r.backfill_id IS NULL ORDER BY r.is_catchup, r.run_after, r.logical_date, r.id LIMIT 1)
                    FROM dag d LEFT JOIN schedule_halt h ON true WHERE d.name = $1
                    """
            ),
            [name]
        )
        guard let row = rows.first else { return nil }
        let (at, jump): (Timestamp?, Int?) = (try row.decode(5), try row.decode(6))
        return SchedulingFacts(
            now: try row.decode(0),
            cursor: try row.decode(1),
            pausedAt: try row.decode(2),
            retiredAt: try row.decode(3),
            missingSince: try row.decode(4),
            halt: at.flatMap { at in jump.map { ScheduleHalt(at: at, jump: .microseconds($0)) } },
            schedulers: try row.decode(7),
            lastSchedulerSeen: try row.decode(8),
            queuedRuns: try row.decode(9),
            runningRuns: try row.decode(10),
            firstQueued: try row.decode(11)
        )
    }
}

extension Store {
    /// How many servers that schedule have been heard of in the last half minute, and when the last one was.
    package func schedulersAlive() async throws -> (count: Int, last: Timestamp?) {
        let row = try await pool.execute(
            Statement(
                name: "schedulers_alive",
                sql: """
                    SELECT count(*) FILTER (WHERE last_seen > now() - interval '30 seconds'), max(last_seen) FROM server
                    WHERE roles = '{}' OR 'scheduler' = ANY(roles)
                    """
            ),
            []
        )[0]
        return (try row.decode(0), try row.decode(1))
    }
}
