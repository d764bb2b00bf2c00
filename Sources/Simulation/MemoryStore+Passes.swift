import Core

/// What a committed pass means for others.
struct PassOutcome {
    /// Tasks were queued: executors should look.
    var queued = 0
    /// DAGs of which a run ended, so that the next may start.
    var dagsWithEndedRuns: Set<Int> = []
    /// Attempts were asked to end: executors should look.
    var cancelRequests = 0

    mutating func formUnion(_ other: PassOutcome) {
        queued += other.queued
        dagsWithEndedRuns.formUnion(other.dagsWithEndedRuns)
        cancelRequests += other.cancelRequests
    }
}

/// One look at some runs and all that follows from it, as the product's pass does it.
struct MemoryPass {
    var outcome = PassOutcome()
    /// Ends of instances that have not been counted downstream yet, by run.
    var ended: [Int: [(key: InstanceKey, outcome: Outcome)]] = [:]
    var changed: Set<Int> = []
}

extension MemoryStore {
    /// How often what follows is looked up row by row before all that waits in the run is read.
    private static let shortRounds = 3

    /// Counts what ended, lets follow what follows, and closes the runs that are done.
    func finish(_ pass: inout MemoryPass) -> PassOutcome {
        for run in pass.ended.keys.sorted() { follow(run: run, judgeAll: false, &pass) }
        for run in pass.changed.sorted() { closeIfDone(run, &pass) }
        return pass.outcome
    }

    /// Counts what ended in a run and moves on whatever that lets move.
    func follow(run: Int, judgeAll: Bool, _ pass: inout MemoryPass) {
        let line = dags[runs[run].dag]
        let ends = pass.ended.removeValue(forKey: run) ?? []
        for end in ends { count(run: run, end.outcome, &pass) }
        var counted = Cascade(tasks: line.dag.tasks, topology: line.topology, waiting: [:], isComplete: false)
        counted.record(ends)
        let touched = add(counted, run: run)
        guard runs[run].state == .running else { return }
        if judgeAll {
            for id in runs[run].instances where instances[id].state == .waiting { instances[id].hold = nil }
            return judge(run: run, touched: nil, &pass)
        }
        let limited = Set(ends.map(\.key.task)).filter { line.dag.tasks[$0].maximumParallel != nil }
        for task in limited.sorted() { release(run: run, task, &pass) }
        judge(run: run, touched: touched.filter(isToJudge), &pass)
    }

    private func isToJudge(_ id: Int) -> Bool {
        instances[id].state == .waiting && instances[id].hold == nil
    }

    func count(run: Int, _ outcome: Outcome, _ pass: inout MemoryPass) {
        runs[run].unfinished -= 1
        if outcome.isFailure { runs[run].failures += 1 }
        pass.changed.insert(run)
        changes.append(.counts(run: run))
    }

    private func judge(run: Int, touched: [Int]?, _ pass: inout MemoryPass) {
        let line = dags[runs[run].dag]
        var touched = touched
        var round = 0
        while touched.map({ !$0.isEmpty }) ?? true {
            let isComplete = touched == nil || round >= Self.shortRounds
            let rows =
                isComplete
                ? runs[run].instances.filter { !instances[$0].isDeleted && instances[$0].state == .waiting }
                : touched ?? []
            var cascade = Cascade(
                tasks: line.dag.tasks,
                topology: line.topology,
                waiting: Dictionary(rows.map { (instances[$0].key, instances[$0].counts) }) { first, _ in first },
                isComplete: isComplete
            )
            if let touched { cascade.judge(touched.map { instances[$0].key }) } else { cascade.judgeAll() }
            let decisions = cascade.settle({ key, _ in condition(run, key) }, items: { items(run, task: $0) })
            if cascade.needsAll {
                round = Self.shortRounds
                continue
            }
            write(decisions, run: run, rows, &pass)
            let next = add(cascade, run: run)
            if isComplete { return }
            touched = next.filter(isToJudge)
            round += 1
        }
    }

