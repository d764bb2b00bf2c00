import Core
import Store

/// Answers "why?" from what the scheduler and the executors wrote when they decided; nothing is decided here anew.
struct WhyAsker: Sendable {
    let store: Store
    let definitions: DefinitionCache
    let now: Timestamp

    /// How many tasks one answer tells about, and how many holders of slots.
    static let mostTasks = 20
    static let mostHolders = 10

    /// Asks with the database's clock.
    init(store: Store, definitions: DefinitionCache) async throws {
        self.store = store
        self.definitions = definitions
        now = try await store.now()
    }

    /// Why a run is not further on.
    func why(_ run: RunRecord) async throws -> WhyAnswer {
        var reasons: [WhyReason] = []
        switch run.state {
        case .queued: reasons = try await reasonsOfQueued(run)
        case .running: reasons = try await reasonsOfRunning(run)
        case .success, .failed, .cancelled: break
        }
        return WhyAnswer(
            subject: "run",
            id: run.name.description,
            state: run.state.rawValue,
            sentence: sentence(about: run, reasons),
            reasons: Self.withoutRepetition(reasons)
        )
    }

    /// Why a task of a run is not further on.
    ///
    /// `mapIndex`: Which instance; nil: all of them, those that have not ended first.
    func why(_ run: RunRecord, task: String, mapIndex: Int?) async throws -> WhyAnswer {
        let all = try await store.waitingTasks(ofRun: run.rowID, task: task, mapIndex: mapIndex, limit: 10_000)
        // What an earlier list had is of interest only where nothing else is left.
        let present = all.filter { $0.state != .removed }
        let found = present.isEmpty ? all : present
        let open = found.filter { !$0.state.isTerminal }
        let shown = Array((open.isEmpty ? found : open).prefix(Self.mostTasks))
        let asker = try await TaskWhy(self, run)
        var reasons: [WhyReason] = []
        for instance in shown { reasons += try await asker.reasons(of: instance) }
        if open.count > shown.count {
            reasons.append(WhyReason("more", "\(Quantity.count(open.count - shown.count, "other instance")) wait too."))
        }
        let state = Set(found.map(\.state)).count == 1 ? found[0].state.rawValue : "mixed"
        let place = mapIndex.map { "[\($0)]" } ?? ""
        return WhyAnswer(
            subject: "task",
            id: "\(run.name) \(task)\(place)",
            state: found.isEmpty ? "removed" : state,
            sentence: reasons.first?.sentence ?? "There is no instance \(place) of '\(task)' in this run.",
            reasons: Self.withoutRepetition(reasons)
        )
    }

    /// What many tasks wait for is spelled out once, at the first of them.
    private static func withoutRepetition(_ reasons: [WhyReason]) -> [WhyReason] {
        var told: Set<[String]> = []
        return reasons.map { reason in
            let lines = reason.details.map(\.sentence)
            guard !lines.isEmpty, !told.insert([reason.kind] + lines).inserted else { return reason }
            var short = reason
            short.details = []
            short.advice = nil
            return short
        }
    }

    private func sentence(about run: RunRecord, _ reasons: [WhyReason]) -> String {
        let ended = run.endedAt.map { " at \(WhyWords.at($0, now))" } ?? ""
        switch run.state {
        case .success: return "The run does not wait: it ended in success\(ended)."
        case .failed:
            let reason = run.reason.map { ": \(Ending.plain($0))" } ?? ""
            return "The run does not wait: it failed\(ended)\(reason). `rota runs show \(run.name)` tells what failed."
        case .cancelled:
            let reason = run.reason.map { ": \(Ending.plain($0))" } ?? ""
            return "The run does not wait: it was cancelled\(ended)\(reason)."
        case .queued: return reasons.first?.sentence ?? "The run is about to start."
        case .running:
            if run.isCancelRequested { return "Cancel was asked for; the run ends when nothing of it runs any more." }
            return "The run is under way: \(Quantity.count(run.unfinishedCount, "task")) of "
                + "\(Quantity.grouped(run.taskCount)) not ended."
        }
    }

    // MARK: - A run under way

    private func reasonsOfRunning(_ run: RunRecord) async throws -> [WhyReason] {
        let tasks = try await store.tasksInFlight(ofRun: run.rowID, limit: Self.mostTasks + 1)
        let asker = try await TaskWhy(self, run)
        var reasons: [WhyReason] = []
        for task in tasks.prefix(Self.mostTasks) { reasons += try await asker.reasons(of: task) }
        if tasks.count > Self.mostTasks {
            reasons.append(WhyReason("more", "More tasks are queued or run; ask about one by its name."))
        }
        let waiting = asker.counts.values.reduce(0) { $0 + ($1[.waiting] ?? 0) }
        if waiting > 0 {
            let others = waiting == 1 ? "1 task waits" : "\(Quantity.grouped(waiting)) tasks wait"
            let sentence =
                tasks.isEmpty
                ? "\(others) although nothing before runs. The scheduler should have judged them; see its log."
                : "\(others) for those above; `rota why \(run.name) TASK` tells for which."
            reasons.append(WhyReason("upstream", sentence))
        }
        return reasons
    }

