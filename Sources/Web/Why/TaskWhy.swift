import Core
import Store

/// Tells why tasks of one run are not further on.
struct TaskWhy: Sendable {
    let asker: WhyAsker
    let run: RunRecord
    /// How many instances of each task are in each state, by the task's place in the file.
    let counts: [Int: [TaskState: Int]]
    private let definition: DAG?
    private let topology: Topology?

    /// Reads what all tasks of the run have in common.
    init(_ asker: WhyAsker, _ run: RunRecord) async throws {
        self.asker = asker
        self.run = run
        counts = try await asker.store.stateCounts(ofRun: run.rowID)
        definition = try await asker.definitions.definition(of: run)
        // A definition that was accepted has no cycle; were there one, the sentence would be shorter.
        topology = definition.flatMap { try? Topology($0.tasks) }
    }

    private var now: Timestamp { asker.now }

    /// Why one instance is not further on, most important first.
    func reasons(of task: WaitingTask) async throws -> [WhyReason] {
        var reasons: [WhyReason]
        if let attempt = task.attempt {
            reasons = [try await underWay(task, attempt)]
        } else {
            switch task.state {
            case .waiting: reasons = try await waiting(task)
            case .queued: reasons = try await QueuedWhy(asker, run).reasons(of: task)
            case .upForRetry: reasons = [retry(task)]
            case .running: reasons = [WhyReason("running", "'\(task.displayName)' runs.")]
            default: reasons = [over(task)]
            }
        }
        for index in reasons.indices {
            reasons[index].task = task.id
            reasons[index].mapIndex = task.mapIndex
        }
        return reasons
    }

    // MARK: - Under way

    private func underWay(_ task: WaitingTask, _ attempt: WaitingTask.LiveAttempt) async throws -> WhyReason {
        let name = "'\(task.displayName)'"
        let runner = attempt.runner
        let began = attempt.startedAt ?? attempt.intendedAt
        let since = WhyWords.at(began, now)
        if attempt.state == .unreachable, attempt.isCancelRequested {
            return WhyReason(
                Ending.killUnconfirmed,
                "\(name) was told to end, and \(runner), which does not answer, has not confirmed that it did: it may still run."
            )
            .with(
                advice: "Bring \(runner) back; it is then ended, and that it is gone is written down.",
                since: began,
                details: try await runnerDetail(runner)
            )
        }
        if attempt.state == .unreachable {
            let why = attempt.reason.map { ": \(Ending.plain($0))" } ?? ""
            return WhyReason("runner_unreachable", "\(name) may still run on \(runner), which does not answer\(why).")
                .with(
                    advice: "Bring \(runner) back; its state is then found out. \(silence(of: task, attempt))",
                    since: attempt.unreachableAt ?? began,
                    details: try await runnerDetail(runner)
                )
        }
        if attempt.state == .cancelling || attempt.isCancelRequested {
            return WhyReason(
                "cancelling",
                "\(name) is being ended on \(runner): TERM was sent, KILL follows after 10 s."
            )
            .with(since: began)
        }
        if attempt.state == .intended {
            return WhyReason("starting", "\(name) was handed to \(runner) at \(since) and has not reported its start.")
                .with(since: began, details: try await runnerDetail(runner))
        }
        return WhyReason("running", "\(name) runs on \(runner) since \(since), attempt \(attempt.number).")
            .with(since: began)
    }

    /// What becomes of an attempt whose runner stays silent.
    private func silence(of task: WaitingTask, _ attempt: WaitingTask.LiveAttempt) -> String {
        let wait = "Nothing is started twice meanwhile."
        guard let policy = definition?.tasks.first(where: { $0.id == task.id })?.onUnreachable, policy != .wait else {
            return wait
        }
        guard let limit = attempt.silenceLimit else {
            return "\(wait) Its `on_unreachable` has no effect there: that runner ends nothing by itself."
        }
        let span = DurationText.spell(limit)
        let then: String
        switch policy {
        case .fail: then = "the task fails"
        case .retry, .wait: then = "it is tried again"
        }
        return "If it stays silent for \(span), it ends the attempt by itself, and \(then) (on_unreachable)."
    }

    private func runnerDetail(_ name: String) async throws -> [WhyDetail] {
        guard let runner = try await asker.store.runners().first(where: { $0.name == name }) else { return [] }
        let heard = runner.lastContactAt.map { "last heard of at \(WhyWords.at($0, now))" } ?? "never heard of"
        let why = runner.reason.map { "; \($0)" } ?? ""
        var detail = WhyDetail("runner", "\(name) is \(runner.state.rawValue), \(heard)\(why)", path: "/runners")
        detail.runner = name
        detail.state = runner.state.rawValue
        return [detail]
    }

    private func retry(_ task: WaitingTask) -> WhyReason {
        let at = task.retryAt ?? now
        let limit = definition?.tasks.first { $0.id == task.id }?.retries.limit
        let which = limit.map { "retry \(task.retriesUsed) of \($0)" } ?? "retry \(task.retriesUsed)"
        var words = task.retriesUsed > 0 ? which : "another try that costs no retry"
        if task.losses > 0 {
            words += "; \(task.losses) of at most \(AttemptVerdict.allowedLosses) lost attempts, which cost no retry"
        }
        let why = task.reason.map { " The last attempt: \(Ending.plain($0))." } ?? ""
        return WhyReason("retry", "'\(task.displayName)' is tried again at \(WhyWords.at(at, now)): \(words).\(why)")
            .with(until: at)
    }

