package import Core
package import Postgres

/// An instance of a run as an operator's word finds it.
package struct StoredInstance: Sendable {
    package var id: Int
    package var key: InstanceKey
    package var state: TaskState
    package var reason: String?
    /// Whether it has a live attempt.
    package var isTaken: Bool
    package var counts: UpstreamCounts
}

extension StoredInstance {
    fileprivate init(row: Row) throws {
        let instance = try InstanceRow(row)
        id = instance.id
        key = instance.key
        state = instance.state
        reason = try row.decode(14)
        isTaken = instance.attemptID != nil
        counts = instance.counts
    }
}

extension Connection {
    /// Writes instances of a locked run as an operator's word leaves them.
    ///
    /// One that begins anew loses its outputs and gets its retries back; one that is marked ends now.
    package func rewrite(_ rows: [(id: Int, state: TaskState)], reason: String?) throws {
        guard !rows.isEmpty else { return }
        _ = try execute(
            Statement(
                name: "rewrite_instances",
                sql: """
                    UPDATE task_instance t SET state = u.state, reason = CASE WHEN u.state = 'waiting' THEN NULL ELSE $3 END,
                        retry_at = NULL, retries_used = 0, losses = 0, cancel_requested = false, hold = NULL,
                        outputs = CASE WHEN u.state = 'waiting' THEN NULL ELSE t.outputs END,
                        queued_at = NULL, started_at = CASE WHEN u.state = 'waiting' THEN NULL ELSE t.started_at END,
                        ended_at = CASE WHEN u.state = 'waiting' THEN NULL ELSE clock_timestamp() END
                    FROM unnest($1::bigint[], $2::text[]) AS u (id, state)
                    WHERE t.id = u.id AND t.attempt_id IS NULL
                    """
            ),
            [rows.map(\.id), rows.map(\.state), reason]
        )
    }

    /// Writes recounted upstream ends.
    package func setCounts(_ rows: [(id: Int, counts: UpstreamCounts)]) throws {
        guard !rows.isEmpty else { return }
        _ = try execute(
            Statement(
                name: "set_counts",
                sql: """
                    UPDATE task_instance t SET upstream = u.total, up_success = u.success, up_failed = u.failed,
                        up_upstream_failed = u.upstream_failed, up_skipped = u.skipped, up_cancelled = u.cancelled,
                        up_removed = u.removed
                    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
                        $7::bigint[], $8::bigint[])
                        AS u (id, success, failed, upstream_failed, skipped, cancelled, removed, total)
                    WHERE t.id = u.id
                    """
            ),
            [
                rows.map(\.id), rows.map(\.counts.success), rows.map(\.counts.failed),
                rows.map(\.counts.upstreamFailed),
                rows.map(\.counts.skipped), rows.map(\.counts.cancelled), rows.map(\.counts.removed),
                rows.map(\.counts.total),
            ]
        )
    }

    /// Makes a run that had ended wait for its start again; it rests until then.
    package func reopen(run: Int) throws {
        _ = try execute(
            Statement(
                name: "reopen_run",
                sql: """
                    WITH kept AS (DELETE FROM run_folder WHERE run_id = $1)
                    UPDATE dag_run SET state = 'queued', ended_at = NULL, start_by = NULL, end_by = NULL,
                        rest_from = CASE WHEN started_at IS NOT NULL THEN ended_at END,
                        cancel_requested = false, reason = NULL, hold = NULL, folders_removed = false WHERE id = $1
                    """
            ),
            [run]
        )
    }

    /// All instances of a run, in the order of the file and then of their map indices, locked in the order of their ids.
    ///
    /// Not those of tasks that the run's version does not have: these only tell what once was.
    package func lockInstances(run: Int) throws -> [StoredInstance] {
        try execute(
            Statement(
                name: "lock_instances",
                sql: """
                    SELECT \(InstanceRow.columns), t.reason FROM task_instance t
                    WHERE t.run_id = $1 AND t.task_index >= 0 ORDER BY t.id FOR NO KEY UPDATE
                    """
            ),
            [run]
        ).map { try StoredInstance(row: $0) }.sorted { $0.key < $1.key }
    }

    /// All instances of a run as `lockInstances` gives them, without a lock: for a transaction that only looks.
    package func allInstances(run: Int) throws -> [StoredInstance] {
        try execute(
            Statement(
                name: "all_instances",
                sql: """
                    SELECT \(InstanceRow.columns), t.reason FROM task_instance t
                    WHERE t.run_id = $1 AND t.task_index >= 0 ORDER BY t.task_index, t.map_index
                    """
            ),
            [run]
        ).map { try StoredInstance(row: $0) }
    }

    /// The id of a run by its DAG's id and key; nil: there is none.
    package func runID(_ name: RunName) throws -> Int? {
        try execute(
            Statement(
                name: "run_id_by_name",
                sql: "SELECT r.id FROM dag_run r JOIN dag d ON d.id = r.dag_id WHERE d.name = $1 AND r.key = $2"
            ),
            [name.dag, name.key]
        ).first?.decode(0)
    }

    /// Runs of a DAG by logical date in a span, the newest of each date: for a backfill's plan.
    package func runs(
        dag: Int,
        from: Timestamp,
        to: Timestamp
    ) throws -> [(date: Timestamp, key: String, state: RunState)] {
        try execute(
            Statement(
                name: "runs_by_logical_date",
                sql: """
                    SELECT DISTINCT ON (logical_date) logical_date, key, state FROM dag_run
                    WHERE dag_id = $1 AND logical_date >= $2 AND logical_date < $3 AND type <> 'manual'
                    ORDER BY logical_date, id DESC
                    """
            ),
            [dag, from, to]
        ).map { (date: try $0.decode(0), key: try $0.decode(1), state: try $0.decode(2)) }
    }
}
