import Core

extension Checker {
    func check(attempt id: Int, _ old: AttemptState?, _ new: AttemptState, _ world: World) {
        let store = world.store
        let line = store.attempts[id]
        guard let old else { return check(intent: line, id, world) }
        if !old.isLive {
            return world.fail(.finalChanged, "attempt \(line.id): \(old.rawValue) became \(new.rawValue)")
        }
        switch (old, new) {
        case (_, .intended), (.cancelling, .running):
            world.fail(.illegalTransition, "attempt \(line.id): \(old.rawValue) became \(new.rawValue)")
        case (.unreachable, .running): world.rare.note(.unreachableFound)
        default: break
        }
        if !new.isLive { check(end: line, new, world) }
    }

    /// An attempt that is over: its witness must agree.
    private func check(end line: MemoryStore.AttemptLine, _ new: AttemptState, _ world: World) {
        let process = world.processes.first { $0.attempt == line.id }
        if let process, process.endedAt == nil, new != .unknown {
            return world.fail(.endedWhileAlive, "attempt \(line.id) is \(new.rawValue), and its process lives")
        }
        let disk = world.hosts[line.runner].disk
        switch new {
        case .success:
            if process?.ended != .exited(0) {
                world.fail(.falseSuccess, "attempt \(line.id): its process ended \(String(describing: process?.ended))")
            }
            if disk.number == line.disk, !disk.hasRecord(of: line.id) {
                world.fail(.falseSuccess, "attempt \(line.id) has no exit record")
            }
        case .failed:
            if process?.ended == .exited(0), process?.publishesNonsense != true {
                world.fail(.falseFailure, "attempt \(line.id) had exited with 0")
            }
        case .skipped:
            world.rare.note(.attemptSkipped)
            if process?.ended != .exited(99) { world.fail(.falseFailure, "attempt \(line.id) is skipped") }
        case .neverStarted:
            if process != nil { world.fail(.lostWithoutProof, "attempt \(line.id) is never_started, and it was") }
        case .lost:
            if line.silenceLimit == nil, disk.number == line.disk, disk.hasRecord(of: line.id) {
                world.fail(.lostWithoutProof, "attempt \(line.id) is lost, and it has an exit record")
            }
        case .timedOut: world.rare.note(.attemptTimedOut)
        case .cancelled: world.rare.note(.attemptCancelled)
        case .intended, .running, .unreachable, .cancelling, .unknown: break
        }
    }

    private func check(intent line: MemoryStore.AttemptLine, _ id: Int, _ world: World) {
        let store = world.store
        let instance = store.instances[line.instance]
        let own = store.attempts.indices.filter { store.attempts[$0].instance == line.instance }
        if own.map({ store.attempts[$0].number }) != Array(1...own.count) {
            world.fail(
                .attemptNumbers,
                "t\(instance.key.task) of run \(line.run): \(own.map { store.attempts[$0].number })"
            )
        }
        if let other = own.first(where: { $0 != id && !store.attempts[$0].isOver }) {
            world.fail(.twoLiveAttempts, "attempts \(line.id) and \(store.attempts[other].id) are of one instance")
        }
        if let lease = store.leases[line.runner], lease.fence != line.fence {
            world.fail(
                .staleWriter,
                "attempt \(line.id) was claimed under fence \(line.fence), and \(lease.fence) holds"
            )
        }
        let run = store.runs[line.run]
        if run.state != .running || run.cancelRequested {
            world.fail(.runState, "attempt \(line.id) was claimed in run \(run.id), which is \(run.state.rawValue)")
        }
        checkBudget(own, instance, world)
        checkLimits(line, world)
        let task = store.task(of: line.instance)
        // What ran while something before it was cleared goes on, and is tried again.
        let isFirst = line.number == instance.attemptsBefore + 1
        if !run.isMarked, isFirst || !run.isEdited,
            task.triggerRule.verdict(Recount.counts(of: instance, store)) != .start
        {
            world.fail(.dependencyOrder, "t\(instance.key.task) of run \(run.id) was claimed before its rule held")
        }
    }

    private func checkBudget(_ own: [Int], _ instance: MemoryStore.InstanceLine, _ world: World) {
        let store = world.store
        let before = own.filter { store.attempts[$0].number > instance.attemptsBefore }.dropLast()
        let failures = before.count { [.failed, .timedOut].contains(store.attempts[$0].state) }
        let losses = before.count { store.attempts[$0].state == .lost }
        if failures > store.task(of: instance.id).retries.limit || losses > AttemptVerdict.allowedLosses {
            world.fail(
                .retryBudget,
                "t\(instance.key.task): \(failures) failures and \(losses) losses, and one more try"
            )
        }
        switch before.last.map({ store.attempts[$0].state }) {
        case .lost?: world.rare.note(.lossRetried)
        case .neverStarted?: world.rare.note(.neverStartedRetried)
        case nil: break
        default: world.rare.note(.retried)
        }
    }

    private func checkLimits(_ line: MemoryStore.AttemptLine, _ world: World) {
        let store = world.store
        let live = store.attempts.filter { !$0.isOver }
        if let pool = line.pool {
            let used = live.filter { $0.pool == pool }.reduce(0) { $0 + $1.slots }
            if used > store.pools[pool].slots {
                world.fail(.poolOverfull, "\(store.pools[pool].name): \(used) of \(store.pools[pool].slots)")
            }
        }
        let onRunner = live.filter { $0.runner == line.runner }.reduce(0) { $0 + $1.slots }
        if onRunner > world.hosts[line.runner].slots {
            world.fail(.runnerOverfull, "runner \(line.runner): \(onRunner)")
        }
        let ofDAG = live.count { $0.dag == line.dag }
        if ofDAG > store.dags[line.dag].dag.maximumActiveTasks { world.fail(.tooManyTasks, "d\(line.dag): \(ofDAG)") }
    }

