import Core
import Store

/// Tells why a task that may run has not been taken by a runner.
struct QueuedWhy: Sendable {
    private let asker: WhyAsker
    private let run: RunRecord

    init(_ asker: WhyAsker, _ run: RunRecord) {
        self.asker = asker
        self.run = run
    }

    private var now: Timestamp { asker.now }

    func reasons(of task: WaitingTask) async throws -> [WhyReason] {
        guard let place = try await asker.store.queuePlace(ofInstance: task.rowID) else { return [] }
        let parts = (task.hold ?? "").split(separator: " ", maxSplits: 1).map(String.init)
        let subject = parts.count > 1 ? parts[1] : ""
        switch parts.first {
        case "pool_full", "pool_too_small": return [try await poolFull(task, subject, place)]
        case "pool_kept": return [try await poolKept(task, subject)]
        case "runner_kept": return [try await runnerKept(task, subject)]
        case "unknown_pool": return [unknownPool(task, subject)]
        case "max_active_tasks": return [try await activeTasks(task, place)]
        case "too_large":
            let sentence = "'\(task.displayName)' wants more slots than a runner has (\(subject))."
            return [
                WhyReason("too_large", sentence)
                    .with(
                        advice: "Let it ask for fewer slots, or give a runner more: rota.yaml, `slots`.",
                        since: task.heldAt,
                        details: try await runnersThatDoNotFit(task)
                    )
            ]
        case "version_unreadable":
            let sentence = "The server cannot read the DAG's version \(run.version), which the run is pinned to."
            return [
                WhyReason("version_unreadable", sentence)
                    .with(
                        advice: "Was a newer Rota here before? Start it again, or cancel the run.",
                        since: task.heldAt
                    )
            ]
        case "unknown_runner", "no_runner_with_labels", "no_runner_answers":
            return [try await noRunner(task, parts.first ?? "", subject)]
        default: return [try await shared(task, place)]
        }
    }

    // MARK: - Limits

    private func poolFull(_ task: WaitingTask, _ pool: String, _ place: QueuePlace) async throws -> WhyReason {
        let holders = try await asker.store.slotHolders(of: .pool(pool), limit: WhyAsker.mostHolders)
        let size = place.poolSlots ?? 0
        let order = WhyWords.place(place)
        guard size >= task.slots else {
            let sentence =
                "'\(task.displayName)' wants \(WhyWords.slots(task.slots)) of the pool \(pool), which has \(size)."
            return WhyReason("pool_too_small", sentence)
                .with(
                    advice: "`rota pools set \(pool) --slots N` makes it larger; or ask for fewer slots.",
                    since: task.heldAt
                )
        }
        if holders.slots + task.slots <= size {
            // Those at the head of the queue are told for which task; of those behind them it is written once, on the pool.
            return task.hold == nil
                ? kept(task, "pool_kept", of: "the pool \(pool)", for: nil) : aboutToBeTaken(task, order)
        }
        let sentence =
            "'\(task.displayName)' waits for \(WhyWords.slots(task.slots)) of the pool \(pool): "
            + "\(holders.slots) of \(size) are in use. It is \(order)."
        return WhyReason("pool_full", sentence)
            .with(
                advice: holders.oldest.first.map {
                    "The slots come free as those that hold them end; `rota runs cancel \($0.run)` ends one, `rota pools set \(pool) --slots N` makes the pool larger."
                },
                since: task.heldAt ?? later(place.poolFullSince, task.queuedAt),
                details: lines(holders)
            )
    }

    private func poolKept(_ task: WaitingTask, _ subject: String) async throws -> WhyReason {
        let parts = subject.split(separator: " ", maxSplits: 1).map(String.init)
        let other = try await waiter(parts.last)
        return kept(task, "pool_kept", of: "the pool \(parts.first ?? "")", for: other)
    }

    private func runnerKept(_ task: WaitingTask, _ subject: String) async throws -> WhyReason {
        var reason = kept(task, "runner_kept", of: "its runner", for: try await waiter(subject))
        reason.details += try await runnersThatDoNotFit(task)
        return reason
    }

    private func waiter(_ instance: String?) async throws -> PoolWaiter? {
        guard let id = instance.flatMap({ Int($0) }) else { return nil }
        return try await asker.store.waiter(instance: id)
    }

    /// Free slots are kept for a larger task, which would else never find enough of them free at once.
    private func kept(_ task: WaitingTask, _ kind: String, of owner: String, for other: PoolWaiter?) -> WhyReason {
        let start = "'\(task.displayName)' waits: free slots of \(owner) are kept for "
        guard let other else {
            return WhyReason(kind, start + "a larger task that has waited longer.").with(since: task.heldAt)
        }
        let name = "\(other.run) \(InstanceName.word(other.task, other.mapIndex))"
        let sentence =
            start + "\(name), which wants \(other.slots) and has waited since \(WhyWords.at(other.since, now))."
        var detail = WhyDetail(
            "waiter",
            "\(name) wants \(WhyWords.slots(other.slots))",
            path: Address.task(other.run, other.task, mapIndex: other.mapIndex)
        )
        detail.run = other.run.description
        detail.task = other.task
        detail.mapIndex = other.mapIndex
        detail.slots = other.slots
        detail.since = other.since
        return WhyReason(kind, sentence)
            .with(
                advice:
                    "Once that one has its slots the others go on; `rota runs cancel \(other.run)` frees them at once.",
                since: task.heldAt,
                details: [detail]
            )
    }

