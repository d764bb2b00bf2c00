package import Core
import Logging
import Postgres
import Store

/// What people and programs may ask for: each verb is one transaction, recorded with who asked.
package struct Operations: Sendable {
    let engine: Engine
    /// The key of the form that asks; nil: none does.
    private let form: String?

    /// Works through an engine.
    package init(engine: Engine) {
        self.init(engine: engine, form: nil)
    }

    private init(engine: Engine, form: String?) {
        self.engine = engine
        self.form = form
    }

    /// The same verbs, of which the first one acts only if no verb has acted under this key before.
    ///
    /// The key is noted in the transaction of the verb, so whoever sends a form twice, or again later, acts once; the
    /// second time `.sentBefore` is thrown.
    package func once(_ key: String) -> Operations {
        Operations(engine: engine, form: key)
    }

    /// Runs a verb's transaction, in which its form is noted.
    func transact<R: Sendable>(
        _ body: @escaping @Sendable (isolated Connection) throws -> R
    ) async throws -> R {
        guard let form else { return try await engine.store.transaction(body) }
        return try await engine.store.transaction { connection in
            guard try connection.use(form: form) else {
                throw OperationError.sentBefore(try connection.result(ofForm: form))
            }
            return try body(connection)
        }
    }

    /// Remembers what the form made, for who sends it again.
    func remember(_ result: String, on connection: isolated Connection) throws {
        if let form { try connection.setResult(ofForm: form, result) }
    }

    /// Creates a manual run and starts it if the DAG's limits allow.
    ///
    /// `params`: Texts as typed by a person; checked against the DAG's params.
    /// `logicalDate`: What the run stands for; nil: now.
    /// `idempotencyKey`: A key that makes a repeated request answer with the first one's run.
    package func trigger(
        dag: String,
        params: [String: String],
        logicalDate: Timestamp?,
        actor: String,
        idempotencyKey: String?
    ) async throws -> RunName {
        try await requireDAG(dag)
        let versions = engine.versions
        let (name, outcome) = try await engine.store.transaction { connection in
            if let idempotencyKey, let earlier = try connection.run(forIdempotencyKey: idempotencyKey) {
                return (earlier, Pass.Outcome())
            }
            guard let row = try connection.lockDAG(named: dag), let versionID = row.versionID else {
                throw OperationError.unknownDAG(dag, suggestion: nil)
            }
            // A request with the same key may have been under way, and then held the DAG's lock.
            if let idempotencyKey, let earlier = try connection.run(forIdempotencyKey: idempotencyKey) {
                return (earlier, Pass.Outcome())
            }
            guard row.isActive else {
                throw OperationError.refused(
                    "the file of DAG '\(dag)' is gone, so it has no new runs. Put it back first."
                )
            }
            let version = try versions.version(versionID, on: connection)
            let values = try Self.resolve(params, version.dag)
            let now = try connection.clock()
            let run = Self.manualRun(row, version, values, logicalDate: logicalDate, now: now, actor: actor)
            let (id, key) = try Self.createManual(run, version, on: connection)
            if let idempotencyKey, try !connection.remember(idempotencyKey: idempotencyKey, run: id) {
                throw OperationError.conflict(
                    """
                    this idempotency key was used before: another request with it is under way, or its run was \
                    removed by retention. Ask again, or use another key.
                    """
                )
            }
            let outcome = try Engine.startRuns(of: [LockedDAG(row: row, version: version)], versions, on: connection)
            return (RunName(dag: dag, key: key), outcome)
        }
        await engine.follow(outcome)
        engine.schedulerWake.set()
        return name
    }

    private static func resolve(_ params: [String: String], _ dag: DAG) throws -> [String: String] {
        switch dag.resolveParams(params) {
        case .success(let values): return values
        case .failure(let problems):
            throw OperationError.invalidParams(
                Dictionary(problems.errors.map { ($0.param, $0.description) }) { "\($0)\n\($1)" }
            )
        }
    }

    private static func manualRun(
        _ row: DAGRow,
        _ version: LoadedVersion,
        _ params: [String: String],
        logicalDate: Timestamp?,
        now: Timestamp,
        actor: String
    ) -> NewRun {
        let date = logicalDate ?? now
        let interval = version.dag.schedule?.timetable.dataInterval(ofManualRunAt: date)
        return NewRun(
            dagID: row.id,
            versionID: version.id,
            key: date.runKey + "-m",
            type: .manual,
            logicalDate: date,
            dataIntervalStart: interval?.start ?? date,
            dataIntervalEnd: interval?.end ?? date,
            runAfter: now,
            params: params,
            actor: actor
        )
    }

    /// Two runs of one second get keys that end in `-m2`, `-m3` and so on.
    private static func createManual(
        _ run: NewRun,
        _ version: LoadedVersion,
        on connection: isolated Connection
    ) throws -> (id: Int, key: String) {
        var run = run
        let base = run.key
        for number in 2...10_000 {
            if let id = try connection.create(run, tasks: version.dag.tasks) { return (id, run.key) }
            run.key = "\(base)\(number)"
        }
        throw OperationError.conflict("there are 10,000 runs of DAG '\(version.dag.id)' for this second already.")
    }

    /// Lets schedules be decided again that a jump of the clock had halted; what passed is caught up with by policy.
    package func resumeSchedules(actor: String) async throws {
        guard try await transact({ try $0.resumeSchedules() }) else {
            throw OperationError.conflict("the schedules are not halted.")
        }
        engine.logger.notice("schedules are decided again", metadata: ["actor": "\(actor)"])
        engine.schedulerWake.set()
    }

    // MARK: - Finding

    func requireDAG(_ name: String) async throws {
        guard try await engine.store.hasDAG(name) else {
            if let file = try await engine.store.brokenFile(ofDAG: name) {
                throw OperationError.brokenDAG(name, path: file.path)
            }
            let names = try await engine.store.dagNames()
            throw OperationError.unknownDAG(name, suggestion: Spelling.nearest(to: name, among: names))
        }
    }

    func requireRun(_ name: RunName) async throws -> Int {
        guard let resolved = try await engine.store.resolve(name),
            let id = try await engine.store.perform({ try $0.runID(resolved) })
        else {
            try await requireDAG(name.dag)
            throw OperationError.unknownRun(name)
        }
        return id
    }

    static func position(of task: String, in version: LoadedVersion, run: RunName) throws -> Int {
        guard let position = version.topology.position(of: task) else {
            throw OperationError.unknownTask(
                run,
                task,
                suggestion: Spelling.nearest(to: task, among: version.dag.tasks.map(\.id))
            )
        }
        return position
    }

    /// The instances that a task's name and a map index mean; without a map index, all that the task has.
    static func instances(
        of task: String,
        mapIndex: Int?,
        among rows: [StoredInstance],
        _ version: LoadedVersion,
        _ run: RunName
    ) throws -> [StoredInstance] {
        let position = try position(of: task, in: version, run: run)
        let all = rows.filter { $0.key.task == position }
        guard let mapIndex else { return all.filter { $0.state != .removed } }
        guard version.dag.tasks[position].mapping != nil else {
            throw OperationError.badInput("task '\(task)' is not mapped.")
        }
        guard let found = all.first(where: { $0.key.mapIndex == mapIndex }) else {
            let count = all.count { !$0.key.isWhole && $0.state != .removed }
            throw OperationError.badInput(
                count == 0
                    ? "task '\(task)' of run '\(run)' has no instances."
                    : "task '\(task)' of run '\(run)' has no instance \(mapIndex): it has 0 to \(count - 1)."
            )
        }
        guard found.state != .removed else {
            throw OperationError.conflict("instance \(mapIndex) of task '\(task)' of run '\(run)' exists no more.")
        }
        return [found]
    }
}
