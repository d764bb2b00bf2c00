import Core
import Postgres
import Store

/// One look at some runs and all that follows from it, in one transaction.
///
/// The runs' rows are locked first, by id; then facts are read, judged by Core, and written. Within the transaction
/// nobody else moves these runs, so what is written is what was judged.
struct Pass {
    /// What a committed pass means for others.
    struct Outcome: Sendable {
        /// Tasks were queued: executors should look.
        var queued = 0
        /// DAGs of which a run ended, so that the next may start.
        var dagsWithEndedRuns: Set<Int> = []
        /// Attempts were asked to end: executors should look.
        var cancelRequests = 0
        /// Runs that were started, or cancelled for a missed deadline.
        var moved = 0
        /// How long it is until the first of the retries that were put off; nil: there are none.
        var firstRetry: Duration?

        mutating func formUnion(_ other: Outcome) {
            queued += other.queued
            dagsWithEndedRuns.formUnion(other.dagsWithEndedRuns)
            cancelRequests += other.cancelRequests
            moved += other.moved
            putOff(for: other.firstRetry)
        }

        mutating func putOff(for pause: Duration?) {
            guard let pause else { return }
            firstRetry = min(firstRetry ?? pause, pause)
        }
    }

    private(set) var runs: [Int: LockedRun]
    /// What is to be applied, with those of its attempts that are live.
    private var reported: (reports: [AttemptReport], live: [LiveAttempt]) = ([], [])
    var outcome = Outcome()
    let versions: DAGVersions
    private var transitions: [Transition] = []
    /// What failed, and as which sort of failure.
    var failures: [(attempt: AttemptID, signature: FailureSignature)] = []
    /// What people are to be told of.
    var incidents: [NewIncident] = []
    /// Ends of instances that have not been counted downstream yet, by run.
    var ended: [Int: [(key: InstanceKey, outcome: TaskOutcome)]] = [:]
    private var changed: Set<Int> = []
    /// What becomes of waiting instances, by word of `judge`, and is not written yet.
    var settlements: [(run: Int, settlement: InstanceSettlement)] = []

    typealias TaskOutcome = Core.Outcome

    /// Locks runs; those that do not exist are left out.
    init(locking ids: some Sequence<Int>, versions: DAGVersions, on connection: isolated Connection) throws {
        let locked = try connection.lockRuns(Array(Set(ids)).sorted())
        runs = Dictionary(uniqueKeysWithValues: locked.map { ($0.id, $0) })
        self.versions = versions
    }

    /// Locks the runs of reports, and reads which of the attempts are live.
    init(over reports: [AttemptReport], versions: DAGVersions, on connection: isolated Connection) throws {
        let locked = try connection.lockRuns(Set(reports.map(\.run)).sorted(), attempts: reports.map(\.attempt))
        runs = Dictionary(uniqueKeysWithValues: locked.runs.map { ($0.id, $0) })
        reported = (reports, locked.live)
        self.versions = versions
    }

    /// Counts what ended, lets follow what follows, and writes the runs and the history.
    mutating func finish(on connection: isolated Connection) throws -> Outcome {
        for run in ended.keys.sorted() { try follow(run: run, on: connection) }
        for id in changed.sorted() { try closeIfDone(id, on: connection) }
        let saved = changed.sorted().compactMap { runs[$0] }
        try connection.save(saved)
        try connection.solveIncidents(byRuns: saved.filter { [.success, .failed].contains($0.state) }.map(\.id))
        try connection.record(transitions)
        try connection.sign(failures)
        try connection.raise(incidents)
        return outcome
    }

    /// Adds to the history.
    mutating func note(_ transition: Transition) {
        transitions.append(transition)
    }

    /// Changes a locked run's facts; they are written at the end.
    mutating func change(_ run: Int, _ body: (inout LockedRun) -> Void) {
        guard runs[run] != nil else { return }
        runs[run].withUnwrapped(body)
        changed.insert(run)
    }
}

extension Optional {
    fileprivate mutating func withUnwrapped(_ body: (inout Wrapped) -> Void) {
        guard var value = self else { return }
        body(&value)
        self = value
    }
}

// MARK: - Ends of attempts

