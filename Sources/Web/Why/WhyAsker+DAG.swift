import Core
import Scheduler
import Store

extension WhyAsker {
    /// Why a DAG has no run, or not the one that was expected.
    func why(_ dag: DAGRecord) async throws -> WhyAnswer {
        guard let facts = try await store.schedulingFacts(ofDAG: dag.name) else {
            throw RequestError.notFound("There is no DAG '\(dag.name.shortened)'.", nearest: nil)
        }
        let definition = try await definitions.definition(of: dag)
        var reasons = try await obstacles(dag, facts, definition)
        reasons += try await lastTicks(dag)
        if facts.queuedRuns > 0, let key = facts.firstQueued {
            let name = RunName(dag: dag.name, key: key)
            if let run = try await store.run(name) {
                let which = facts.queuedRuns == 1 ? "A run exists" : "\(Quantity.grouped(facts.queuedRuns)) runs exist"
                let inner = try await reasonsOfQueued(run)
                reasons.insert(
                    WhyReason("run_queued", "\(which) and wait\(facts.queuedRuns == 1 ? "s" : "") to start: \(name).")
                        .with(details: inner.map { WhyDetail("hold", $0.sentence, path: Address.run(name)) }),
                    at: 0
                )
            }
        }
        return WhyAnswer(
            subject: "dag",
            id: dag.name,
            state: dag.isRetired ? "retired" : dag.isPaused ? "paused" : "active",
            sentence: reasons.first?.sentence ?? "Nothing holds its schedule.",
            reasons: reasons
        )
    }

    /// Why a DAG that was never loaded has no run; nil: no file is named like it.
    func why(unknown name: String) async throws -> WhyAnswer? {
        guard let file = try await store.brokenFile(ofDAG: name) else { return nil }
        let reason = broken(
            file.path,
            file.problems,
            sentence: "Its file \(file.path) is not valid, and never was."
        )
        return WhyAnswer(subject: "dag", id: name, state: "unknown", sentence: reason.sentence, reasons: [reason])
    }

    private func broken(_ path: String, _ problems: String, sentence: String) -> WhyReason {
        let details = ProblemView.list(problems, file: path).map { problem in
            WhyDetail("problem", "\(problem.place) \(problem.message)" + (problem.hint.map { " (\($0))" } ?? ""))
        }
        return WhyReason("file_broken", sentence).with(
            advice: "Mend the file; `rota validate` checks it.",
            details: details
        )
    }

    private func obstacles(_ dag: DAGRecord, _ facts: SchedulingFacts, _ definition: DAG?) async throws -> [WhyReason] {
        var reasons: [WhyReason] = []
        if dag.isRetired {
            let since = facts.retiredAt.map { " since \(WhyWords.at($0, now))" } ?? ""
            return [
                WhyReason("retired", "Its file \(dag.path) is gone\(since), so it has no ticks.")
                    .with(advice: "Put the file back; history and pause are kept.", since: facts.retiredAt)
            ]
        }
        if let missing = facts.missingSince {
            let sentence =
                "Its file \(dag.path) is missing since \(WhyWords.at(missing, now)); the DAG retires after 10 s."
            reasons.append(WhyReason("file_missing", sentence).with(since: missing))
        }
        if dag.isPaused {
            let since = facts.pausedAt.map { " since \(WhyWords.at($0, now))" } ?? ""
            reasons.append(
                WhyReason("paused", "It is paused\(since): no tick is decided and no scheduled run is created.")
                    .with(
                        advice:
                            "`rota dags unpause \(dag.name)` lets it go on; ticks that passed are caught up by its policy.",
                        since: facts.pausedAt
                    )
            )
        }
        if let halt = facts.halt {
            let sentence =
                "All schedules are halted since \(WhyWords.at(halt.at, now)): the database's clock had jumped forward by "
                + "\(DurationText.format(halt.jump))."
            let advice = "If the clock is right, `rota schedule resume`."
            reasons.append(WhyReason("halted", sentence).with(advice: advice, since: halt.at))
        }
        if facts.schedulers == 0 {
            reasons.append(
                WhyReason("no_scheduler", Self.nobodySchedules(last: facts.lastSchedulerSeen, now: now))
                    .with(
                        advice:
                            "Start `rota serve` (or `rota standalone`); what was missed is caught up by each DAG's policy.",
                        since: facts.lastSchedulerSeen
                    )
            )
        }
        if dag.isBroken, let file = try await store.fileError(path: dag.path) {
            let sentence = "Its file was changed and is not valid; version \(dag.version ?? 0) stays in force."
            reasons.append(broken(file.path, file.problems, sentence: sentence).with(since: file.seenAt))
        }
        return reasons + schedule(dag, facts, definition)
    }

