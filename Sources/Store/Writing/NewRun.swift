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
        let names = run.params.keys.sorted()
        let inserted = try execute(
            Statement(
                name: "insert_run",
                sql: """
                    INSERT INTO dag_run (dag_id, version_id, key, type, state, logical_date, data_interval_start,
                        data_interval_end, run_after, start_by, params, backfill_id, is_catchup, actor, tasks, unfinished)
                    VALUES ($1, $2, $3, $4, 'queued', $5, $6, $7, $8, $9, jsonb_object($10::text[], $11::text[]), $12,
                        $13, $14, $15, $15)
                    ON CONFLICT (dag_id, key) DO NOTHING RETURNING id
                    """
            ),
            [
                run.dagID, run.versionID, run.key, run.type, run.logicalDate, run.dataIntervalStart,
                run.dataIntervalEnd, run.runAfter, run.startBy, names, names.map { run.params[$0] ?? "" },
                run.backfillID, run.isCatchup, run.actor, Int32(clamping: tasks.count),
            ]
        )
        guard let id: Int = try inserted.first?.decode(0) else { return nil }
        try insertInstances(run: id, dag: run.dagID, tasks)
        try record([Transition(run: id, old: nil, new: .queued, actor: run.actor)])
        return id
    }

    private func insertInstances(run: Int, dag: Int, _ tasks: [TaskDefinition]) throws {
        let places = TaskPlaces(tasks)
        _ = try execute(
            Statement(
                name: "insert_instances",
                sql: """
                    INSERT INTO task_instance (run_id, dag_id, task_id, task_index, state, pool, slots, priority, runner,
                        labels, upstream, allows_failure, priority_class)
                    SELECT $1, $2, u.task_id, u.place - 1, 'waiting', u.pool, u.slots, \(InstanceRow.classedPriority), u.runner,
                        string_to_array(u.labels, ','), u.upstream, u.allows_failure, u.class
                    FROM unnest($3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::text[], $9::bigint[],
                        $10::boolean[], $11::text[])
                        WITH ORDINALITY AS u (task_id, pool, slots, priority, runner, labels, upstream,
                            allows_failure, class, place)
                    """
            ),
            [
                run, dag, tasks.map(\.id), tasks.map(\.pool), tasks.map(\.slots), tasks.map(\.priority), places.runners,
                places.labels,
                tasks.map(\.needs.count), tasks.map(\.allowsFailure), tasks.map(\.priorityClass),
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