extension Pass {
    /// Writes the reports that the pass is over; attempts that have ended already are left as they are.
    mutating func applyReports(chance: () -> Double, on connection: isolated Connection) throws {
        let live = reported.live
        // In the order of ids, as everybody locks them; a report that was sent twice counts once.
        let reports = reported.reports.sorted { $0.attempt < $1.attempt }
        let liveIDs = Set(live.map(\.id))
        var byID = Dictionary(live.map { ($0.id, $0) }) { first, _ in first }
        var endings: [EndedAttempt] = []
        for report in reports {
            guard let attempt = byID.removeValue(forKey: report.attempt), let run = runs[attempt.run] else { continue }
            let version = try versions.version(run.versionID, on: connection)
            let task = version.dag.tasks[attempt.key.task]
            let ending = judge(report, attempt, task, chance())
            endings.append(ending)
            if ending.instanceState == .failed, !task.allowsFailure {
                incidents.append(NewIncident(run: attempt.run, instance: attempt.instance, attempt: attempt.id))
            }
            noteFailure(ending.verdict, report, dag: version.dag.id, task: task, runner: attempt.runner)
        }
        try connection.endInstances(endings)
        var seen: Set<AttemptID> = []
        _ = try connection.append(reports.filter { seen.insert($0.attempt).inserted }.compactMap(\.log))
        try connection.endAttempts(endings)
        try connection.seal(
            reports.filter { !liveIDs.contains($0.attempt) }
                .map { (attempt: $0.attempt, length: $0.logLength, cause: $0.cause) }
        )
    }

    private mutating func judge(
        _ report: AttemptReport,
        _ attempt: LiveAttempt,
        _ task: TaskDefinition,
        _ chance: Double
    ) -> EndedAttempt {
        let history = AttemptHistory(
            of: task,
            number: attempt.number,
            retriesUsed: attempt.retriesUsed,
            losses: attempt.losses,
            cancelRequested: attempt.cancelRequested
        )
        let verdict = decide(report.end, history, chance: chance)
        let (retriesUsed, losses) = verdict.spent(of: history)
        var record: ExitRecord?
        if case .exited(let exit, _) = report.end { record = exit }
        let succeeded = verdict.attempt == .success
        let outputs = succeeded && !report.outputs.isEmpty ? JSONValue(texts: report.outputs) : nil
        let ending = EndedAttempt(
            id: attempt.id,
            instance: attempt.instance,
            verdict: verdict,
            record: record,
            retriesUsed: retriesUsed,
            losses: losses,
            outputs: outputs,
            logLength: report.logLength,
            cause: report.cause
        )
        note(
            Transition(
                run: attempt.run,
                instance: attempt.instance,
                attempt: attempt.id,
                old: attempt.state,
                new: verdict.attempt,
                actor: "executor",
                reason: verdict.reason
            )
        )
        note(
            Transition(
                run: attempt.run,
                instance: attempt.instance,
                old: attempt.instanceState,
                new: ending.instanceState,
                actor: "scheduler",
                reason: verdict.reason
            )
        )
        outcome.putOff(for: ending.pause)
        if let outcome = Core.Outcome(ending.instanceState, allowsFailure: task.allowsFailure) {
            ended[attempt.run, default: []].append((attempt.key, outcome))
        }
        return ending
    }
}

// MARK: - What follows from ends

extension Pass {
    /// Starts locked runs: every one of their waiting tasks is judged.
    mutating func start(runs ids: [Int], actor: String, on connection: isolated Connection) throws {
        let starting = ids.filter { runs[$0]?.state == .queued }
        for id in starting {
            guard let run = runs[id] else { continue }
            note(Transition(run: id, old: .queued, new: .running, actor: actor))
            change(id) { $0.state = .running }
            let version = try versions.version(run.versionID, on: connection)
            if let limit = version.dag.timeout { try connection.setRunLimit(run: id, after: limit) }
        }
        try judgeAll(runs: starting, on: connection)
    }

