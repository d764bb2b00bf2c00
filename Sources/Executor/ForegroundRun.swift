package import Core
package import Runner
import Scheduler
import Store

/// One run of one DAG in the foreground: real commands, the same decisions, no server and no database.
package actor ForegroundRun {
    /// What happens while it runs, for whoever watches.
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
        /// The state of each task, by position.
        package var states: [TaskState]
        /// The attempts of each task, by position.
        package var attempts: [[Attempt]]
    }

    private struct Running {
        var task: Int
        var number: Int
        var logBytes: Int64 = 0
    }

    private let dag: DAG
    private let topology: Topology
    private let adapter: any RunnerAdapter
    private let facts: OrderFacts
    private let orders: OrderMaker
    private let watch: @Sendable (Event) -> Void
    private let newID: @Sendable () -> AttemptID
    private var cascade: Cascade
    private var states: [TaskState]
    private var attempts: [[Attempt]]
    private var outputs: [String: [String: String]] = [:]
    private var retriesUsed: [Int]
    private var running: [AttemptID: Running] = [:]
    private var queue: [Int] = []
    private var pausing = 0
    private var isCancelled = false

    /// Prepares a run; commands start in `folder`, and `newID` makes identities, each another one.
    package init(
        dag: DAG,
        params: [String: String],
        logicalDate: Timestamp,
        interval: Timetable.Interval,
        adapter: any RunnerAdapter,
        folder: String,
        newID: @escaping @Sendable () -> AttemptID,
        watch: @escaping @Sendable (Event) -> Void
    ) throws {
        self.dag = dag
        self.adapter = adapter
        self.newID = newID
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
        states = Array(repeating: .waiting, count: dag.tasks.count)
        attempts = Array(repeating: [], count: dag.tasks.count)
        retriesUsed = Array(repeating: 0, count: dag.tasks.count)
        let waiting = dag.tasks.indices.map { ($0, UpstreamCounts(total: dag.tasks[$0].needs.count)) }
        cascade = Cascade(
            tasks: dag.tasks,
            topology: topology,
            waiting: Dictionary(uniqueKeysWithValues: waiting),
            judgeAll: true
        )
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
        if isCancelled { return Result(state: .cancelled, states: states, attempts: attempts) }
        let failed = states.indices.contains { position in
            Outcome(states[position], allowsFailure: dag.tasks[position].allowsFailure)?.isFailure ?? true
        }
        return Result(state: failed ? .failed : .success, states: states, attempts: attempts)
    }

    private func settle() {
        for decision in cascade.settle(condition) {
            switch decision {
            case .queue(let task):
                states[task] = .queued
                queue.append(task)
            case .end(let task, let state, let reason): note(task, state, reason)
            }
        }
    }

    private func condition(_ position: Int) -> Cascade.Condition {
        guard let condition = dag.tasks[position].condition else { return .holds }
        do {
            return try condition.evaluate(context(position)) ? .holds : .doesNotHold
        } catch {
            return .broken("\(error)")
        }
    }

    private func context(_ position: Int) -> EvaluationContext {
        var context = EvaluationContext(
            dagID: dag.id,
            runID: facts.name.description,
            runType: facts.type.rawValue,
            logicalDate: facts.logicalDate,
            dataIntervalStart: facts.dataIntervalStart,
            dataIntervalEnd: facts.dataIntervalEnd,
            taskID: dag.tasks[position].id,
            zone: dag.schedule?.timetable.zone ?? .utc
        )
        context.params = facts.params
        context.outputs = outputs
        return context
    }

    private func note(_ task: Int, _ state: TaskState, _ reason: String?) {
        states[task] = state
        watch(.ended(task: dag.tasks[task].id, state, reason: reason))
    }

    /// Ends what runs and starts nothing more; `run` returns when the last task has ended.
    package func cancel() async {
        guard !isCancelled else { return }
        isCancelled = true
        for position in states.indices where !states[position].isTerminal && states[position] != .running {
            note(position, .cancelled, nil)
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
        while !isCancelled, !queue.isEmpty, running.count < dag.maximumActiveTasks {
            let task = queue.removeFirst()
            let id = newID()
            let number = attempts[task].count + 1
            do throws(TemplateError) {
                let order = try orders.order(
                    id,
                    number: number,
                    task: dag.tasks[task],
                    version: LoadedVersion(dag: dag, topology: topology),
                    facts: facts,
                    outputs: outputs,
                    bootID: nil
                )
                running[id] = Running(task: task, number: number)
                states[task] = .running
                watch(.started(task: dag.tasks[task].id, attempt: number))
                try await send(order)
            } catch {
                finish(task, .unfit(reason: "\(error)"), nil)
            }
        }
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
        finish(attempt.task, end, nil)
    }

    private func take(_ event: RunnerEvent) async throws {
        switch event {
        case .logGrew(let id): await passLog(of: id)
        case .ended(let id, let record): await end(id, record)
        case .lost(let id, let proof):
            guard let attempt = running.removeValue(forKey: id) else { return }
            finish(attempt.task, .lost(proof: proof), nil)
        }
    }

    private func passLog(of id: AttemptID) async {
        while let attempt = running[id] {
            // What cannot be read now is read with the next event; the file stays.
            guard let slice = try? await adapter.readLog(id, from: attempt.logBytes, limit: 65_536),
                !slice.bytes.isEmpty
            else { return }
            running[id]?.logBytes += Int64(slice.bytes.count)
            watch(.log(task: dag.tasks[attempt.task].id, slice.bytes))
        }
    }

    private func end(_ id: AttemptID, _ record: ExitRecord) async {
        await passLog(of: id)
        guard let attempt = running.removeValue(forKey: id) else { return }
        var problem: String?
        var published: [String: String] = [:]
        if record.ending == .exited(0) {
            do {
                published = try OutputFile.parse(try await adapter.readOutput(id))
                problem = OutputFile.problem(published, declared: dag.tasks[attempt.task].outputs)?.description
            } catch {
                problem = "\(error)"
            }
        }
        if problem == nil, !published.isEmpty { outputs[dag.tasks[attempt.task].id] = published }
        finish(attempt.task, .exited(record, outputProblem: problem), record)
    }

    private func finish(_ task: Int, _ end: AttemptEnd, _ record: ExitRecord?) {
        let definition = dag.tasks[task]
        let history = AttemptHistory(
            retries: definition.retries,
            skipExitCodes: definition.skipExitCodes,
            retriesUsed: retriesUsed[task],
            losses: AttemptVerdict.allowedLosses,
            cancelRequested: false
        )
        let verdict = decide(end, history, chance: 0.5)
        attempts[task].append(Attempt(number: attempts[task].count + 1, verdict: verdict, record: record))
        switch verdict.next {
        case _ where isCancelled: note(task, .cancelled, verdict.reason)
        case .end(let state):
            note(task, state, verdict.reason)
            if let outcome = Outcome(state, allowsFailure: definition.allowsFailure) {
                cascade.record(task: task, outcome)
            }
            settle()
        case .retry(let pause, _):
            retriesUsed[task] += 1
            states[task] = .upForRetry
            watch(.retrying(task: definition.id, after: pause))
            pausing += 1
            Task {
                // Cancelled only with the whole program.
                try? await Task.sleep(for: pause)
                await self.queueAgain(task)
            }
        }
    }

    private func queueAgain(_ task: Int) async {
        pausing -= 1
        guard !isCancelled else { return }
        states[task] = .queued
        queue.append(task)
        await startQueued()
    }
}