    func check(instance id: Int, _ old: TaskState?, _ new: TaskState, _ isWord: Bool, _ world: World) {
        let line = world.store.instances[id]
        note(new, line, world)
        guard let old else { return }
        let isLegal: Bool
        switch (old, new) {
        case (.waiting, .queued), (.waiting, .success), (.waiting, .failed), (.waiting, .skipped),
            (.waiting, .upstreamFailed), (.waiting, .cancelled), (.queued, .running), (.upForRetry, .queued),
            (.queued, .cancelled), (.upForRetry, .cancelled):
            isLegal = true
        case (.queued, .success), (.queued, .failed), (.queued, .skipped), (.queued, .upForRetry), (.running, _):
            isLegal = ![.waiting, .queued, .upstreamFailed, .removed].contains(new)
        case (.removed, _): isLegal = true
        default: isLegal = isWord
        }
        guard !isLegal, !isWord else { return }
        let rule: Rule = old.isTerminal ? .finalChanged : .illegalTransition
        world.fail(
            rule,
            "t\(line.key.task)[\(line.key.mapIndex)] of run \(line.run): \(old.rawValue) became \(new.rawValue)"
        )
    }

    private func note(_ new: TaskState, _ line: MemoryStore.InstanceLine, _ world: World) {
        switch new {
        case .upstreamFailed: world.rare.note(.upstreamFailed)
        case .skipped where line.reason == "trigger_rule": world.rare.note(.skippedByRule)
        case .skipped where line.reason == Cascade.noItems: world.rare.note(.noItems)
        case .removed: world.rare.note(.collapsed)
        case .failed:
            if line.losses >= AttemptVerdict.allowedLosses { world.rare.note(.lossesExhausted) }
            let task = world.store.task(of: line.id)
            if task.retries.limit > 0, line.retriesUsed >= task.retries.limit { world.rare.note(.retriesExhausted) }
            if task.allowsFailure { world.rare.note(.failureAllowed) }
        default: break
        }
        if line.hold?.hasPrefix("max_parallel") ?? false { world.rare.note(.heldByParallel) }
        if !line.key.isWhole { world.rare.note(.expanded) }
    }

    func check(run id: Int, _ old: RunState?, _ new: RunState, _ isWord: Bool, _ world: World) {
        let store = world.store
        let line = store.runs[id]
        switch new {
        case .success: world.rare.note(.runSucceeded)
        case .failed: world.rare.note(.runFailed)
        case .cancelled: world.rare.note(line.reason == "missed_deadline" ? .missedDeadline : .runCancelled)
        default: break
        }
        if line.reason == "overlap" { world.rare.note(.overlapCancelled) }
        switch (old, new) {
        case (nil, .queued), (.queued, .running), (.running, .success), (.running, .failed), (.running, .cancelled),
            (.queued, .cancelled):
            break
        case (.success?, .queued), (.failed?, .queued), (.cancelled?, .queued), (_, .success), (_, .failed):
            if !isWord { world.fail(.finalChanged, "run \(id): \(String(describing: old)) became \(new.rawValue)") }
        default: world.fail(.illegalTransition, "run \(id): \(String(describing: old)) became \(new.rawValue)")
        }
        if new == .running {
            let running = store.runs.count { $0.dag == line.dag && $0.state == .running }
            if running > store.dags[line.dag].dag.maximumActiveRuns {
                world.fail(.tooManyRuns, "d\(line.dag): \(running) runs are under way")
            }
        }
    }
}

extension World {
    /// A process is about to start: what it waits for must be over, and nobody else may be at its task.
    func checkStart(of process: Process) {
        let line = store.attempts.first { $0.id == process.attempt }
        // What a person gave up may still start: they took it on themselves that it does no harm.
        if line?.state == .unknown { return }
        guard let line, !line.isOver else {
            let state = line?.state.rawValue ?? "unknown to the database"
            return fail(.startedWithoutIntent, "attempt \(process.attempt) starts, and it is \(state)")
        }
        for other in processes {
            if other.attempt == process.attempt { fail(.startedTwice, "attempt \(process.attempt)") }
            guard other.endedAt == nil, !isGivenUp(other.attempt) else { continue }
            if other.instance == process.instance { fail(.overlap, "attempts \(other.attempt) and \(process.attempt)") }
            checkOrder(line, other)
        }
    }

    /// Whether a person gave an attempt up.
    func isGivenUp(_ id: AttemptID) -> Bool {
        store.attemptIndex[id].map { store.attempts[$0].state == .unknown } ?? false
    }

    private func checkOrder(_ line: MemoryStore.AttemptLine, _ other: Process) {
        let running = store.instances[other.instance]
        let starting = store.instances[line.instance]
        guard running.run == starting.run, !store.runs[running.run].isEdited else { return }
        let topology = store.dags[line.dag].topology
        guard topology.upstream[starting.key.task].contains(running.key.task) else { return }
        let isCounterpart = topology.counterpart[starting.key.task] == running.key.task
        if isCounterpart, starting.key.mapIndex != running.key.mapIndex { return }
        switch store.dags[line.dag].dag.tasks[starting.key.task].triggerRule {
        case .oneSuccess, .oneFailed, .oneDone, .always: return
        default: fail(.dependencyOrder, "attempt \(line.id) starts while \(other.attempt), which it waits for, runs")
        }
    }
}