    /// Adds what a cascade counted to the stored counts; returns the rows that it touched.
    private func add(_ cascade: Cascade, run: Int) -> [Int] {
        var touched: [Int] = []
        let deltas = cascade.deltas.filter { $0.value != UpstreamCounts(total: 0) }
            .sorted { ($0.key.task, $0.key.mapIndex ?? .min) < ($1.key.task, $1.key.mapIndex ?? .min) }
        for (target, counts) in deltas {
            for id in runs[run].instances where !instances[id].isDeleted {
                let line = instances[id]
                guard line.key.task == target.task, line.state != .removed,
                    target.mapIndex == nil || target.mapIndex == line.key.mapIndex
                else { continue }
                instances[id].counts.add(counts)
                touched.append(id)
            }
        }
        if !touched.isEmpty { changes.append(.counts(run: run)) }
        return touched
    }

    private func condition(_ run: Int, _ key: InstanceKey) -> Cascade.Condition {
        guard let condition = dags[runs[run].dag].dag.tasks[key.task].condition else { return .holds }
        do throws(TemplateError) {
            return try condition.evaluate(context(run, key)) ? .holds : .doesNotHold
        } catch {
            return .broken("\(error)")
        }
    }

    private func items(_ run: Int, task: Int) -> Cascade.Items {
        guard let mapping = dags[runs[run].dag].dag.tasks[task].mapping else { return .list([]) }
        do throws(TemplateError) {
            return .list(try mapping.items(context(run, InstanceKey(task: task))))
        } catch {
            return .broken("\(error)")
        }
    }

    private func context(_ run: Int, _ key: InstanceKey) -> EvaluationContext {
        let line = runs[run]
        let dag = dags[line.dag].dag
        var context = EvaluationContext(
            dagID: dag.id,
            runID: "\(dag.id)/\(line.key)",
            runType: line.type.rawValue,
            logicalDate: line.logicalDate,
            dataIntervalStart: line.logicalDate,
            dataIntervalEnd: line.logicalDate,
            taskID: dag.tasks[key.task].id,
            zone: .utc
        )
        context.mapIndex = key.isWhole ? nil : key.mapIndex
        return context
    }

    /// Lets instances that others of their task held back take the places that are free now.
    private func release(run: Int, _ task: Int, _ pass: inout MemoryPass) {
        guard let limit = dags[runs[run].dag].dag.tasks[task].maximumParallel else { return }
        let free = limit - underWay(run, task)
        guard free > 0 else { return }
        let held = runs[run].instances.filter { id in
            let line = instances[id]
            return !line.isDeleted && line.key.task == task && line.state == .waiting && line.hold != nil
        }.sorted { instances[$0].key < instances[$1].key }
        judge(run: run, touched: Array(held.prefix(free)), &pass)
    }

    private func underWay(_ run: Int, _ task: Int) -> Int {
        runs[run].instances.count { id in
            let line = instances[id]
            return !line.isDeleted && line.key.task == task && !line.key.isWhole
                && [.queued, .running, .upForRetry].contains(line.state)
        }
    }
}

// MARK: - Writing what was decided

extension MemoryStore {
    private enum Fate {
        case queue
        case hold(String)
        case end(TaskState, reason: String?)

        var state: TaskState {
            switch self {
            case .queue: .queued
            case .hold: .waiting
            case .end(let state, _): state
            }
        }
    }

    private func write(_ decisions: [Cascade.Decision], run: Int, _ rows: [Int], _ pass: inout MemoryPass) {
        let tasks = dags[runs[run].dag].dag.tasks
        var fates: [InstanceKey: Fate] = [:]
        var expansions: [(task: Int, count: Int)] = []
        for decision in decisions {
            switch decision {
            case .queue(let key): fates[key] = .queue
            case .end(let key, let state, let reason): fates[key] = .end(state, reason: reason)
            case .expand(let task, let items): expansions.append((task, items.count))
            }
        }
        holdBack(&fates, run: run)
        for (key, fate) in fates {
            if case .queue = fate { pass.outcome.queued += 1 }
            if let ended = Outcome(fate.state, allowsFailure: tasks[key.task].allowsFailure) {
                count(run: run, ended, &pass)
            }
        }
        for expansion in expansions { expand(run, expansion.task, expansion.count, fates, &pass) }
        for id in rows.sorted() where !instances[id].isDeleted && instances[id].state == .waiting {
            guard let fate = fates[instances[id].key] else { continue }
            settle(id, fate)
        }
    }

