package import Core
package import Postgres

/// How an instance of a mapped task begins.
package struct NewInstance: Sendable {
    package var item: JSONValue
    package var state: TaskState
    package var reason: String?
    /// Why it waits although it is ready.
    package var hold: String?

    /// Joins the facts.
    package init(item: JSONValue, state: TaskState, reason: String? = nil, hold: String? = nil) {
        self.item = item
        self.state = state
        self.reason = reason
        self.hold = hold
    }
}

/// The columns that an instance takes over from another row of its task.
private let inherited = """
    run_id, dag_id, task_id, task_index, pool, slots, priority, priority_class, allows_failure, runner, labels
    """
private let inheritedOfWhole = """
    w.run_id, w.dag_id, w.task_id, w.task_index, w.pool, w.slots, w.priority, w.priority_class, w.allows_failure,
    w.runner, w.labels
    """

extension Connection {
    /// Puts instances in the place of a task that waits as a whole in a locked run; those that were removed come back.
    ///
    /// Returns their ids by map index. They begin with the counts that were stored for the task as a whole.
    package func expand(run: Int, task: Int, _ instances: [NewInstance]) throws -> [Int: Int] {
        let rows = try execute(
            Statement(
                name: "expand_task",
                sql: """
                    WITH w AS (
                        DELETE FROM task_instance WHERE run_id = $1 AND task_index = $2 AND map_index = -1
                            AND state = 'waiting' RETURNING *)
                    INSERT INTO task_instance AS t (\(inherited), upstream, up_success, up_failed, up_upstream_failed,
                        up_skipped, up_cancelled, up_removed, map_index, item, state, reason, hold, hold_at, queued_at,
                        ended_at)
                    SELECT \(inheritedOfWhole), w.upstream, w.up_success, w.up_failed, w.up_upstream_failed,
                        w.up_skipped, w.up_cancelled, w.up_removed, u.place - 1, u.item::json, u.state, u.reason, u.hold,
                        CASE WHEN u.hold IS NOT NULL THEN clock_timestamp() END,
                        CASE WHEN u.state = 'queued' THEN clock_timestamp() END,
                        CASE WHEN u.state NOT IN ('waiting', 'queued') THEN clock_timestamp() END
                    FROM w, unnest($3::text[], $4::text[], $5::text[], $6::text[])
                        WITH ORDINALITY AS u (item, state, reason, hold, place)
                    ORDER BY u.place
                    ON CONFLICT (run_id, task_index, map_index) DO UPDATE SET item = excluded.item,
                        state = excluded.state, reason = excluded.reason, hold = excluded.hold, hold_at = excluded.hold_at,
                        queued_at = excluded.queued_at, ended_at = excluded.ended_at, started_at = NULL, outputs = NULL,
                        retries_used = 0, losses = 0, cancel_requested = false, upstream = excluded.upstream,
                        up_success = excluded.up_success, up_failed = excluded.up_failed,
                        up_upstream_failed = excluded.up_upstream_failed, up_skipped = excluded.up_skipped,
                        up_cancelled = excluded.up_cancelled, up_removed = excluded.up_removed
                        WHERE t.state = 'removed'
                    RETURNING t.map_index, t.id
                    """
            ),
            [
                run, task, instances.map(\.item.description), instances.map(\.state), instances.map(\.reason),
                instances.map(\.hold),
            ]
        )
        return Dictionary(try rows.map { (try $0.decode(0), try $0.decode(1)) }) { first, _ in first }
    }

    /// Lets a mapped task of a locked run wait as a whole again; its counts are to be set afterwards.
    package func insertWhole(run: Int, task: Int) throws {
        _ = try execute(
            Statement(
                name: "insert_whole",
                sql: """
                    INSERT INTO task_instance (\(inherited), upstream, state)
                    SELECT \(inheritedOfWhole), 0, 'waiting' FROM task_instance w
                    WHERE w.run_id = $1 AND w.task_index = $2 ORDER BY w.map_index LIMIT 1
                    ON CONFLICT DO NOTHING
                    """
            ),
            [run, task]
        )
    }

