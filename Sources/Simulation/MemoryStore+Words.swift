import Core

extension MemoryStore {
    /// Creates a manual run and starts it if the DAG's limits allow; returns its id.
    func trigger(dag: Int) -> (run: Int, PassOutcome) {
        let base = clock.runKey + "-m"
        var key = base
        var number = 2
        while dags[dag].runsByKey[key] != nil {
            key = "\(base)\(number)"
            number += 1
        }
        let run = create(
            dag: dag,
            key: key,
            type: .manual,
            date: clock,
            runAfter: clock,
            startBy: nil,
            isCatchup: false
        )
        return (run, startRuns(ofDAG: dag))
    }

    /// Creates a queued run with one waiting instance for each task.
    func create(
        dag: Int,
        key: String,
        type: RunType,
        date: Timestamp,
        runAfter: Timestamp,
        startBy: Timestamp?,
        isCatchup: Bool
    ) -> Int {
        let tasks = dags[dag].dag.tasks
        let run = RunLine(
            id: runs.count,
            dag: dag,
            key: key,
            type: type,
            state: .queued,
            tasks: tasks.count,
            unfinished: tasks.count,
            logicalDate: date,
            runAfter: runAfter,
            startBy: startBy,
            isCatchup: isCatchup,
            createdAt: clock
        )
        runs.append(run)
        dags[dag].runsByKey[key] = run.id
        changes.append(.run(run.id, from: nil, to: .queued))
        for position in tasks.indices {
            let counts = UpstreamCounts(total: tasks[position].needs.count)
            _ = insert(run: run.id, InstanceKey(task: position), .waiting, counts)
        }
        return run.id
    }

    /// Stops or resumes a DAG's schedule.
    func setPaused(dag: Int, _ paused: Bool) {
        if dags[dag].isPaused, !paused { dags[dag].unpausedAt = clock }
        dags[dag].isPaused = paused
    }

    /// Lets tasks begin anew; an empty list means all of the run.
    func clear(run: Int, tasks: [Int], downstream: Bool, onlyFailed: Bool) throws(Refusal) {
        guard runs[run].state.isTerminal || !runs[run].cancelRequested else { throw .conflict }
        let rows = rows(ofRun: run)
        let topology = dags[runs[run].dag].topology
        var chosen = Set(tasks.isEmpty ? Array(dags[runs[run].dag].dag.tasks.indices) : tasks)
        if downstream { chosen.formUnion(topology.descendants(of: chosen)) }
        let keys = rows.filter { row in
            guard chosen.contains(row.key.task), row.state != .removed else { return false }
            return onlyFailed ? [.failed, .upstreamFailed, .cancelled].contains(row.state) : row.state.isTerminal
        }.map(\.key)
        guard !keys.isEmpty else { throw .conflict }
        let collapsed = onlyFailed ? [] : collapsible(rows, chosen, topology)
        var reopening = Reopening(
            tasks: dags[runs[run].dag].dag.tasks,
            topology: topology,
            states: Dictionary(rows.map { ($0.key, $0.state) }) { first, _ in first }
        )
        for task in collapsed.sorted() { reopening.collapse(task) }
        for key in keys where !collapsed.contains(key.task) { reopening.reset(key) }
        if mutation != .clearLeavesQueued {
            let taken = Set(rows.filter { $0.attempt != nil }.map(\.key))
            reopening.withdrawQueued { taken.contains($0) }
        }
        write(reopening, rows, run, reason: "cleared")
    }

    /// Mapped tasks that are meant as a whole, with those that are `same_as` them, and of which nothing is under way.
    private func collapsible(_ rows: [InstanceLine], _ chosen: Set<Int>, _ topology: Topology) -> Set<Int> {
        var live: [Int: [InstanceLine]] = [:]
        for row in rows where !row.key.isWhole && row.state != .removed { live[row.key.task, default: []].append(row) }
        var collapsed: Set<Int> = []
        for task in live.keys where topology.counterpart[task] == nil {
            let group = [task] + topology.followers(of: task).filter { live[$0] != nil }
            let isFree = group.allSatisfy { other in
                chosen.contains(other)
                    && (live[other] ?? []).allSatisfy {
                        $0.state.isTerminal || $0.state == .waiting || ($0.state == .queued && $0.attempt == nil)
                    }
            }
            if isFree { collapsed.formUnion(group) }
        }
        return collapsed
    }