    private func unknownPool(_ task: WaitingTask, _ pool: String) -> WhyReason {
        WhyReason("unknown_pool", "'\(task.displayName)' names the pool \(pool), which does not exist.")
            .with(advice: "`rota pools set \(pool) --slots N` makes it; rota.yaml can name it too.", since: task.heldAt)
    }

    private func activeTasks(_ task: WaitingTask, _ place: QueuePlace) async throws -> WhyReason {
        let dag = try await asker.store.dag(run.name.dag)
        let holders = try await asker.store.slotHolders(of: .dag(dag?.rowID ?? 0), limit: WhyAsker.mostHolders)
        let inForce = if let dag { try await asker.definitions.definition(of: dag) } else { nil as DAG? }
        let limit = inForce?.maximumActiveTasks
        let words = limit.map { "\($0) tasks" } ?? "as many tasks"
        let sentence =
            "'\(task.displayName)' waits because \(words) of the DAG \(run.name.dag) run at once at the most "
            + "(max_active_tasks), and \(holders.attempts) do."
        return WhyReason("max_active_tasks", sentence)
            .with(
                advice: "Wait for one of those that run, or raise max_active_tasks in the DAG's file.",
                since: task.heldAt ?? later(place.dagFullSince, task.queuedAt),
                details: lines(holders)
            )
    }

    private func later(_ left: Timestamp?, _ right: Timestamp?) -> Timestamp? {
        guard let left, let right else { return left ?? right }
        return max(left, right)
    }

    /// Who holds slots, each in a line.
    private func lines(_ holders: SlotHolders) -> [WhyDetail] {
        let lines = holders.oldest.map { holder in
            let name = InstanceName.word(holder.task, holder.mapIndex)
            var detail = WhyDetail(
                "holder",
                "\(holder.run) \(name) on \(holder.runner) holds \(WhyWords.slots(holder.slots)) since "
                    + WhyWords.at(holder.since, now),
                path: Address.task(holder.run, holder.task, mapIndex: holder.mapIndex, attempt: holder.attempt)
            )
            detail.run = holder.run.description
            detail.task = holder.task
            detail.mapIndex = holder.mapIndex
            detail.runner = holder.runner
            detail.state = holder.state.rawValue
            detail.slots = holder.slots
            detail.since = holder.since
            return detail
        }
        return lines + asker.more(holders.attempts - lines.count, "task")
    }

    // MARK: - Runners

    private func noRunner(_ task: WaitingTask, _ kind: String, _ subject: String) async throws -> WhyReason {
        let name = "'\(task.displayName)'"
        let sentence =
            switch kind {
            case "unknown_runner": "\(name) names the runner \(subject), which does not exist."
            case "no_runner_with_labels": "\(name) asks for a runner with the labels \(subject), and none has them."
            default:
                subject.isEmpty
                    ? "\(name) waits for a runner, and none answers."
                    : "\(name) asks for the runner \(subject), and none that fits answers."
            }
        return WhyReason(kind, sentence)
            .with(
                advice: kind == "no_runner_answers"
                    ? "Bring one of them back, or start `rota serve` where none runs."
                    : "Declare such a runner in rota.yaml, or mend the DAG file and trigger a new run.",
                since: task.heldAt,
                details: try await runnersThatDoNotFit(task)
            )
    }

    /// Each runner with why it does not take the task; those that would are told as well.
    private func runnersThatDoNotFit(_ task: WaitingTask) async throws -> [WhyDetail] {
        try await asker.store.runners().filter { $0.kind != .requests || task.runner == $0.name }.map { runner in
            var detail = WhyDetail("runner", "\(runner.name): \(obstacle(runner, task))", path: "/runners")
            detail.runner = runner.name
            detail.state = runner.state.rawValue
            detail.since = runner.state == .online ? runner.fullSince : runner.lastContactAt
            return detail
        }
    }

