package import Core
package import Runner
import Scheduler
import Store

/// One run of one DAG in the foreground: real commands, the same decisions, no server and no database.
package actor ForegroundRun {
    /// What happens while it runs, for whoever watches; an instance of a mapped task is named `task[3]`.
    package enum Event: Sendable {
        case started(task: String, attempt: Int)
        /// Bytes of a task's log, as they come.
        case log(task: String, [UInt8])
        case retrying(task: String, after: Duration)
        case ended(task: String, TaskState, reason: String?)
        /// Something that a person should know, as a sentence.
        case trouble(String)
    }

    /// An attempt that was made.
    package struct Attempt: Sendable {
        package var number: Int
        package var verdict: AttemptVerdict
        package var record: ExitRecord?
    }

    /// How the run ended.
    package struct Result: Sendable {
        package var state: RunState
        /// In the order of the file, then of map indices.
        package var instances: [Instance]
    }

    /// How one instance ended.
    package struct Instance: Sendable {
        package var key: InstanceKey
        package var state: TaskState
        package var attempts: [Attempt]
    }

    private struct Running {
        var key: InstanceKey
        var number: Int
        var logBytes: Int64 = 0
        var redactor: Redactor?
    }

    private let dag: DAG
    private let topology: Topology
    private let adapter: any RunnerAdapter
    private let facts: OrderFacts
    private let orders: OrderMaker
    private let watch: @Sendable (Event) -> Void
    private let newID: @Sendable () -> AttemptID
    private let secret: @Sendable (String) -> String?
    private var cascade: Cascade
    private var states: [InstanceKey: TaskState]
    private var attempts: [InstanceKey: [Attempt]] = [:]
    private var items: [Int: [JSONValue]] = [:]
    private var published = PublishedOutputs()
    private var retriesUsed: [InstanceKey: Int] = [:]
    private var running: [AttemptID: Running] = [:]
    private var queue: [InstanceKey] = []
    private var pausing = 0
    private var isCancelled = false

    /// Prepares a run; commands start in `folder`, and `newID` makes identities, each another one.
    ///
    /// `secret`: The value of a secret variable, by the variable's name.
    package init(
        dag: DAG,
        params: [String: String],
        logicalDate: Timestamp,
        interval: Timetable.Interval,
        adapter: any RunnerAdapter,
        folder: String,
        newID: @escaping @Sendable () -> AttemptID,
        secret: @escaping @Sendable (String) -> String?,
        watch: @escaping @Sendable (Event) -> Void
    ) throws {
        self.dag = dag
        self.adapter = adapter
        self.newID = newID
        self.secret = secret
        self.watch = watch
        topology = try Topology(dag.tasks)
        orders = OrderMaker(folder: folder)
        facts = OrderFacts(
            name: RunName(dag: dag.id, key: logicalDate.runKey + "-test"),
            path: "",
            type: .manual,
            logicalDate: logicalDate,
            dataIntervalStart: interval.start,
            dataIntervalEnd: interval.end,
            params: params
        )
        let keys = dag.tasks.indices.map { InstanceKey(task: $0) }
        states = Dictionary(uniqueKeysWithValues: keys.map { ($0, .waiting) })
        cascade = Cascade(
            tasks: dag.tasks,
            topology: topology,
            waiting: Dictionary(
                uniqueKeysWithValues: keys.map { ($0, UpstreamCounts(total: dag.tasks[$0.task].needs.count)) }
            ),
            isComplete: true
        )
        cascade.judgeAll()
    }

    /// Runs every task and returns when the last has ended.
    package func run() async throws -> Result {
        let events = adapter.events()
        settle()
        await startQueued()
        var iterator = events.makeAsyncIterator()
        while !running.isEmpty || !isCancelled && (!queue.isEmpty || pausing > 0) {
            if running.isEmpty {
                // Only pauses are left: their ends are no events of the runner.
                try await Task.sleep(for: .milliseconds(50))
            } else if let event = try await iterator.next(isolation: self) {
                try await take(event)
            } else {
                throw RunnerError.unreachable(runner: adapter.name, reason: "it closed the connection")
            }
            await startQueued()
        }
        if isCancelled { return result(.cancelled) }
        let failed = states.contains { key, state in
            Outcome(state, allowsFailure: dag.tasks[key.task].allowsFailure)?.isFailure ?? true
        }
        return result(failed ? .failed : .success)
    }

    private func result(_ state: RunState) -> Result {
        let instances = states.keys.sorted().map { key in
            Instance(key: key, state: states[key] ?? .waiting, attempts: attempts[key] ?? [])
        }
        return Result(state: state, instances: instances)
    }

    private func settle() {
        let decisions = cascade.settle({ key, _ in condition(key) }, items: { list($0) })
        for decision in decisions {
            switch decision {
            case .queue(let key):
                states[key] = .queued
                queue.append(key)
            case .end(let key, let state, let reason): note(key, state, reason)
            case .expand(let task, let list): expand(task, list)
            }
        }
    }

    private func expand(_ task: Int, _ list: [JSONValue]) {
        items[task] = list
        states[InstanceKey(task: task)] = nil
        for index in list.indices {
            let key = InstanceKey(task: task, mapIndex: index)
            states[key] = .waiting
            published.add(key, [:])
        }
    }

    private func condition(_ key: InstanceKey) -> Cascade.Condition {
        guard let condition = dag.tasks[key.task].condition else { return .holds }
        do throws(TemplateError) {
            return try condition.evaluate(context(key, condition.references)) ? .holds : .doesNotHold
        } catch {
            return .broken("\(error)")
        }
    }

    private func list(_ task: Int) -> Cascade.Items {
        guard let mapping = dag.tasks[task].mapping else { return .list([]) }
        do throws(TemplateError) {
            return .list(try mapping.items(context(InstanceKey(task: task), mapping.references)))
        } catch {
            return .broken("\(error)")
        }
    }

    private func context(_ key: InstanceKey, _ references: [Reference]) -> EvaluationContext {
        var context = EvaluationContext(
            dagID: dag.id,
            runID: facts.name.description,
            runType: facts.type.rawValue,
            logicalDate: facts.logicalDate,
            dataIntervalStart: facts.dataIntervalStart,
            dataIntervalEnd: facts.dataIntervalEnd,
            taskID: dag.tasks[key.task].id,
            zone: dag.schedule?.timetable.zone ?? .utc
        )
        context.params = facts.params
        context.outputs = published.texts(for: references, of: key, tasks: dag.tasks, topology: topology)
        if let mapped = mapped(key) { (context.mapIndex, context.item) = (mapped.mapIndex, mapped.item) }
        return context
    }

    /// The item of an instance: that of the task at the head of those that it is `same_as`.
    private func mapped(_ key: InstanceKey) -> (mapIndex: Int, item: JSONValue)? {
        guard !key.isWhole, let list = items[key.task], key.mapIndex < list.count else { return nil }
        return (key.mapIndex, list[key.mapIndex])
    }

    private func name(_ key: InstanceKey) -> String {
        dag.tasks[key.task].id + (key.isWhole ? "" : "[\(key.mapIndex)]")
    }

    private func note(_ key: InstanceKey, _ state: TaskState, _ reason: String?) {
        states[key] = state
        watch(.ended(task: name(key), state, reason: reason))
    }

    /// Ends what runs and starts nothing more; `run` returns when the last task has ended.
    package func cancel() async {
        guard !isCancelled else { return }
        isCancelled = true
        for (key, state) in states.sorted(by: { $0.key < $1.key }) where !state.isTerminal && state != .running {
            note(key, .cancelled, nil)
        }
        queue.removeAll()
        for id in running.keys {
            do {
                try await adapter.cancel(id, grace: .seconds(10))
            } catch {
                watch(.trouble("\(error)"))
            }
        }
    }

    private func startQueued() async {
        while !isCancelled, running.count < dag.maximumActiveTasks, let place = queue.firstIndex(where: hasPlace) {
            let key = queue.remove(at: place)
            let task = dag.tasks[key.task]
            let id = newID()
            let number = (attempts[key]?.count ?? 0) + 1
            let given = task.secrets.compactMap { variable in
                secret(variable.name).map { EnvironmentVariable(variable.name, $0) }
            }
            if let missing = task.secrets.first(where: { variable in !given.contains { $0.name == variable.name } }) {
                finish(key, .unfit(reason: Self.sentence(ofMissing: missing)), nil)
                continue
            }
            let references = (dag.environment.map(\.value) + task.templates).flatMap(\.references)
            do throws(TemplateError) {
                let order = try orders.order(
                    id,
                    number: number,
                    task: task,
                    version: LoadedVersion(dag: dag, topology: topology),
                    facts: facts,
                    outputs: published.texts(for: references, of: key, tasks: dag.tasks, topology: topology),
                    secrets: given,
                    mapped: mapped(key),
                    bootID: nil
                )
                running[id] = Running(
                    key: key,
                    number: number,
                    redactor: Redactor(of: given)
                )
                states[key] = .running
                watch(.started(task: name(key), attempt: number))
                try await send(order)
            } catch {
                finish(key, .unfit(reason: "\(error)"), nil)
            }
        }
    }

    private static func sentence(ofMissing variable: SecretVariable) -> String {
        "The secret '\(variable.secret)' is not known here: a test takes secrets from the environment it is started in. "
            + "Set \(variable.name) there."
    }

    /// Whether `max_parallel` lets an instance run beside those of its task that run or wait for their next attempt.
    private func hasPlace(_ key: InstanceKey) -> Bool {
        guard let limit = dag.tasks[key.task].maximumParallel, !key.isWhole else { return true }
        // One that is tried again kept its place.
        if attempts[key] != nil { return true }
        let underWay = states.count { other, state in
            other.task == key.task
                && (state == .running || state == .upForRetry || attempts[other] != nil && !state.isTerminal)
        }
        return underWay < limit
    }

    private func send(_ order: StartOrder) async throws(TemplateError) {
        let end: AttemptEnd
        do {
            switch try await adapter.start([order])[0] {
            case .status(.running): return
            case .status(.ended(let record)):
                await self.end(order.id, record)
                return
            case .status(.neverStarted(let reason)), .refused(let reason): end = .unfit(reason: reason)
            case .status(.lost(let proof)): end = .lost(proof: proof)
            }
        } catch {
            end = .unfit(reason: "\(error)")
        }
        guard let attempt = running.removeValue(forKey: order.id) else { return }
        finish(attempt.key, end, nil)
    }

    private func take(_ event: RunnerEvent) async throws {
        switch event {
        case .logGrew(let id): await passLog(of: id, isOver: false)
        case .ended(let id, let record): await end(id, record)
        case .lost(let id, let proof):
            guard let attempt = running.removeValue(forKey: id) else { return }
            finish(attempt.key, .lost(proof: proof), nil)
        }
    }

    private func passLog(of id: AttemptID, isOver: Bool) async {
        while let attempt = running[id] {
            // What cannot be read now is read with the next event; the file stays.
            guard let slice = try? await adapter.readLog(id, from: attempt.logBytes, limit: 65_536),
                !slice.bytes.isEmpty
            else { return }
            var bytes = slice.bytes
            if let redactor = attempt.redactor {
                let isEnd = isOver && attempt.logBytes + Int64(bytes.count) >= slice.end
                let settled = redactor.redact(&bytes, isEnd: isEnd)
                bytes.removeLast(bytes.count - settled)
                guard !bytes.isEmpty else { return }
            }
            running[id]?.logBytes += Int64(bytes.count)
            watch(.log(task: name(attempt.key), bytes))
        }
    }

    private func end(_ id: AttemptID, _ record: ExitRecord) async {
        await passLog(of: id, isOver: true)
        guard let attempt = running.removeValue(forKey: id) else { return }
        var problem: String?
        var published: [String: String] = [:]
        if record.ending == .exited(0) {
            do {
                published = try OutputFile.parse(try await adapter.readOutput(id))
                problem = OutputFile.problem(published, declared: dag.tasks[attempt.key.task].outputs)?.description
            } catch {
                problem = "\(error)"
            }
        }
        if problem == nil { self.published.add(attempt.key, published) }
        finish(attempt.key, .exited(record, outputProblem: problem), record)
    }

    private func finish(_ key: InstanceKey, _ end: AttemptEnd, _ record: ExitRecord?) {
        let definition = dag.tasks[key.task]
        let history = AttemptHistory(
            retries: definition.retries,
            skipExitCodes: definition.skipExitCodes,
            retriesUsed: retriesUsed[key] ?? 0,
            losses: AttemptVerdict.allowedLosses,
            cancelRequested: false
        )
        let verdict = decide(end, history, chance: 0.5)
        let number = (attempts[key]?.count ?? 0) + 1
        attempts[key, default: []].append(Attempt(number: number, verdict: verdict, record: record))
        switch verdict.next {
        case _ where isCancelled: note(key, .cancelled, verdict.reason)
        case .end(let state):
            note(key, state, verdict.reason)
            if let outcome = Outcome(state, allowsFailure: definition.allowsFailure) {
                cascade.record([(key: key, outcome: outcome)])
            }
            settle()
        case .retry(let pause, _):
            retriesUsed[key, default: 0] += 1
            states[key] = .upForRetry
            watch(.retrying(task: name(key), after: pause))
            pausing += 1
            Task {
                // Cancelled only with the whole program.
                try? await Task.sleep(for: pause)
                await self.queueAgain(key)
            }
        }
    }

    private func queueAgain(_ key: InstanceKey) async {
        pausing -= 1
        guard !isCancelled else { return }
        states[key] = .queued
        queue.append(key)
        await startQueued()
    }
}
