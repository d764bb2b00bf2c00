package import Core
package import Postgres

/// A run about to be created.
package struct NewRun: Sendable {
    package var dagID: Int
    package var versionID: Int
    package var key: String
    package var type: RunType
    package var logicalDate: Timestamp
    package var dataIntervalStart: Timestamp
    package var dataIntervalEnd: Timestamp
    package var runAfter: Timestamp
    package var startBy: Timestamp?
    package var params: [String: String]
    package var backfillID: Int?
    /// Whether it makes up for a tick that had passed, and so starts behind regular runs.
    package var isCatchup: Bool
    package var actor: String

    /// Joins the facts; the optional ones are nil or empty.
    package init(
        dagID: Int,
        versionID: Int,
        key: String,
        type: RunType,
        logicalDate: Timestamp,
        dataIntervalStart: Timestamp,
        dataIntervalEnd: Timestamp,
        runAfter: Timestamp,
        startBy: Timestamp? = nil,
        params: [String: String] = [:],
        backfillID: Int? = nil,
        isCatchup: Bool = false,
        actor: String
    ) {
        self.dagID = dagID
        self.versionID = versionID
        self.key = key
        self.type = type
        self.logicalDate = logicalDate
        self.dataIntervalStart = dataIntervalStart
        self.dataIntervalEnd = dataIntervalEnd
        self.runAfter = runAfter
        self.startBy = startBy
        self.params = params
        self.backfillID = backfillID
        self.isCatchup = isCatchup
        self.actor = actor
    }
}

extension Connection {
    /// Creates a queued run with one waiting instance for each task; nil where its key exists already.
    package func create(_ run: NewRun, tasks: [TaskDefinition]) throws -> Int? {
        try create([(run, tasks)])[0]
    }

    /// Creates queued runs, each with one waiting instance for each of its tasks; nil where its key exists already.
    package func create(_ runs: [(run: NewRun, tasks: [TaskDefinition])]) throws -> [Int?] {
        guard !runs.isEmpty else { return [] }
        let rows = try execute(
            Statement(
                name: "insert_runs",
                sql: """
                    INSERT INTO dag_run (dag_id, version_id, key, type, state, logical_date, data_interval_start,
                        data_interval_end, run_after, start_by, params, backfill_id, is_catchup, actor, tasks, unfinished)
                    SELECT u.dag_id, u.version_id, u.key, u.type, 'queued', u.logical_date, u.interval_start,
                        u.interval_end, u.run_after, u.start_by, u.params, u.backfill_id, u.is_catchup, u.actor, u.tasks,
                        u.tasks
                    FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[],
                        $7::timestamptz[], $8::timestamptz[], $9::timestamptz[], $10::jsonb[], $11::bigint[],
                        $12::boolean[], $13::text[], $14::integer[])
                        WITH ORDINALITY AS u (dag_id, version_id, key, type, logical_date, interval_start, interval_end,
                            run_after, start_by, params, backfill_id, is_catchup, actor, tasks, place)
                    ORDER BY u.place
                    ON CONFLICT (dag_id, key) DO NOTHING RETURNING id, dag_id, key
                    """
            ),
            [
                runs.map(\.run.dagID), runs.map(\.run.versionID), runs.map(\.run.key), runs.map(\.run.type),
                runs.map(\.run.logicalDate), runs.map(\.run.dataIntervalStart), runs.map(\.run.dataIntervalEnd),
                runs.map(\.run.runAfter), runs.map(\.run.startBy),
                runs.map { JSONText(JSONValue(texts: $0.run.params).description) }, runs.map(\.run.backfillID),
                runs.map(\.run.isCatchup), runs.map(\.run.actor), runs.map { Int32(clamping: $0.tasks.count) },
            ]
        )
        var ids: [RowKey: Int] = [:]
        for row in rows { ids[RowKey(dag: try row.decode(1), key: try row.decode(2))] = try row.decode(0) }
        let made = runs.map { ids.removeValue(forKey: RowKey(dag: $0.run.dagID, key: $0.run.key)) }
        let new = zip(made, runs).compactMap { id, item in id.map { (id: $0, dag: item.run.dagID, tasks: item.tasks) } }
        try insertInstances(new)
        try record(
            zip(made, runs).compactMap { id, item in
                id.map { Transition(run: $0, old: nil, new: .queued, actor: item.run.actor) }
            }
        )
        return made
    }

    private struct RowKey: Hashable {
        var dag: Int
        var key: String
    }

    private func insertInstances(_ runs: [(id: Int, dag: Int, tasks: [TaskDefinition])]) throws {
        let tasks = runs.flatMap(\.tasks)
        guard !tasks.isEmpty else { return }
        let places = TaskPlaces(tasks)
        try send(
            Statement(
                name: "insert_instances",
                sql: """
                    INSERT INTO task_instance (run_id, dag_id, task_id, task_index, state, pool, slots, priority, runner,
                        labels, upstream, allows_failure, priority_class)
                    SELECT u.run_id, u.dag_id, u.task_id, u.task_index, 'waiting', u.pool, u.slots,
                        \(InstanceRow.classedPriority), u.runner, string_to_array(u.labels, ','), u.upstream,
                        u.allows_failure, u.class
                    FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::bigint[],
                        $7::bigint[], $8::text[], $9::text[], $10::bigint[], $11::boolean[], $12::text[])
                        WITH ORDINALITY AS u (run_id, dag_id, task_id, task_index, pool, slots, priority, runner, labels,
                            upstream, allows_failure, class, place)
                    ORDER BY u.place
                    """
            ),
            [
                runs.flatMap { run in run.tasks.map { _ in run.id } },
                runs.flatMap { run in run.tasks.map { _ in run.dag } }, tasks.map(\.id),
                runs.flatMap { Array($0.tasks.indices) }, tasks.map(\.pool), tasks.map(\.slots), tasks.map(\.priority),
                places.runners, places.labels, tasks.map(\.needs.count), tasks.map(\.allowsFailure),
                tasks.map(\.priorityClass),
            ]
        )
    }

    /// The run that an idempotency key made before, as its DAG's id and key; nil: the key is new.
    package func run(forIdempotencyKey key: String) throws -> RunName? {
        try execute(
            Statement(
                name: "run_for_idempotency_key",
                sql: """
                    SELECT d.name, r.key FROM idempotency i JOIN dag_run r ON r.id = i.run_id JOIN dag d ON d.id = r.dag_id
                    WHERE i.key = $1
                    """
            ),
            [key]
        ).first.map { RunName(dag: try $0.decode(0), key: try $0.decode(1)) }
    }

    /// Remembers which run an idempotency key made; false where another transaction was faster.
    package func remember(idempotencyKey key: String, run: Int) throws -> Bool {
        try execute(
            Statement(
                name: "remember_idempotency_key",
                sql: "INSERT INTO idempotency (key, run_id) VALUES ($1, $2) ON CONFLICT DO NOTHING"
            ),
            [key, run]
        ).affected == 1
    }
}

/// Where tasks want to run, as the columns of their instances have it.
struct TaskPlaces {
    /// The names of runners.
    private(set) var runners: [String?]
    /// Labels, joined by commas.
    private(set) var labels: [String?]

    init(_ tasks: [TaskDefinition]) {
        runners = [String?](repeating: nil, count: tasks.count)
        labels = runners
        for (position, task) in tasks.enumerated() {
            switch task.runner {
            case .any: if task.request != nil { runners[position] = RequestOrder.runnerName }
            case .named(let name): runners[position] = name
            // A label holds no comma, by the rule for names.
            case .labelled(let list): labels[position] = list.joined(separator: ",")
            }
        }
    }
}