    // MARK: - A run that has not started

    /// Why a run has not started.
    func reasonsOfQueued(_ run: RunRecord) async throws -> [WhyReason] {
        guard let hold = try await store.hold(ofRun: run.rowID) else { return [] }
        var reasons: [WhyReason] = []
        if run.isCancelRequested {
            return [WhyReason("cancel_requested", "Cancel was asked for; the run will not start.")]
        }
        if hold.runAfter > now {
            reasons.append(notBefore(run, hold))
        } else if let word = hold.hold?.split(separator: " ").first {
            switch word {
            case "backfill_paused":
                let id = hold.backfill?.id ?? 0
                reasons.append(
                    WhyReason("backfill_paused", "Its backfill \(id) is paused.")
                        .with(advice: "`rota backfills resume \(id)` lets it go on.", since: hold.heldAt)
                )
            case "max_active_runs": reasons.append(limitOfRuns(run, hold))
            default: break
            }
        }
        if reasons.isEmpty { reasons.append(try await notLookedAt()) }
        if let limit = hold.startBy {
            reasons.append(
                WhyReason("start_deadline", "It is cancelled if it has not started by \(WhyWords.at(limit, now)).")
                    .with(until: limit)
            )
        }
        return reasons
    }

    private func notBefore(_ run: RunRecord, _ hold: RunHold) -> WhyReason {
        let delay = hold.runAfter - run.logicalDate
        let isJitter = run.type == .scheduled && delay > .zero && hold.runAfter > run.createdAt
        let why = isJitter ? ": its tick and \(DurationText.format(delay)) of the schedule's jitter" : ""
        return WhyReason("not_before", "It starts at \(WhyWords.at(hold.runAfter, now))\(why).")
            .with(until: hold.runAfter)
    }

    private func limitOfRuns(_ run: RunRecord, _ hold: RunHold) -> WhyReason {
        let limit = hold.hold?.split(separator: " ").last.flatMap { Int($0) } ?? hold.runningCount
        let place = WhyWords.place(ahead: hold.ahead, noun: "run")
        let details = hold.running.map { running in
            var detail = WhyDetail(
                "run",
                "\(running.name) runs since \(WhyWords.at(running.since, now))",
                path: Address.run(running.name)
            )
            detail.run = running.name.description
            detail.state = RunState.running.rawValue
            detail.since = running.since
            return detail
        }
        let kind = hold.backfill == nil ? "max_active_runs" : "backfill_max_active"
        let whose =
            hold.backfill.map { "of its backfill \($0.id) (its max_active)" } ?? "of this DAG (max_active_runs)"
        let runs = limit == 1 ? "1 run \(whose) may be under way" : "\(limit) runs \(whose) may be under way"
        return WhyReason(
            kind,
            "Only \(runs), and \(hold.runningCount) \(hold.runningCount == 1 ? "is" : "are"); it is \(place)."
        )
        .with(
            advice: hold.running.first.map {
                "Wait for it, end one with `rota runs cancel \($0.name)`, or raise the limit."
            },
            since: hold.heldAt,
            details: details + more(hold.runningCount - details.count, "run")
        )
    }

    /// Nothing is written about it: either it was just created, or nobody schedules.
    private func notLookedAt() async throws -> WhyReason {
        let alive = try await store.schedulersAlive()
        guard alive.count == 0 else {
            return WhyReason(
                "about_to_start",
                "Nothing holds it: the scheduler starts it at its next look, within seconds."
            )
        }
        return WhyReason("no_scheduler", WhyAsker.nobodySchedules(last: alive.last, now: now))
            .with(advice: "Start `rota serve` (or `rota standalone`) on the server's host.", since: alive.last)
    }

    static func nobodySchedules(last: Timestamp?, now: Timestamp) -> String {
        let seen =
            last.map { "the last server that did was heard of at \(WhyWords.at($0, now))" } ?? "no server ever did"
        return "Nobody is scheduling: \(seen)."
    }

    /// A line for what a list leaves out.
    func more(_ count: Int, _ noun: String) -> [WhyDetail] {
        count > 0 ? [WhyDetail("more", "and \(Quantity.count(count, noun)) more")] : []
    }
}