    /// Gives a task an end by word of a person.
    ///
    /// Of what nobody can reach a person may know more; in a run that is being cancelled nothing else can be marked.
    func mark(run: Int, task: Int, mapIndex: Int?, _ state: TaskState) throws(Refusal) {
        let isEnding = !runs[run].state.isTerminal && runs[run].cancelRequested
        let meant = try meant(run, task, mapIndex)
        for id in meant {
            guard let attempt = instances[id].attempt else {
                if isEnding { throw .conflict }
                continue
            }
            guard attempts[attempt].state == .unreachable else { throw .conflict }
        }
        guard meant.contains(where: { instances[$0].state != state }) else { throw .conflict }
        let rows = rows(ofRun: run)
        for id in meant {
            guard let attempt = instances[id].attempt else { continue }
            attempts[attempt].reason = "given up by test"
            set(attempt: attempt, .unknown)
            instances[id].attempt = nil
        }
        var reopening = Reopening(
            tasks: dags[runs[run].dag].dag.tasks,
            topology: dags[runs[run].dag].topology,
            states: Dictionary(rows.map { ($0.key, $0.state) }) { first, _ in first }
        )
        runs[run].isMarked = true
        let keys = meant.map { instances[$0].key }
        for key in keys { reopening.mark(key, state) }
        if !isEnding {
            let byRule = Set(rows.filter { $0.reason == "trigger_rule" }.map(\.key))
            reopening.resetBlocked(downstreamOf: keys) { byRule.contains($0) }
        }
        write(reopening, rows, run, reason: "marked by test")
    }

    /// Writes a reopening: states, counts, and the run, which waits for its start anew if anything is left to do.
    private func write(_ reopening: Reopening, _ rows: [InstanceLine], _ run: Int, reason: String) {
        var pass = MemoryPass()
        runs[run].isEdited = true
        changes.append(.word(run: run))
        for row in rows where reopening.changed.contains(row.key) {
            if let state = reopening.states[row.key] { rewrite(row.id, state, reason: reason) }
        }
        for task in reopening.collapsed.sorted() where row(run, InstanceKey(task: task)) == nil {
            _ = insert(run: run, InstanceKey(task: task), .waiting, UpstreamCounts(total: 0))
        }
        for task in reopening.following.sorted() { follow(run, task) }
        for (key, counts) in reopening.counts {
            if let id = row(run, key) { instances[id].counts = counts }
        }
        runs[run].tasks = reopening.total
        runs[run].unfinished = reopening.unfinished
        runs[run].failures = reopening.failures
        changes.append(.counts(run: run))
        pass.changed.insert(run)
        if reopening.unfinished > 0, runs[run].state == .running {
            follow(run: run, judgeAll: true, &pass)
        } else if reopening.unfinished > 0 {
            if runs[run].state.isTerminal {
                runs[run].startBy = nil
                runs[run].endBy = nil
            }
            runs[run].cancelRequested = false
            runs[run].reason = nil
            set(run: run, .queued)
        } else if runs[run].state.isTerminal || !runs[run].cancelRequested {
            let line = runs[run]
            let state = RunState(marked: line.state, failures: line.failures)
            if !line.cancelRequested || !line.state.isTerminal || state == .success {
                runs[run].reason = state == .failed ? failureReason(of: run) : nil
                runs[run].cancelRequested = false
            }
            if state != line.state { set(run: run, state) }
        }
        _ = finish(&pass)
    }

    /// A task that ended as a whole gets an instance for each one of the task that it is `same_as`.
    private func follow(_ run: Int, _ task: Int) {
        guard let other = dags[runs[run].dag].topology.counterpart[task], let whole = row(run, InstanceKey(task: task))
        else { return }
        delete(instance: whole)
        for line in rows(ofRun: run) where line.key.task == other && !line.key.isWhole && line.state != .removed {
            let key = InstanceKey(task: task, mapIndex: line.key.mapIndex)
            if let former = row(run, key) {
                rewrite(former, .waiting, reason: nil)
            } else {
                _ = insert(run: run, key, .waiting, UpstreamCounts(total: 0))
            }
        }
    }
}