    private func settle(_ id: Int, _ fate: Fate) {
        switch fate {
        case .hold(let hold): instances[id].hold = hold
        case .queue:
            instances[id].hold = nil
            instances[id].reason = nil
            instances[id].queuedAt = clock
            set(instance: id, .queued)
        case .end(let state, let reason):
            instances[id].hold = nil
            instances[id].reason = reason
            set(instance: id, state)
        }
    }

    private func holdBack(_ fates: inout [InstanceKey: Fate], run: Int) {
        let tasks = dags[runs[run].dag].dag.tasks
        var ready: [Int: [Int]] = [:]
        for (key, fate) in fates where !key.isWhole && tasks[key.task].maximumParallel != nil {
            if case .queue = fate { ready[key.task, default: []].append(key.mapIndex) }
        }
        for (task, indices) in ready {
            guard let limit = tasks[task].maximumParallel else { continue }
            let starts = ParallelStarts(limit: limit, underWay: underWay(run, task), ready: indices.sorted())
            for index in decide(starts).hold { fates[InstanceKey(task: task, mapIndex: index)] = .hold(starts.hold) }
        }
    }

    private func expand(
        _ run: Int,
        _ task: Int,
        _ count: Int,
        _ fates: [InstanceKey: Fate],
        _ pass: inout MemoryPass
    ) {
        guard let whole = row(run, InstanceKey(task: task)), instances[whole].state == .waiting else { return }
        let counts = instances[whole].counts
        delete(instance: whole)
        for index in 0..<count {
            let key = InstanceKey(task: task, mapIndex: index)
            let fate = fates[key]
            let id: Int
            if let former = row(run, key) {
                guard instances[former].state == .removed else { continue }
                id = former
                instances[id].retriesUsed = 0
                instances[id].losses = 0
                instances[id].cancelRequested = false
                instances[id].counts = counts
                set(instance: id, fate?.state ?? .waiting)
            } else {
                id = insert(run: run, key, fate?.state ?? .waiting, counts)
            }
            instances[id].reason = if case .end(_, let reason)? = fate { reason } else { nil }
            instances[id].hold = if case .hold(let hold)? = fate { hold } else { nil }
            instances[id].queuedAt = instances[id].state == .queued ? clock : nil
        }
        runs[run].tasks += count - 1
        runs[run].unfinished += count - 1
        pass.changed.insert(run)
        changes.append(.counts(run: run))
    }

    private func closeIfDone(_ run: Int, _ pass: inout MemoryPass) {
        let line = runs[run]
        guard line.unfinished == 0, !line.state.isTerminal, line.state == .running || line.cancelRequested else {
            return
        }
        let state = RunState(closing: line.cancelRequested, reason: line.reason, failures: line.failures)
        if line.reason == nil, state == .failed { runs[run].reason = failureReason(of: run) }
        set(run: run, state)
        pass.outcome.dagsWithEndedRuns.insert(line.dag)
    }

    /// Which tasks of a run have failed that were not allowed to.
    func failureReason(of run: Int) -> String? {
        let tasks = dags[runs[run].dag].dag.tasks
        let bad = rows(ofRun: run).filter { !tasks[$0.key.task].allowsFailure }.sorted { $0.key < $1.key }
        func names(_ state: TaskState) -> [String] {
            bad.filter { $0.state == state }.map { row in
                InstanceName.text(tasks[row.key.task].id, row.key.isWhole ? nil : row.key.mapIndex)
            }
        }
        return RunState.failureReason(failed: names(.failed), cancelled: names(.cancelled))
    }
}
