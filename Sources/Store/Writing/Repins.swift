package import Core
package import Postgres

extension Connection {
    /// All instances of a locked run, those of tasks that its version does not have included, with their states.
    package func instancesOfAnyVersion(
        run: Int
    ) throws -> [(id: Int, state: TaskState, isTaken: Bool, row: Repinning.Row)] {
        try execute(
            Statement(
                name: "instances_of_any_version",
                sql: """
                    SELECT id, state, attempt_id IS NOT NULL, task_id, map_index, attempts > 0 FROM task_instance
                    WHERE run_id = $1 ORDER BY id FOR NO KEY UPDATE
                    """
            ),
            [run]
        ).map { row in
            (
                id: try row.decode(0), state: try row.decode(1), isTaken: try row.decode(2),
                row: Repinning.Row(
                    task: try row.decode(3),
                    mapIndex: try row.decode(4),
                    hasAttempts: try row.decode(5)
                )
            )
        }
    }

    /// Moves a locked run to another version of its DAG; what its attempts ran under is kept with them.
    package func setVersion(run: Int, from old: Int, to new: Int, params: [String: String]) throws {
        _ = try execute(
            Statement(
                name: "keep_versions_of_attempts",
                sql: """
                    UPDATE attempt SET version_id = $2 WHERE version_id IS NULL
                        AND task_instance_id IN (SELECT id FROM task_instance WHERE run_id = $1)
                    """
            ),
            [run, old]
        )
        let names = params.keys.sorted()
        _ = try execute(
            Statement(
                name: "set_run_version",
                sql: """
                    UPDATE dag_run SET version_id = $2, params = jsonb_object($3::text[], $4::text[]) WHERE id = $1
                    """
            ),
            [run, new, names, names.map { params[$0] ?? "" }]
        )
    }

    /// Gives instances of a locked run, of which none is under way, their places in another version.
    package func replace(run: Int, _ rows: [(id: Int, placement: Repinning.Placement)]) throws {
        // Places are unique at every moment, so all are left before any is taken.
        _ = try execute(
            Statement(
                name: "leave_places",
                sql: "UPDATE task_instance SET task_index = -1000000000 - task_index WHERE run_id = $1"
            ),
            [run]
        )
        _ = try execute(
            Statement(
                name: "take_places",
                sql: """
                    UPDATE task_instance t SET task_index = u.task_index, state = u.state, reason = NULL, retry_at = NULL,
                        retries_used = 0, losses = 0, cancel_requested = false, hold = NULL,
                        outputs = CASE WHEN u.state = 'waiting' THEN NULL ELSE t.outputs END, queued_at = NULL,
                        started_at = CASE WHEN u.state = 'waiting' THEN NULL ELSE t.started_at END,
                        ended_at = CASE WHEN u.state = 'waiting' THEN NULL
                            ELSE coalesce(t.ended_at, clock_timestamp()) END
                    FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS u (id, task_index, state)
                    WHERE t.id = u.id AND t.attempt_id IS NULL
                    """
            ),
            [rows.map(\.id), rows.map(\.placement.key.task), rows.map(\.placement.state)]
        )
    }

    /// Writes what a version says of its tasks into the instances of a locked run, and adds those that wait as a whole
    /// and have no row yet; counts are to be set afterwards.
    package func describe(run: Int, dag: Int, _ tasks: [TaskDefinition], adding added: [Int]) throws {
        let places = TaskPlaces(tasks)
        _ = try execute(
            Statement(
                name: "describe_instances",
                sql: """
                    UPDATE task_instance t SET pool = u.pool, slots = u.slots, priority = \(InstanceRow.classedPriority),
                        priority_class = u.class, runner = u.runner,
                        labels = string_to_array(u.labels, ','), allows_failure = u.allows_failure
                    FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::boolean[],
                        $8::text[])
                        WITH ORDINALITY AS u (pool, slots, priority, runner, labels, allows_failure, class, place)
                    WHERE t.run_id = $1 AND t.task_index = u.place - 1
                    """
            ),
            [
                run, tasks.map(\.pool), tasks.map(\.slots), tasks.map(\.priority), places.runners, places.labels,
                tasks.map(\.allowsFailure), tasks.map(\.priorityClass),
            ]
        )
        guard !added.isEmpty else { return }
        let fresh = added.map { tasks[$0] }
        let freshPlaces = TaskPlaces(fresh)
        _ = try execute(
            Statement(
                name: "insert_instances_of_version",
                sql: """
                    INSERT INTO task_instance (run_id, dag_id, task_id, task_index, state, pool, slots, priority, runner,
                        labels, upstream, allows_failure, priority_class)
                    SELECT $1, $2, u.task_id, u.task_index, 'waiting', u.pool, u.slots, \(InstanceRow.classedPriority), u.runner,
                        string_to_array(u.labels, ','), 0, u.allows_failure, u.class
                    FROM unnest($3::text[], $4::bigint[], $5::text[], $6::bigint[], $7::bigint[], $8::text[], $9::text[],
                        $10::boolean[], $11::text[])
                        AS u (task_id, task_index, pool, slots, priority, runner, labels, allows_failure, class)
                    """
            ),
            [
                run, dag, fresh.map(\.id), added, fresh.map(\.pool), fresh.map(\.slots), fresh.map(\.priority),
                freshPlaces.runners, freshPlaces.labels, fresh.map(\.allowsFailure), fresh.map(\.priorityClass),
            ]
        )
    }

    /// The number that people know a version by; nil: there is no such version.
    package func versionNumber(_ id: Int) throws -> Int? {
        try execute(
            Statement(name: "version_number", sql: "SELECT number FROM dag_version WHERE id = $1"),
            [id]
        ).first?.decode(0)
    }
}

extension Connection {
    /// The runs of a DAG whose logical dates lie in a span, with how many instances each has, newest first.
    package func runs(
        dag: Int,
        dated from: Timestamp,
        _ to: Timestamp,
        limit: Int
    ) throws -> [(id: Int, tasks: Int)] {
        try execute(
            Statement(
                name: "runs_dated",
                sql: """
                    SELECT id, tasks FROM dag_run WHERE dag_id = $1 AND logical_date >= $2 AND logical_date < $3
                    ORDER BY logical_date DESC, id DESC LIMIT $4
                    """
            ),
            [dag, from, to, limit]
        ).map { (id: try $0.decode(0), tasks: try $0.decode(1)) }
    }

    /// The runs of a DAG that have these keys, with how many instances each has; keys that no run has are passed over.
    package func runs(dag: Int, keys: [String]) throws -> [(id: Int, tasks: Int)] {
        try execute(
            Statement(
                name: "runs_keyed",
                sql: "SELECT id, tasks FROM dag_run WHERE dag_id = $1 AND key = ANY($2::text[]) ORDER BY id"
            ),
            [dag, keys]
        ).map { (id: try $0.decode(0), tasks: try $0.decode(1)) }
    }
}