    private func over(_ task: WaitingTask) -> WhyReason {
        let ended = task.endedAt.map { " at \(WhyWords.at($0, now))" } ?? ""
        let name = "'\(task.displayName)'"
        switch task.state {
        case .upstreamFailed:
            return WhyReason("upstream_failed", "\(name) did not run: what it needs failed.")
                .with(details: upstream(task) { blocks($0, $1) })
        case .failed where isAllowed(task.index):
            let why = task.reason.map { " (\(Ending.plain($0)))" } ?? ""
            return WhyReason(
                task.state.rawValue,
                "\(name) does not wait: it failed\(ended)\(why). It is allowed to (allow_failure), so it blocks nothing."
            )
        case .skipped:
            let why =
                switch task.reason {
                case "when": "its `when` was false"
                case "trigger_rule": "its trigger rule can no longer be met"
                case let reason?: Ending.plain(reason)
                case nil: "its command said so by its exit code"
                }
            return WhyReason("skipped", "\(name) was skipped\(ended): \(why).")
        default:
            let why = task.reason.map { " (\(Ending.plain($0)))" } ?? ""
            let word = Badge(task.state).word.lowercased()
            return WhyReason(task.state.rawValue, "\(name) does not wait: it ended\(ended), \(word)\(why).")
        }
    }

    // MARK: - Waiting for others

    private func waiting(_ task: WaitingTask) async throws -> [WhyReason] {
        if run.state == .queued {
            return [WhyReason("run_not_started", "Its run has not started.")] + (try await asker.reasonsOfQueued(run))
        }
        if let hold = task.hold {
            let limit = hold.split(separator: " ").last ?? ""
            let states = counts[task.index] ?? [:]
            let underWay = [TaskState.queued, .running, .upForRetry].reduce(0) { $0 + (states[$1] ?? 0) }
            let sentence =
                "'\(task.displayName)' is ready and waits for others of its task: \(underWay) of at most \(limit) are "
                + "under way (max_parallel)."
            return [WhyReason("max_parallel", sentence).with(since: task.heldAt)]
        }
        guard let definition, let topology, definition.tasks.indices.contains(task.index) else {
            return [WhyReason("upstream", "'\(task.displayName)' waits for what it needs.")]
        }
        let rule = definition.tasks[task.index].triggerRule
        let open = topology.upstream[task.index].filter { hasOpen($0) }
        let names = open.map { definition.tasks[$0].id }
        let unlike = rule == .allSuccess ? "" : " It starts when \(rule.meaning) (\(rule.rawValue))."
        var reason = WhyReason(
            "upstream",
            "'\(task.displayName)' waits for \(WhyWords.list(names)).\(unlike)"
        )
        reason.details = upstream(task) { _, _ in true }
        let roots = roots(below: open, topology)
        if roots.isEmpty { return [reason] }
        // What it needs waits itself: what all of it hangs on is what an operator looks for.
        var reasons = [reason]
        let instances = try await asker.store.tasksInFlight(ofRun: run.rowID, limit: 1000)
        for instance in instances.filter({ roots.contains($0.index) }).prefix(5) {
            reasons += try await self.reasons(of: instance)
        }
        return reasons
    }

    private func hasOpen(_ position: Int) -> Bool {
        counts[position, default: [:]].contains { !$0.key.isTerminal && $0.value > 0 }
    }

    /// The tasks in flight that the open ones among `positions` hang on in the end, themselves included.
    private func roots(below positions: [Int], _ topology: Topology) -> Set<Int> {
        var found: Set<Int> = []
        var visited = Set(positions)
        var stack = positions
        while let position = stack.popLast() {
            let states = counts[position, default: [:]]
            if [.queued, .running, .upForRetry].contains(where: { (states[$0] ?? 0) > 0 }) { found.insert(position) }
            guard (states[.waiting] ?? 0) > 0 else { continue }
            for next in topology.upstream[position] where hasOpen(next) && visited.insert(next).inserted {
                stack.append(next)
            }
        }
        return found
    }

    /// Whether a task's failure counts as success.
    private func isAllowed(_ position: Int) -> Bool {
        definition.flatMap { $0.tasks.indices.contains(position) ? $0.tasks[position].allowsFailure : nil } ?? false
    }

    /// Whether what comes after a task cannot run because of one that ended so.
    private func blocks(_ position: Int, _ state: TaskState) -> Bool {
        state == .upstreamFailed || state == .cancelled || state == .failed && !isAllowed(position)
    }

    /// The direct upstream tasks some of whose instances are in a state that counts, with their states.
    private func upstream(_ task: WaitingTask, _ counts: (Int, TaskState) -> Bool) -> [WhyDetail] {
        guard let definition, let topology, definition.tasks.indices.contains(task.index) else { return [] }
        let lines = topology.upstream[task.index].compactMap { position -> WhyDetail? in
            let states = self.counts[position, default: [:]]
            guard states.contains(where: { counts(position, $0.key) }) else { return nil }
            let id = definition.tasks[position].id
            let total = states.values.reduce(0, +)
            let order = states.sorted { ($0.value, $0.key.rawValue) > ($1.value, $1.key.rawValue) }
            let words =
                total == 1
                ? Badge(order[0].key).word.lowercased()
                : order.map { "\(Quantity.grouped($0.value)) \(Badge($0.key).word.lowercased())" }
                    .joined(separator: ", ")
            let allowed = states[.failed] != nil && isAllowed(position) ? ", \(Ending.allowed)" : ""
            var detail = WhyDetail("upstream", "\(id): \(words)\(allowed)", path: Address.task(run.name, id))
            detail.task = id
            detail.state = order.count == 1 ? order[0].key.rawValue : "mixed"
            return detail
        }
        return Array(lines.prefix(20)) + asker.more(lines.count - 20, "task")
    }
}

extension WaitingTask {
    /// Its name with its map index.
    var displayName: String { InstanceName.word(id, mapIndex) }
}
