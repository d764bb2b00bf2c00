package import Core
package import Postgres

/// A run whose row this transaction has locked: what it says now holds until the commit.
package struct LockedRun: Sendable {
    package var id: Int
    package var dagID: Int
    package var versionID: Int
    package var name: RunName
    package var type: RunType
    package var state: RunState
    package var reason: String?
    package var cancelRequested: Bool
    /// How many instances it has.
    package var tasks: Int
    package var unfinished: Int
    package var failures: Int
    package var logicalDate: Timestamp
    package var dataIntervalStart: Timestamp
    package var dataIntervalEnd: Timestamp
    package var params: [String: String]
}

extension Connection {
    /// Locks runs in the order of their ids and reads them; ids that do not exist are left out.
    package func lockRuns(_ ids: [Int]) throws -> [LockedRun] {
        try LockedRun.read(execute(LockedRun.locking, [ids]))
    }

    /// Locks runs, and then reads those of the attempts that are still live.
    package func lockRuns(
        _ ids: [Int],
        attempts: [AttemptID]
    ) throws -> (runs: [LockedRun], live: [LiveAttempt]) {
        let answers = try pipeline([
            (LockedRun.locking, [ids]), (LiveAttempt.lockingTasks, [attempts]), (LiveAttempt.locking, [attempts]),
        ])
        return (try LockedRun.read(answers[0]), try LiveAttempt.read(answers[2]))
    }

    /// Writes a locked run's state, reason and counts; a terminal state sets the end, `running` the start, and
    /// ends the rest of a run that had ended before.
    package func save(_ runs: [LockedRun]) throws {
        guard !runs.isEmpty else { return }
        try send(
            Statement(
                name: "save_runs",
                sql: """
                    UPDATE dag_run r SET state = u.state, reason = u.reason, cancel_requested = u.cancel_requested,
                        tasks = u.tasks, unfinished = u.unfinished, failures = u.failures,
                        started_at = CASE WHEN u.state IN ('running', 'success', 'failed') THEN coalesce(r.started_at, clock_timestamp())
                            ELSE r.started_at END,
                        ended_at = CASE WHEN u.state IN ('success', 'failed', 'cancelled')
                            THEN coalesce(r.ended_at, clock_timestamp()) END,
                        rested_us = CASE WHEN r.rest_from IS NULL OR u.state = 'queued' THEN r.rested_us
                            ELSE r.rested_us + greatest(0, extract(epoch FROM clock_timestamp() - r.rest_from) * 1e6)::bigint
                            END,
                        rest_from = CASE WHEN u.state = 'queued' THEN r.rest_from END
                    FROM unnest($1::bigint[], $2::text[], $3::text[], $4::boolean[], $5::bigint[], $6::bigint[],
                        $7::bigint[]) AS u (id, state, reason, cancel_requested, unfinished, failures, tasks)
                    WHERE r.id = u.id
                    """
            ),
            [
                runs.map(\.id), runs.map(\.state), runs.map(\.reason), runs.map(\.cancelRequested),
                runs.map(\.unfinished), runs.map(\.failures), runs.map(\.tasks),
            ]
        )
    }

    /// Which tasks of a run have failed that were not allowed to, as `RunState.failureReason` says it.
    package func failureReason(ofRun run: Int) throws -> String? {
        var failed: [String] = []
        var cancelled: [String] = []
        let rows = try execute(
            Statement(
                name: "failed_instances_of_run",
                sql: """
                    SELECT task_id, map_index, state = 'failed' FROM task_instance
                    WHERE run_id = $1 AND state IN ('failed', 'cancelled') AND NOT allows_failure AND task_index >= 0
                    ORDER BY task_index, map_index
                    """
            ),
            [run]
        )
        for row in rows {
            let index: Int = try row.decode(1)
            let name = InstanceName.text(try row.decode(0), index < 0 ? nil : index)
            if try row.decode(2) { failed.append(name) } else { cancelled.append(name) }
        }
        return RunState.failureReason(failed: failed, cancelled: cancelled)
    }

    /// Sets when a started run's time is up.
    package func setRunLimit(run: Int, after limit: Duration) throws {
        try send(
            Statement(
                name: "set_run_limit",
                sql: "UPDATE dag_run SET end_by = clock_timestamp() + $2 * interval '1 second' WHERE id = $1"
            ),
            [run, limit / .seconds(1)]
        )
    }
}

extension LockedRun {
    fileprivate static let locking = Statement(
        name: "lock_runs",
        sql: """
            SELECT r.id, r.dag_id, r.version_id, d.name, r.key, r.type, r.state, r.reason, r.cancel_requested,
                r.unfinished, r.failures, r.logical_date, r.data_interval_start, r.data_interval_end,
                ARRAY(SELECT key FROM jsonb_each_text(r.params) ORDER BY key),
                ARRAY(SELECT value FROM jsonb_each_text(r.params) ORDER BY key), r.tasks
            FROM dag_run r JOIN dag d ON d.id = r.dag_id
            WHERE r.id = ANY($1::bigint[]) ORDER BY r.id FOR NO KEY UPDATE OF r
            """
    )

    fileprivate static func read(_ rows: Rows) throws -> [LockedRun] {
        try rows.map { row in
            let names: [String] = try row.decode(14)
            let values: [String] = try row.decode(15)
            return LockedRun(
                id: try row.decode(0),
                dagID: try row.decode(1),
                versionID: try row.decode(2),
                name: RunName(dag: try row.decode(3), key: try row.decode(4)),
                type: try row.decode(5),
                state: try row.decode(6),
                reason: try row.decode(7),
                cancelRequested: try row.decode(8),
                tasks: try row.decode(16),
                unfinished: try row.decode(9),
                failures: try row.decode(10),
                logicalDate: try row.decode(11),
                dataIntervalStart: try row.decode(12),
                dataIntervalEnd: try row.decode(13),
                params: Dictionary(zip(names, values)) { first, _ in first }
            )
        }
    }
}
