package import Core
package import Postgres

/// A count that grew: one more upstream end, or several, for a task of one run or one of its instances.
package struct CountDelta: Sendable {
    package var run: Int
    package var target: Cascade.Target
    /// What is added; `total` too, where there are more upstream instances than before.
    package var counts: UpstreamCounts

    /// Joins the facts.
    package init(run: Int, target: Cascade.Target, counts: UpstreamCounts) {
        self.run = run
        self.target = target
        self.counts = counts
    }
}

/// A waiting instance's new state.
package struct InstanceSettlement: Sendable {
    package var id: Int
    package var state: TaskState
    package var reason: String?

    /// Joins the facts.
    package init(id: Int, state: TaskState, reason: String?) {
        self.id = id
        self.state = state
        self.reason = reason
    }
}

extension Connection {
    /// Adds ended upstream instances to the counts of those downstream and returns them as they are now.
    package func add(_ deltas: [CountDelta]) throws -> [InstanceRow] {
        // One statement changes a row once, so what is meant for single instances has one of its own.
        try addToAll(deltas.filter { $0.target.mapIndex == nil })
            + addToSome(deltas.filter { $0.target.mapIndex != nil })
    }

    private func addToSome(_ deltas: [CountDelta]) throws -> [InstanceRow] {
        guard !deltas.isEmpty else { return [] }
        return try execute(
            Statement(
                name: "add_counts_of_instances",
                sql: """
                    UPDATE task_instance t SET upstream = t.upstream + u.total, up_success = t.up_success + u.success,
                        up_failed = t.up_failed + u.failed,
                        up_upstream_failed = t.up_upstream_failed + u.upstream_failed,
                        up_skipped = t.up_skipped + u.skipped, up_cancelled = t.up_cancelled + u.cancelled,
                        up_removed = t.up_removed + u.removed
                    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
                        $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[])
                        AS u (run_id, task_index, total, success, failed, upstream_failed, skipped, cancelled, removed,
                            map_index)
                    WHERE t.run_id = u.run_id AND t.task_index = u.task_index AND t.map_index = u.map_index
                        AND t.state <> 'removed'
                    RETURNING \(InstanceRow.columns)
                    """
            ),
            Self.columns(of: deltas) + [deltas.map { $0.target.mapIndex ?? InstanceKey.whole }]
        ).map(InstanceRow.init)
    }

    private static func columns(of deltas: [CountDelta]) -> [any PostgresEncodable] {
        [
            deltas.map(\.run), deltas.map(\.target.task), deltas.map(\.counts.total), deltas.map(\.counts.success),
            deltas.map(\.counts.failed), deltas.map(\.counts.upstreamFailed), deltas.map(\.counts.skipped),
            deltas.map(\.counts.cancelled), deltas.map(\.counts.removed),
        ]
    }

    private func addToAll(_ deltas: [CountDelta]) throws -> [InstanceRow] {
        guard !deltas.isEmpty else { return [] }
        return try execute(
            Statement(
                name: "add_counts",
                sql: """
                    UPDATE task_instance t SET upstream = t.upstream + u.total, up_success = t.up_success + u.success,
                        up_failed = t.up_failed + u.failed,
                        up_upstream_failed = t.up_upstream_failed + u.upstream_failed,
                        up_skipped = t.up_skipped + u.skipped, up_cancelled = t.up_cancelled + u.cancelled,
                        up_removed = t.up_removed + u.removed
                    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
                        $7::bigint[], $8::bigint[], $9::bigint[])
                        AS u (run_id, task_index, total, success, failed, upstream_failed, skipped, cancelled, removed)
                    WHERE t.run_id = u.run_id AND t.task_index = u.task_index AND t.state <> 'removed'
                    RETURNING \(InstanceRow.columns)
                    """
            ),
            Self.columns(of: deltas)
        ).map(InstanceRow.init)
    }

    /// All instances of runs that are in one of these states.
    package func instances(ofRuns runs: [Int], in states: [TaskState]) throws -> [InstanceRow] {
        try execute(
            Statement(
                name: "instances_in_states",
                sql: """
                    SELECT \(InstanceRow.columns) FROM task_instance t
                    WHERE t.run_id = ANY($1::bigint[]) AND t.state = ANY($2::text[]) ORDER BY t.id
                    """
            ),
            [runs, states]
        ).map(InstanceRow.init)
    }