    /// Gives a task of a locked run, which has ended as a whole, an instance for each one of another task; their counts
    /// are to be set afterwards.
    package func follow(run: Int, task: Int, _ other: Int) throws {
        _ = try execute(
            Statement(
                name: "follow_task",
                sql: """
                    WITH w AS (
                        DELETE FROM task_instance WHERE run_id = $1 AND task_index = $2 AND map_index = -1 RETURNING *)
                    INSERT INTO task_instance AS t (\(inherited), upstream, map_index, item, state)
                    SELECT \(inheritedOfWhole), 0, o.map_index, o.item, 'waiting' FROM w, task_instance o
                    WHERE o.run_id = $1 AND o.task_index = $3 AND o.map_index >= 0 AND o.state <> 'removed'
                    ORDER BY o.map_index
                    ON CONFLICT (run_id, task_index, map_index) DO UPDATE SET item = excluded.item, state = 'waiting',
                        reason = NULL, hold = NULL, queued_at = NULL, started_at = NULL, ended_at = NULL, outputs = NULL,
                        retries_used = 0, losses = 0, cancel_requested = false, upstream = 0, up_success = 0,
                        up_failed = 0, up_upstream_failed = 0, up_skipped = 0, up_cancelled = 0, up_removed = 0
                    """
            ),
            [run, task, other]
        )
    }

    /// How many instances of a mapped task of a run are queued, run, or wait for their next attempt.
    package func instancesUnderWay(run: Int, task: Int) throws -> Int {
        try execute(
            Statement(
                name: "instances_under_way",
                sql: """
                    SELECT count(*) FROM task_instance WHERE run_id = $1 AND task_index = $2 AND map_index >= 0
                        AND state IN ('queued', 'running', 'up_for_retry')
                    """
            ),
            [run, task]
        )[0].decode(0)
    }

    /// The first instances of a mapped task that are ready and held back.
    package func heldInstances(run: Int, task: Int, limit: Int) throws -> [InstanceRow] {
        try execute(
            Statement(
                name: "held_instances",
                sql: """
                    SELECT \(InstanceRow.columns) FROM task_instance t
                    WHERE t.run_id = $1 AND t.task_index = $2 AND t.state = 'waiting' AND t.hold IS NOT NULL
                    ORDER BY t.run_id, t.task_index, t.map_index LIMIT $3
                    """
            ),
            [run, task, limit]
        ).map(InstanceRow.init)
    }

    /// Holds waiting instances back.
    package func hold(waiting ids: [Int], _ hold: String) throws {
        guard !ids.isEmpty else { return }
        _ = try execute(
            Statement(
                name: "hold_waiting",
                sql: """
                    UPDATE task_instance SET hold = $2, hold_at = clock_timestamp()
                    WHERE id = ANY($1::bigint[]) AND state = 'waiting'
                    """
            ),
            [ids, hold]
        )
    }

    /// Forgets which waiting instances of a run are held back, before all of them are judged anew.
    package func releaseHeld(runs: [Int]) throws {
        try send(
            Statement(
                name: "release_held",
                sql: """
                    UPDATE task_instance SET hold = NULL
                    WHERE run_id = ANY($1::bigint[]) AND state = 'waiting' AND hold IS NOT NULL
                    """
            ),
            [runs]
        )
    }

    /// The items of mapped instances, by their ids, with their map indices.
    package func items(of ids: [Int]) throws -> [Int: (mapIndex: Int, item: JSONValue)] {
        guard !ids.isEmpty else { return [:] }
        let rows = try execute(
            Statement(
                name: "items_of_instances",
                sql: """
                    SELECT id, map_index, coalesce(item::text, 'null') FROM task_instance
                    WHERE id = ANY($1::bigint[]) AND map_index >= 0
                    """
            ),
            [ids]
        )
        var found: [Int: (mapIndex: Int, item: JSONValue)] = [:]
        for row in rows {
            let text: String = try row.decode(2)
            found[try row.decode(0)] = (mapIndex: try row.decode(1), item: JSONValue(parsing: text) ?? .string(text))
        }
        return found
    }

    /// Asks for the end of live attempts of instances of a locked run; returns these instances.
    package func requestCancel(instances: [Int]) throws -> Set<Int> {
        let rows = try execute(
            Statement(
                name: "request_cancel_of_instances",
                sql: """
                    WITH locked AS (
                        SELECT id, attempt_id FROM task_instance
                        WHERE id = ANY($1::bigint[]) AND attempt_id IS NOT NULL ORDER BY id FOR NO KEY UPDATE),
                    live AS (
                        SELECT id, task_instance_id FROM attempt
                        WHERE id IN (SELECT attempt_id FROM locked) AND ended_at IS NULL ORDER BY id FOR NO KEY UPDATE),
                    asked AS (
                        UPDATE task_instance t SET cancel_requested = true FROM locked WHERE t.id = locked.id)
                    UPDATE attempt a SET cancel_requested = true,
                        reason = CASE WHEN a.state = 'unreachable' THEN 'kill_unconfirmed' ELSE a.reason END FROM live
                    WHERE a.id = live.id RETURNING live.task_instance_id
                    """
            ),
            [instances]
        )
        return Set(try rows.map { try $0.decode(0) })
    }
}