    /// Judges every waiting task of runs under way, as when they start or after an operator's word.
    mutating func judgeAll(runs ids: [Int], on connection: isolated Connection) throws {
        guard !ids.isEmpty else { return }
        for id in ids where ended[id] != nil { try follow(run: id, on: connection) }
        try connection.releaseHeld(runs: ids)
        let waiting = Dictionary(grouping: try connection.instances(ofRuns: ids, in: [.waiting]), by: \.run)
        for id in ids { try judge(run: id, allOf: waiting[id] ?? [], on: connection) }
        try writeSettlements(on: connection)
    }

    /// Queues what is due to be tried again.
    mutating func queueRetries(on connection: isolated Connection) throws {
        let live = runs.values.filter { $0.state == .running }.map(\.id).sorted()
        for retry in try connection.queueDueRetries(runs: live) {
            note(
                Transition(run: retry.run, instance: retry.id, old: .upForRetry, new: .queued, actor: "scheduler")
            )
            outcome.queued += 1
        }
    }

    /// Ends what no runner took within the grace of its class.
    mutating func endMissed(on connection: isolated Connection) throws {
        let live = runs.values.filter { $0.state == .running && !$0.cancelRequested }.map(\.id).sorted()
        let waiting = try connection.gracedTasks(ofRuns: live)
        let missed = Set(decide(waiting.map(\.wait), now: try connection.clock()))
        try connection.endMissed(missed.sorted(), reason: PriorityClass.missed)
        for (instance, _) in waiting where missed.contains(instance.id) {
            note(
                Transition(
                    run: instance.run,
                    instance: instance.id,
                    old: .queued,
                    new: .cancelled,
                    actor: "scheduler",
                    reason: PriorityClass.missed
                )
            )
            incidents.append(NewIncident(run: instance.run, instance: instance.id, reason: PriorityClass.missed))
            ended[instance.run, default: []].append((instance.key, .cancelled))
        }
    }

    /// Asks locked runs to end: idle tasks end at once, live attempts when their runners have ended them.
    mutating func cancel(_ ids: [Int], actor: String, reason: String, on connection: isolated Connection) throws {
        let alive = ids.filter { runs[$0].map { !$0.state.isTerminal && !$0.cancelRequested } ?? false }.sorted()
        guard !alive.isEmpty else { return }
        for id in alive {
            change(id) {
                $0.cancelRequested = true
                $0.reason = reason
            }
        }
        for instance in try connection.cancelIdleInstances(runs: alive) {
            note(
                Transition(
                    run: instance.run,
                    instance: instance.id,
                    old: instance.state,
                    new: .cancelled,
                    actor: actor,
                    reason: reason
                )
            )
            ended[instance.run, default: []].append((instance.key, .cancelled))
        }
        outcome.cancelRequests += try connection.requestCancel(runs: alive).count
    }

    /// Asks for the end of instances' live attempts; returns those that have one.
    mutating func requestCancel(instances: [Int], on connection: isolated Connection) throws -> Set<Int> {
        let asked = try connection.requestCancel(instances: instances)
        outcome.cancelRequests += asked.count
        return asked
    }

    /// Notes that an instance ended by an operator's word, so that it counts downstream.
    mutating func noteEnd(run: Int, _ key: InstanceKey, _ outcome: Core.Outcome) {
        ended[run, default: []].append((key, outcome))
        changed.insert(run)
    }

    mutating func count(run: Int, _ outcome: Core.Outcome) {
        change(run) {
            $0.unfinished -= 1
            if outcome.isFailure { $0.failures += 1 }
        }
    }

    private mutating func closeIfDone(_ id: Int, on connection: isolated Connection) throws {
        guard let run = runs[id], run.unfinished == 0, !run.state.isTerminal else { return }
        // A run that never started and is asked to end has nothing unfinished once its tasks are cancelled.
        guard run.state == .running || run.cancelRequested else { return }
        let state = RunState(closing: run.cancelRequested, reason: run.reason, failures: run.failures)
        var reason = run.reason
        if reason == nil, state == .failed { reason = try connection.failureReason(ofRun: id) }
        note(Transition(run: id, old: run.state, new: state, actor: "scheduler", reason: reason))
        change(id) {
            $0.state = state
            $0.reason = reason
        }
        if run.cancelRequested, let reason, RunState.calledReasons.contains(reason) {
            incidents.append(NewIncident(run: id, reason: reason))
        }
        outcome.dagsWithEndedRuns.insert(run.dagID)
    }
}