    private func obstacle(_ runner: RunnerRecord, _ task: WaitingTask) -> String {
        if let name = task.runner, name != runner.name { return "the task names \(name)" }
        let missing = (task.labels ?? []).filter { !runner.labels.contains($0) }
        if !missing.isEmpty { return "lacks the label\(missing.count == 1 ? "" : "s") \(WhyWords.list(missing))" }
        if task.slots > runner.slots {
            return "has \(WhyWords.slots(runner.slots)), and the task wants \(task.slots)"
        }
        let heard = runner.lastContactAt.map { ", last heard of at \(WhyWords.at($0, now))" } ?? ", never heard of"
        let why = runner.reason.map { " (\($0))" } ?? ""
        switch runner.state {
        case .unreachable: return "does not answer\(heard)\(why)"
        case .held: return "takes nothing\(why)"
        case .online: break
        }
        if let drain = runner.drain {
            return "takes nothing new since \(WhyWords.at(drain.at, now)), by \(drain.actor)"
                + (drain.reason.map { " (\($0))" } ?? "")
        }
        if let since = runner.busySince {
            return "takes nothing more since \(WhyWords.at(since, now)): \(runner.busyReason ?? "its host is too busy")"
        }
        if let reserved = runner.reserved, isReservedAgainst(task, runner) {
            let kept = WhyWords.slots(reserved.slots)
            return
                "keeps \(kept) for priority \(reserved.priority) and above; \(runner.slotsInUse) of \(runner.slots) in use"
        }
        if runner.slotsInUse + task.slots > runner.slots {
            let since = runner.fullSince.map { " since \(WhyWords.at($0, now))" } ?? ""
            return "is full\(since): \(runner.slotsInUse) of \(WhyWords.slots(runner.slots)) in use"
        }
        return "fits, and has \(WhyWords.slots(runner.slots - runner.slotsInUse)) free"
    }

    /// Whether the slots that are free on a runner wait for more important tasks.
    private func isReservedAgainst(_ task: WaitingTask, _ runner: RunnerRecord) -> Bool {
        guard let reserved = runner.reserved, task.priority < reserved.priority,
            runner.slotsInUse + task.slots <= runner.slots
        else { return false }
        return runner.fullSince != nil || runner.slotsInUse + task.slots > runner.slots - reserved.slots
    }

    /// Whether a runner that takes tasks has no room for this one.
    private func isFull(_ runner: RunnerRecord, for task: WaitingTask) -> Bool {
        runner.drain == nil && runner.state == .online
            && (runner.slotsInUse + task.slots > runner.slots || isReservedAgainst(task, runner))
    }

    // MARK: - What is written once for many

    /// The task itself has no hold: it waits for a limit that is written once, or nobody has looked yet.
    private func shared(_ task: WaitingTask, _ place: QueuePlace) async throws -> WhyReason {
        if let pool = task.pool, place.poolFullSince != nil { return try await poolFull(task, pool, place) }
        if place.dagFullSince != nil { return try await activeTasks(task, place) }
        let runners = try await asker.store.runners().filter { runner in
            (runner.kind != .requests || task.runner == runner.name)
                && (task.runner.map { $0 == runner.name } ?? true)
                && (task.labels ?? []).allSatisfy { runner.labels.contains($0) }
        }
        let order = WhyWords.place(place)
        if let drained = runners.first, runners.allSatisfy({ $0.drain != nil }) {
            let names = WhyWords.list(runners.map(\.name))
            let sentence = "'\(task.displayName)' waits: \(names) \(runners.count == 1 ? "is" : "are") drained."
            return WhyReason("runner_drained", sentence)
                .with(
                    advice: "`rota runners resume \(drained.name)` lets it take tasks again.",
                    since: later(runners.compactMap(\.drain?.at).min(), task.queuedAt),
                    details: try await runnersThatDoNotFit(task)
                )
        }
        let open = runners.filter { $0.drain == nil && $0.state == .online }
        if !open.isEmpty, open.allSatisfy({ $0.busySince != nil }) {
            let sentence = "'\(task.displayName)' waits for a runner whose host is not too busy; it is \(order)."
            return WhyReason("runner_busy", sentence)
                .with(
                    advice: "A busy host takes more once its figures have fallen; `busy` in rota.yaml says when.",
                    since: later(open.compactMap(\.busySince).max(), task.queuedAt),
                    details: try await runnersThatDoNotFit(task)
                )
        }
        let details = try await runnersThatDoNotFit(task)
        guard runners.contains(where: { isFull($0, for: task) }) else {
            // It has held something back beside free slots, which are kept then.
            let isKept = task.hold == nil && !open.isEmpty && open.allSatisfy { $0.fullSince != nil }
            return (isKept ? kept(task, "runner_kept", of: "its runner", for: nil) : aboutToBeTaken(task, order))
                .with(since: task.queuedAt, details: details)
        }
        let holders = try await holders(of: runners, task)
        return WhyReason("runner_full", "'\(task.displayName)' waits for a free slot of a runner; it is \(order).")
            .with(
                advice: "The slots come free as what runs there ends; more slots or runners: rota.yaml.",
                since: later(runners.compactMap(\.fullSince).min(), task.queuedAt),
                details: details + holders
            )
    }

    private func aboutToBeTaken(_ task: WaitingTask, _ order: String) -> WhyReason {
        let since = task.queuedAt.map { " since \(WhyWords.at($0, now))" } ?? ""
        return WhyReason("queued", "'\(task.displayName)' is queued\(since) and about to be taken; it is \(order).")
            .with(since: task.queuedAt)
    }

    private func holders(of runners: [RunnerRecord], _ task: WaitingTask) async throws -> [WhyDetail] {
        guard let runner = runners.first(where: { isFull($0, for: task) }) else { return [] }
        return lines(try await asker.store.slotHolders(of: .runner(runner.name), limit: 5))
    }
}
