import Core

extension World {
    /// Lets something go wrong.
    func happen(_ fault: Scenario.Fault.Kind) {
        guard !isHealed else { return }
        tell("\(fault)")
        switch fault {
        case .serverDies(let server, let span):
            guard servers.indices.contains(server) else { return }
            servers[server].die()
            after(span) { [unowned self] in servers[server].start() }
        case .serverFreezes(let server, let span):
            guard servers.indices.contains(server) else { return }
            servers[server].freeze(for: span)
        case .serverRestarts(let server):
            guard servers.indices.contains(server) else { return }
            servers[server].restart()
        case .cutOff(let server, let runner, let span):
            guard servers.indices.contains(server) else { return }
            cutUntil[server][runner] = max(cutUntil[server][runner], now + span)
            hosts[runner].breakStream(to: servers[server])
        case .keeperDies(let runner, let span):
            // What keeps a fence must be there: whoever uses a keeper starts it again within seconds.
            hosts[runner].keeperDies(for: hasFences ? min(span, 5_000) : span)
        case .keeperIsReplaced(let runner): hosts[runner].replaceKeeper()
        case .hostReboots(let runner, let span): hosts[runner].reboot(for: span, wipesDisk: false)
        case .diskIsWiped(let runner, let span): hosts[runner].reboot(for: span, wipesDisk: true)
        case .runnerStalls(let runner, let span): hosts[runner].stall(for: span)
        case .diskFills(let runner, let span): hosts[runner].fillDisk(for: span)
        case .databaseIsAway(let span): databaseReturnsAt = max(databaseReturnsAt, now + span)
        case .clockSteps(let step):
            rare.note(step < 0 ? .clockSetBack : .clockSetAhead)
            clockOffset += step
        }
    }

    /// Lets a person ask for something, through whichever server is up.
    func say(_ word: Scenario.Word) {
        guard !isHealed, let server = servers.first(where: { $0.isUp && now >= $0.frozenUntil }) else { return }
        var chance = SplitMix64(seed: UInt64(word.choice))
        let dag = chance.below(scenario.dags.count)
        let place = chance.below(1_000)
        let extra = chance.below(1_000)
        tell("a person asks server \(server.index): \(word.kind)")
        transact(server) { [unowned self] in
            follow(word.kind, dag, place, extra)
        } _: { outcome in
            guard let outcome else { return }
            server.follow(outcome)
            for seat in server.seats { seat.wakeClaims() }
            server.wakeScheduler()
        }
    }

    private func follow(_ kind: Scenario.Word.Kind, _ dag: Int, _ place: Int, _ extra: Int) -> PassOutcome {
        switch kind {
        case .trigger: return store.trigger(dag: dag).1
        case .pause, .unpause:
            store.setPaused(dag: dag, kind == .pause)
            return PassOutcome()
        default: break
        }
        let runs = store.runs.filter { $0.dag == dag }
        guard !runs.isEmpty else { return PassOutcome() }
        let run = runs[place % runs.count]
        let task = extra % store.dags[dag].dag.tasks.count
        do {
            return try rule(kind, run.id, task, extra)
        } catch {
            rare.note(.wordRefused)
            return PassOutcome()
        }
    }

    private func rule(
        _ kind: Scenario.Word.Kind,
        _ run: Int,
        _ task: Int,
        _ extra: Int
    ) throws(Refusal) -> PassOutcome {
        var outcome = PassOutcome()
        let isOver = store.runs[run].state.isTerminal
        switch kind {
        case .clear: try store.clear(run: run, tasks: [], downstream: false, onlyFailed: false)
        case .clearTask: try store.clear(run: run, tasks: [task], downstream: extra % 3 > 0, onlyFailed: false)
        case .clearFailed: try store.clear(run: run, tasks: [], downstream: false, onlyFailed: true)
        case .mark:
            let states: [TaskState] = [.success, .failed, .skipped]
            try store.mark(run: run, task: task, mapIndex: nil, states[extra / 7 % 3])
            rare.note(.marked)
        case .cancelRun:
            let answer = try store.cancel(run: run)
            rare.note(answer.cancelRequests > 0 ? .runCancelledLive : .runCancelledIdle)
            return answer
        case .cancelTask:
            let answer = try store.cancel(run: run, task: task, mapIndex: nil)
            rare.note(.taskCancelled)
            return answer
        case .trigger, .pause, .unpause: return outcome
        }
        if [.clear, .clearTask, .clearFailed].contains(kind) { rare.note(isOver ? .runReopened : .clearedUnderWay) }
        outcome.dagsWithEndedRuns = [store.runs[run].dag]
        return outcome
    }
}