    /// Moves waiting instances on; those that somebody moved before are left.
    ///
    /// Returns the ids that moved.
    package func settle(_ settlements: [InstanceSettlement]) throws -> Set<Int> {
        guard !settlements.isEmpty else { return [] }
        let rows = try execute(
            Statement(
                name: "settle_instances",
                sql: """
                    UPDATE task_instance t SET state = u.state, reason = u.reason, hold = NULL,
                        queued_at = CASE WHEN u.state = 'queued' THEN clock_timestamp() END,
                        ended_at = CASE WHEN u.state <> 'queued' THEN clock_timestamp() END
                    FROM unnest($1::bigint[], $2::text[], $3::text[]) AS u (id, state, reason)
                    WHERE t.id = u.id AND t.state = 'waiting' RETURNING t.id
                    """
            ),
            [settlements.map(\.id), settlements.map(\.state), settlements.map(\.reason)]
        )
        return Set(try rows.map { try $0.decode(0) })
    }

    /// Queues those whose retry is due in locked runs; returns their ids and runs.
    package func queueDueRetries(runs: [Int]) throws -> [(id: Int, run: Int)] {
        try execute(
            Statement(
                name: "queue_due_retries",
                sql: """
                    UPDATE task_instance SET state = 'queued', retry_at = NULL, queued_at = clock_timestamp(),
                        hold = NULL
                    WHERE run_id = ANY($1::bigint[]) AND state = 'up_for_retry' AND retry_at <= clock_timestamp()
                    RETURNING id, run_id
                    """
            ),
            [runs]
        ).map { (id: try $0.decode(0), run: try $0.decode(1)) }
    }

    /// Ends every instance of locked runs that no attempt holds; returns them with their former states.
    package func cancelIdleInstances(runs: [Int]) throws -> [InstanceRow] {
        try execute(
            Statement(
                name: "cancel_idle_instances",
                sql: """
                    UPDATE task_instance t SET state = 'cancelled', ended_at = clock_timestamp(), retry_at = NULL,
                        hold = NULL
                    FROM (SELECT id, state FROM task_instance WHERE run_id = ANY($1::bigint[])
                        AND state IN ('waiting', 'queued', 'up_for_retry') AND attempt_id IS NULL ORDER BY id FOR UPDATE)
                        AS old
                    WHERE t.id = old.id
                    RETURNING t.id, t.run_id, t.task_index, t.map_index, old.state, t.upstream, t.up_success, t.up_failed,
                        t.up_upstream_failed, t.up_skipped, t.up_cancelled, t.up_removed, t.attempt_id, false
                    """
            ),
            [runs]
        ).map(InstanceRow.init)
    }

    /// Asks for the end of every live attempt of locked runs; returns the attempts.
    package func requestCancel(runs: [Int]) throws -> [(attempt: AttemptID, runner: String)] {
        let rows = try execute(
            Statement(
                name: "request_cancel",
                sql: """
                    WITH locked AS (
                        SELECT id, attempt_id FROM task_instance
                        WHERE run_id = ANY($1::bigint[]) AND attempt_id IS NOT NULL ORDER BY id FOR NO KEY UPDATE),
                    live AS (
                        SELECT id FROM attempt WHERE id IN (SELECT attempt_id FROM locked) AND ended_at IS NULL
                        ORDER BY id FOR NO KEY UPDATE),
                    asked AS (
                        UPDATE task_instance t SET cancel_requested = true FROM locked WHERE t.id = locked.id)
                    UPDATE attempt a SET cancel_requested = true,
                        reason = CASE WHEN a.state = 'unreachable' THEN 'kill_unconfirmed' ELSE a.reason END FROM live
                    WHERE a.id = live.id RETURNING a.id, a.runner
                    """
            ),
            [runs]
        )
        return try rows.map { (attempt: try $0.decode(0), runner: try $0.decode(1)) }
    }

    /// What tasks of a run have published; of a mapped task, what each of its instances has.
    ///
    /// `of`: Of mapped tasks, this instance only; nil: all of them.
    package func outputs(run: Int, tasks: [Int], of mapIndex: Int? = nil) throws -> PublishedOutputs {
        let rows = try execute(
            Statement(
                name: "outputs_of_tasks",
                sql: """
                    SELECT task_index, map_index, ARRAY(SELECT key FROM jsonb_each_text(outputs) ORDER BY key),
                        ARRAY(SELECT value FROM jsonb_each_text(outputs) ORDER BY key)
                    FROM task_instance WHERE run_id = $1 AND task_index = ANY($2::bigint[]) AND state <> 'removed'
                        AND (outputs IS NOT NULL OR map_index >= 0)
                        AND ($3::bigint IS NULL OR map_index = $3 OR map_index = -1)
                    """
            ),
            [run, tasks, mapIndex]
        )
        var found = PublishedOutputs()
        for row in rows {
            let names: [String] = try row.decode(2)
            let values: [String] = try row.decode(3)
            found.add(
                InstanceKey(task: try row.decode(0), mapIndex: try row.decode(1)),
                Dictionary(zip(names, values)) { first, _ in first }
            )
        }
        return found
    }
}