    // MARK: - The schedule itself

    private func schedule(_ dag: DAGRecord, _ facts: SchedulingFacts, _ definition: DAG?) -> [WhyReason] {
        guard let definition else {
            return [WhyReason("version_unreadable", "The server cannot read the version in force.")]
        }
        guard let schedule = definition.schedule else {
            return [
                WhyReason("no_schedule", "It has no schedule: it runs only when someone triggers it.")
                    .with(advice: "`rota trigger \(dag.name)` makes a run now.")
            ]
        }
        var reasons: [WhyReason] = []
        if schedule.isShadow {
            reasons.append(
                WhyReason("shadow", "Its schedule is a shadow: ticks are noted and nothing runs.")
                    .with(advice: "Take `shadow: true` out of its file once the other scheduler is off.")
            )
        }
        if dag.isPaused { return reasons }
        if facts.cursor - now > ClockWatch.backwardLimit {
            let sentence =
                "The database's clock was set back: its ticks up to \(WhyWords.at(facts.cursor, now)) have been decided "
                + "already, so nothing is due until then."
            let advice = "Look at the clock of the database's host. `rota trigger \(dag.name)` makes a run meanwhile."
            reasons.append(WhyReason("clock_set_back", sentence).with(advice: advice, until: facts.cursor))
        }
        guard let next = dag.nextRun else {
            return reasons + [
                WhyReason(
                    "schedule_over",
                    "Its schedule (\(schedule.text)) has no tick after \(WhyWords.at(facts.cursor, now))."
                )
            ]
        }
        if next > now {
            let delay = Jitter.delay(forDAG: dag.name, below: schedule.jitter)
            let start = delay > .zero ? ", and its run starts \(DurationText.format(delay)) later (jitter)" : ""
            reasons.append(
                WhyReason("next_tick", "Its next tick (\(schedule.text)) is at \(WhyWords.at(next, now))\(start).")
                    .with(until: next)
            )
        } else if facts.schedulers > 0, facts.halt == nil {
            reasons.append(
                WhyReason("tick_due", "Its tick of \(WhyWords.at(next, now)) is due and not decided yet.")
                    .with(advice: "If it stays so for a minute, the server's log tells why.", since: next)
            )
        }
        return reasons
    }

    // MARK: - The ledger

    /// What was decided about the last ticks.
    private func lastTicks(_ dag: DAGRecord) async throws -> [WhyReason] {
        let ticks = try await store.ticks(ofDAG: dag.name, since: nil, before: nil, limit: 5).items
        guard let latest = ticks.first else { return [] }
        let details = ticks.map { tick in
            var detail = WhyDetail(
                "tick",
                words(tick),
                path: tick.runKey.map { Address.run(RunName(dag: dag.name, key: $0)) }
            )
            detail.state = tick.decision
            detail.run = tick.runKey.map { RunName(dag: dag.name, key: $0).description }
            detail.since = tick.last
            return detail
        }
        let when = WhyWords.at(latest.last, now)
        let sentence =
            latest.decision == "created"
            ? "Its last tick, \(when), has a run."
            : "Its last tick, \(when), was skipped: \(Self.skip(latest.decision))."
        return [
            WhyReason(latest.decision == "created" ? "last_tick" : "skipped_\(latest.decision)", sentence)
                .with(since: latest.decidedAt, details: details)
        ]
    }

    private func words(_ tick: TickRecord) -> String {
        let first = Moment(tick.first, now: now, seconds: true).text
        let span =
            tick.count == 1
            ? first
            : "\(Quantity.grouped(tick.count)) ticks from \(first) to \(Moment(tick.last, now: now, seconds: true).text)"
        if tick.decision == "created" {
            return "\(span): " + (tick.runKey.map { "run \($0)" } ?? "its run is no longer kept")
        }
        return "\(span): skipped, \(Self.skip(tick.decision))"
    }

    /// Why a tick has no run, in words.
    private static func skip(_ decision: String) -> String {
        switch decision {
        case "catchup": "it had passed before it could be decided, and catch-up leaves it out"
        case "overlap": "the run before it had not ended (overlap: skip)"
        case "paused": "the DAG was paused"
        case "calendar": "its calendar leaves that day out"
        case "shadow": "the schedule is a shadow"
        default: Ending.plain(decision)
        }
    }
}
