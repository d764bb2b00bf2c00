package import Core
package import Postgres

/// A task instance as a pass sees it.
package struct InstanceRow: Sendable {
    package var id: Int
    package var run: Int
    /// The task's position in its version's file.
    package var task: Int
    /// -1 where the task is not mapped.
    package var mapIndex: Int
    package var state: TaskState
    package var counts: UpstreamCounts
    package var attemptID: AttemptID?
}

/// A count that grew: one more upstream end, or several, for one task of one run.
package struct CountDelta: Sendable {
    package var run: Int
    package var task: Int
    package var counts: UpstreamCounts

    /// Joins the facts.
    package init(run: Int, task: Int, counts: UpstreamCounts) {
        self.run = run
        self.task = task
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

private let instanceColumns = """
    t.id, t.run_id, t.task_index, t.map_index, t.state, t.upstream, t.up_success, t.up_failed, t.up_upstream_failed,
    t.up_skipped, t.up_cancelled, t.up_removed, t.attempt_id
    """

extension Connection {
    /// Adds ended upstream tasks to the counts of those downstream and returns them as they are now.
    package func add(_ deltas: [CountDelta]) throws -> [InstanceRow] {
        guard !deltas.isEmpty else { return [] }
        return try execute(
            Statement(
                name: "add_counts",
                sql: """
                    UPDATE task_instance t SET up_success = t.up_success + u.success, up_failed = t.up_failed + u.failed,
                        up_upstream_failed = t.up_upstream_failed + u.upstream_failed,
                        up_skipped = t.up_skipped + u.skipped, up_cancelled = t.up_cancelled + u.cancelled,
                        up_removed = t.up_removed + u.removed
                    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
                        $7::bigint[], $8::bigint[])
                        AS u (run_id, task_index, success, failed, upstream_failed, skipped, cancelled, removed)
                    WHERE t.run_id = u.run_id AND t.task_index = u.task_index
                    RETURNING \(instanceColumns)
                    """
            ),
            [
                deltas.map(\.run), deltas.map(\.task), deltas.map(\.counts.success), deltas.map(\.counts.failed),
                deltas.map(\.counts.upstreamFailed), deltas.map(\.counts.skipped), deltas.map(\.counts.cancelled),
                deltas.map(\.counts.removed),
            ]
        ).map(InstanceRow.init)
    }

    /// All instances of runs that are in one of these states.
    package func instances(ofRuns runs: [Int], in states: [TaskState]) throws -> [InstanceRow] {
        try execute(
            Statement(
                name: "instances_in_states",
                sql: """
                    SELECT \(instanceColumns) FROM task_instance t
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
                        t.up_upstream_failed, t.up_skipped, t.up_cancelled, t.up_removed, t.attempt_id
                    """
            ),
            [runs]
        ).map(InstanceRow.init)
    }

    /// Asks for the end of every live attempt of locked runs, or of one instance of them; returns the attempts.
    package func requestCancel(runs: [Int], instance: Int? = nil) throws -> [(attempt: AttemptID, runner: String)] {
        let rows = try execute(
            Statement(
                name: "request_cancel",
                sql: """
                    WITH asked AS (
                        UPDATE task_instance SET cancel_requested = true
                        WHERE run_id = ANY($1::bigint[]) AND ($2::bigint IS NULL OR id = $2) AND attempt_id IS NOT NULL
                        RETURNING attempt_id)
                    UPDATE attempt a SET cancel_requested = true FROM asked
                    WHERE a.id = asked.attempt_id AND a.ended_at IS NULL RETURNING a.id, a.runner
                    """
            ),
            [runs, instance]
        )
        return try rows.map { (attempt: try $0.decode(0), runner: try $0.decode(1)) }
    }

    /// The outputs that tasks of a run have published, as JSON objects of texts by task.
    package func outputs(run: Int, tasks: [Int]) throws -> [Int: [String: String]] {
        let rows = try execute(
            Statement(
                name: "outputs_of_tasks",
                sql: """
                    SELECT task_index, ARRAY(SELECT key FROM jsonb_each_text(outputs) ORDER BY key),
                        ARRAY(SELECT value FROM jsonb_each_text(outputs) ORDER BY key)
                    FROM task_instance WHERE run_id = $1 AND task_index = ANY($2::bigint[]) AND outputs IS NOT NULL
                    """
            ),
            [run, tasks]
        )
        var found: [Int: [String: String]] = [:]
        for row in rows {
            let names: [String] = try row.decode(1)
            found[try row.decode(0)] = Dictionary(zip(names, try row.decode(2) as [String])) { first, _ in first }
        }
        return found
    }
}

extension InstanceRow {
    init(_ row: Row) throws {
        var counts = UpstreamCounts(total: try row.decode(5))
        counts.success = try row.decode(6)
        counts.failed = try row.decode(7)
        counts.upstreamFailed = try row.decode(8)
        counts.skipped = try row.decode(9)
        counts.cancelled = try row.decode(10)
        counts.removed = try row.decode(11)
        self.init(
            id: try row.decode(0),
            run: try row.decode(1),
            task: try row.decode(2),
            mapIndex: try row.decode(3),
            state: try row.decode(4),
            counts: counts,
            attemptID: try row.decode(12)
        )
    }
}
