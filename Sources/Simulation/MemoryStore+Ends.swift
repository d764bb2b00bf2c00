import Core

/// All that an executor has to say when an attempt has ended.
struct EndReport {
    var attempt: AttemptID
    var run: Int
    var end: AttemptEnd

    /// Joins the facts.
    init(attempt: AttemptID, run: Int, end: AttemptEnd) {
        self.attempt = attempt
        self.run = run
        self.end = end
    }
}

/// An order that cannot be followed as things are.
enum Refusal: Error {
    case conflict
}

extension MemoryStore {
    /// Writes what executors report, and what follows; attempts that have ended already are left as they are.
    func finish(_ reports: [EndReport], chance: () -> Double) -> PassOutcome {
        var pass = MemoryPass()
        var seen: Set<AttemptID> = []
        for report in reports.sorted(by: { $0.attempt < $1.attempt }) where seen.insert(report.attempt).inserted {
            guard let id = attemptIndex[report.attempt] else { continue }
            let attempt = attempts[id]
            guard instances[attempt.instance].attempt == id && !attempt.isOver || mutation == .endsTwice else {
                continue
            }
            end(id, report.end, chance(), &pass)
        }
        return finish(&pass)
    }

    private func end(_ id: Int, _ end: AttemptEnd, _ chance: Double, _ pass: inout MemoryPass) {
        let attempt = attempts[id]
        let task = task(of: attempt.instance)
        let line = instances[attempt.instance]
        let history = AttemptHistory(
            of: task,
            number: attempt.number,
            retriesUsed: line.retriesUsed,
            losses: line.losses,
            cancelRequested: line.cancelRequested || attempt.cancelRequested
        )
        let verdict = decide(end, history, chance: chance)
        attempts[id].exitCode = verdict.exitCode
        attempts[id].reason = verdict.reason
        set(attempt: id, verdict.attempt)
        instances[line.id].attempt = nil
        instances[line.id].reason = verdict.reason
        if mutation != .retriesAreFree {
            (instances[line.id].retriesUsed, instances[line.id].losses) = verdict.spent(of: history)
        }
        switch verdict.next {
        case .end(let state):
            instances[line.id].retryAt = nil
            set(instance: line.id, state)
            if let outcome = Outcome(state, allowsFailure: task.allowsFailure) {
                pass.ended[line.run, default: []].append((line.key, outcome))
            }
        case .retry(let pause, _):
            instances[line.id].retryAt = clock + pause
            set(instance: line.id, .upForRetry)
        }
    }

    /// Queues the retries that are due.
    func queueRetries(inRuns ids: [Int]) -> PassOutcome {
        var outcome = PassOutcome()
        for run in ids where runs[run].state == .running {
            for id in runs[run].instances where instances[id].state == .upForRetry {
                guard !instances[id].isDeleted, let due = instances[id].retryAt, due <= clock else { continue }
                instances[id].retryAt = nil
                instances[id].queuedAt = clock
                instances[id].hold = nil
                set(instance: id, .queued)
                outcome.queued += 1
            }
        }
        return outcome
    }

    // MARK: - Being asked to end

    /// Asks runs to end; those that have ended or are ending are left.
    func cancel(runs ids: [Int], reason: String) -> PassOutcome {
        var pass = MemoryPass()
        cancel(ids, reason: reason, &pass)
        return finish(&pass)
    }

    func cancel(_ ids: [Int], reason: String, _ pass: inout MemoryPass) {
        for run in ids.sorted() where !runs[run].state.isTerminal && !runs[run].cancelRequested {
            runs[run].cancelRequested = true
            runs[run].reason = reason
            pass.changed.insert(run)
            for id in runs[run].instances where !instances[id].isDeleted {
                let line = instances[id]
                if let attempt = line.attempt {
                    instances[id].cancelRequested = true
                    attempts[attempt].cancelRequested = true
                    pass.outcome.cancelRequests += 1
                } else if [.waiting, .queued, .upForRetry].contains(line.state) {
                    instances[id].retryAt = nil
                    instances[id].hold = nil
                    set(instance: id, .cancelled)
                    pass.ended[run, default: []].append((line.key, .cancelled))
                }
            }
        }
    }

    /// Asks a run to end, by word of a person.
    func cancel(run: Int) throws(Refusal) -> PassOutcome {
        guard !runs[run].state.isTerminal else { throw .conflict }
        return cancel(runs: [run], reason: "cancelled by test")
    }

    /// Asks one task of a run to end, or one instance of a mapped task; nil: all of them.
    func cancel(run: Int, task: Int, mapIndex: Int?) throws(Refusal) -> PassOutcome {
        let meant = try meant(run, task, mapIndex).filter { !instances[$0].state.isTerminal }
        guard !meant.isEmpty else { throw .conflict }
        var pass = MemoryPass()
        for id in meant {
            let line = instances[id]
            if let attempt = line.attempt {
                instances[id].cancelRequested = true
                attempts[attempt].cancelRequested = true
                pass.outcome.cancelRequests += 1
            } else {
                changes.append(.word(run: run))
                rewrite(id, .cancelled, reason: nil)
                pass.ended[run, default: []].append((line.key, .cancelled))
                pass.changed.insert(run)
            }
        }
        return finish(&pass)
    }

    /// The instances that a task and a map index mean.
    func meant(_ run: Int, _ task: Int, _ mapIndex: Int?) throws(Refusal) -> [Int] {
        let all = rows(ofRun: run).filter { $0.key.task == task }
        guard let mapIndex else { return all.filter { $0.state != .removed }.map(\.id) }
        guard dags[runs[run].dag].dag.tasks[task].mapping != nil,
            let found = all.first(where: { $0.key.mapIndex == mapIndex }), found.state != .removed
        else { throw .conflict }
        return [found.id]
    }

    /// Writes an instance that no attempt holds as a person's word leaves it.
    func rewrite(_ id: Int, _ state: TaskState, reason: String?) {
        guard instances[id].attempt == nil else { return }
        instances[id].reason = state == .waiting ? nil : reason
        instances[id].retryAt = nil
        instances[id].retriesUsed = 0
        instances[id].losses = 0
        instances[id].cancelRequested = false
        instances[id].hold = nil
        instances[id].queuedAt = nil
        instances[id].attemptsBefore = instances[id].attempts
        set(instance: id, state)
    }
}
