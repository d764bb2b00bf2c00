import Core

extension MemoryStore {
    /// The most queued runs of one DAG that one pass looks at.
    private static let candidateLimit = 200

    /// Decides the ticks of a DAG that are due, and starts what may start.
    ///
    /// `seen`: The cursor as it was when the DAG was found due, which only a broken rule trusts.
    ///
    /// - Returns: What it means for others, and whether more is due than one pass takes.
    func decideTicks(ofDAG id: Int, seen: Timestamp? = nil) -> (PassOutcome, hasMore: Bool) {
        guard !dags[id].isPaused else { return (PassOutcome(), false) }
        var outcome = PassOutcome()
        let hasMore = writeTicks(id, seen, &outcome)
        outcome.formUnion(startRuns(ofDAG: id))
        return (outcome, hasMore)
    }

    private func writeTicks(_ id: Int, _ seen: Timestamp?, _ outcome: inout PassOutcome) -> Bool {
        guard let schedule = dags[id].dag.schedule else { return false }
        let unfinished = runs.filter { $0.dag == id && $0.type == .scheduled && !$0.state.isTerminal }.map(\.id)
        let plan = decide(
            TickSnapshot(
                now: clock,
                cursor: mutation == .ticksWithoutGuard ? seen ?? dags[id].cursor : dags[id].cursor,
                schedule: schedule,
                unpausedAt: dags[id].unpausedAt,
                hasUnfinishedRun: !unfinished.isEmpty
            )
        )
        dags[id].cursor = plan.cursor
        dags[id].nextTick = plan.nextTick
        for entry in plan.entries {
            switch entry {
            case .skip(let tick, let skip):
                note(TickLine(first: tick, last: tick, count: 1, decision: skip.rawValue, run: nil), dag: id)
            case .skipRange(let first, let last, let count, let skip):
                note(TickLine(first: first, last: last, count: count, decision: skip.rawValue, run: nil), dag: id)
            case .create(let tick, let late):
                let start = tick + Jitter.delay(forDAG: dags[id].dag.id, below: schedule.jitter)
                let run =
                    dags[id].runsByKey[tick.runKey]
                    ?? create(
                        dag: id,
                        key: tick.runKey,
                        type: .scheduled,
                        date: tick,
                        runAfter: start,
                        startBy: schedule.startDeadline.map { (late ? clock : start) + $0 },
                        isCatchup: late
                    )
                note(TickLine(first: tick, last: tick, count: 1, decision: "created", run: run), dag: id)
            }
        }
        if plan.cancelsUnfinished, !unfinished.isEmpty {
            outcome.formUnion(cancel(runs: unfinished, reason: "overlap"))
        }
        return plan.nextTick.map { $0 <= clock } ?? false
    }

    private func note(_ line: TickLine, dag: Int) {
        dags[dag].ledger.append(line)
        changes.append(.tick(dag: dag, first: line.first, count: line.count, last: line.last, run: line.run))
    }

    /// Starts runs of a DAG, as many as its limits allow, and cancels those that missed their deadline.
    func startRuns(ofDAG id: Int) -> PassOutcome {
        let candidates = runs.filter { $0.dag == id && $0.state == .queued }.sorted {
            ($0.isCatchup ? 1 : 0, $0.runAfter, $0.logicalDate, $0.id)
                < ($1.isCatchup ? 1 : 0, $1.runAfter, $1.logicalDate, $1.id)
        }
        guard !candidates.isEmpty else { return PassOutcome() }
        let starts = RunStarts(
            now: clock,
            maximumActiveRuns: mutation == .runsWithoutLimit ? 1_000 : dags[id].dag.maximumActiveRuns,
            running: runs.count { $0.dag == id && $0.state == .running },
            runningBackfills: [:],
            candidates: candidates.prefix(Self.candidateLimit).map { run in
                RunStarts.Candidate(
                    id: run.id,
                    type: run.type,
                    runAfter: run.runAfter,
                    startBy: run.startBy,
                    backfill: nil
                )
            }
        )
        var pass = MemoryPass()
        var starting: [Int] = []
        var missed: [Int] = []
        var isHeldByLimit = false
        for decision in decide(starts) {
            switch decision {
            case .start(let run): starting.append(run)
            case .missDeadline(let run): missed.append(run)
            case .hold(_, .activeRuns): isHeldByLimit = true
            case .hold: break
            }
        }
        guard !starting.isEmpty || !missed.isEmpty else { return PassOutcome() }
        cancel(missed, reason: "missed_deadline", &pass)
        for run in starting { start(run: run, &pass) }
        var outcome = finish(&pass)
        if starts.candidates.count < Self.candidateLimit, !isHeldByLimit { outcome.dagsWithEndedRuns.remove(id) }
        return outcome
    }

    private func start(run: Int, _ pass: inout MemoryPass) {
        guard runs[run].state == .queued else { return }
        set(run: run, .running)
        pass.changed.insert(run)
        if let limit = dags[runs[run].dag].dag.timeout { runs[run].endBy = clock + limit }
        follow(run: run, judgeAll: true, &pass)
    }

    // MARK: - What is due

    /// DAGs whose next tick has come, oldest first.
    func dueDAGs() -> [Int] {
        guard !isHalted else { return [] }
        return dags.indices.filter { id in !dags[id].isPaused && (dags[id].nextTick.map { $0 <= clock } ?? false) }
            .sorted { (dags[$0].nextTick ?? clock, $0) < (dags[$1].nextTick ?? clock, $1) }
    }

    /// Runs in which a retry is due.
    func runsWithDueRetries() -> [Int] {
        var found: Set<Int> = []
        for line in instances where line.state == .upForRetry && !line.isDeleted {
            if let due = line.retryAt, due <= clock { found.insert(line.run) }
        }
        return found.sorted()
    }

    /// Runs whose own limit has passed.
    func runsPastTheirLimit() -> [Int] {
        runs.filter { $0.state == .running && !$0.cancelRequested && ($0.endBy.map { $0 <= clock } ?? false) }.map(\.id)
    }

    /// DAGs that have a run which could start or has missed its deadline.
    func dagsWithWaitingRuns() -> [Int] {
        var found: Set<Int> = []
        for run in runs where run.state == .queued {
            if run.runAfter <= clock || run.startBy.map({ $0 <= clock }) ?? false { found.insert(run.dag) }
        }
        return found.sorted()
    }

    /// The earliest instant at which something becomes due; nil: nothing.
    func nextDue() -> Timestamp? {
        var due: Timestamp?
        func offer(_ instant: Timestamp?) {
            if let instant { due = min(due ?? instant, instant) }
        }
        for dag in dags where !dag.isPaused { offer(dag.nextTick) }
        for run in runs {
            if run.state == .queued {
                if run.runAfter > clock { offer(run.runAfter) }
                if !run.cancelRequested { offer(run.startBy) }
            } else if run.state == .running, !run.cancelRequested {
                offer(run.endBy)
            }
        }
        for line in instances where line.state == .upForRetry && !line.isDeleted { offer(line.retryAt) }
        return due
    }
}
