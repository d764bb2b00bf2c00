import Core
import Store

/// Makes an attempt's page of what is known about it.
struct AttemptDisplay: Sendable {
    let found: FoundAttempt
    let definition: DAG?
    let usual: UsualDuration?
    /// What is around a failure; nil where the attempt is none.
    let around: FailureSurroundings?
    /// The lines of the log near its cause.
    let causeLines: [LogLine]
    let log: LogView?
    let now: Timestamp

    private var run: RunName { found.run.name }
    private var task: TaskRecord { found.task }

    /// Fills the template's view.
    func view(formKey: String) -> AttemptView {
        let badge = found.isNumbered ? found.attempt.map { Badge($0.state) } : nil
        let map = task.mapIndex.map { "&map=\($0)" } ?? ""
        let name = Address.segment(task.id)
        let runPath = Address.run(run)
        return AttemptView(
            badge: badge ?? Badge(task.state),
            name: task.displayName,
            task: task.id,
            number: found.attempt?.number ?? 0,
            cause: cause,
            since: since,
            noSuccess: around.map { $0.success == nil } == true
                ? "It has not succeeded in the runs before this one, so there is nothing to compare with." : nil,
            summary: summary,
            canClear: task.state.isTerminal && task.state != .removed,
            clearPath: "\(runPath)/clear?task=\(name)\(map)&downstream=1",
            canMark: task.state != .removed,
            markPath: "\(runPath)/mark?task=\(name)\(map)",
            canCancel: !task.state.isTerminal && !task.isCancelRequested,
            cancelPath: "\(runPath)/cancel?task=\(name)\(map)",
            formKey: formKey,
            mapIndex: task.mapIndex,
            instances: instances,
            hasInstances: task.mapIndex != nil,
            attempts: task.attempts.map(tab),
            hasAttempts: !task.attempts.isEmpty,
            comparePath: (found.attempt?.number ?? 0) > 1 ? "\(found.attemptPath)/compare" : nil,
            diffPath: around?.success == nil ? nil : "\(found.attemptPath)/compare?with=last-success",
            log: log,
            noLog: log == nil ? noLog : nil,
            closing: closing,
            facts: AttemptFacts(found: found, definition: definition, usual: usual, runner: around?.runner, now: now)
                .rows,
            params: params,
            hasParams: !params.isEmpty,
            script: script,
            outputs: task.outputs.flatMap { $0 == "{}" ? nil : $0 },
            newer: newer
        )
    }

    private var newer: NewerAttemptView? {
        guard let shown = found.attempt, let newest = task.attempts.last, newest.number > shown.number else {
            return nil
        }
        let word = Badge(newest.state).word.lowercased()
        return NewerAttemptView(
            newerWords: "This is attempt \(shown.number). The newest is attempt \(newest.number): \(word).",
            newerPath: found.path,
            newerLink: "Show attempt \(newest.number)"
        )
    }

    private var cause: CauseView? {
        guard let attempt = found.attempt else { return nil }
        switch attempt.state {
        case .failed, .timedOut, .lost, .unknown:
            let card = CauseView(attempt, of: task, usual: usual)
            guard let around else { return card }
            return card.with(around, of: attempt, run: run, definition: definition, lines: causeLines, now: now)
        default: return nil
        }
    }

    private var since: SinceSuccessView? {
        guard let attempt = found.attempt, let around, let success = around.success else { return nil }
        let shown = ComparedAttempt(run: found.run, task: task, attempt: attempt, definition: definition)
        return SinceSuccessView(shown, since: success, around.difference, now: now)
    }

    private var summary: String? {
        if [.waiting, .queued, .upForRetry].contains(task.state) { return nil }
        // The card says so.
        if task.isAllowedFailure, cause != nil {
            return task.reason.map { RequestError.capitalized(Ending.plain($0)) + "." }
        }
        if let why = TaskRowView.why(task, now: now) { return RequestError.capitalized(why) + "." }
        switch task.state {
        case .upstreamFailed: return "It did not run, because a task before it failed."
        default: return nil
        }
    }

    /// The way to all instances, and to those beside this one.
    private var instances: [InstanceTabView] {
        guard let index = task.mapIndex else { return [] }
        let all = InstanceTabView(
            words: "All \(Quantity.count(found.instanceCount, "instance"))",
            path: Address.task(run, task.id),
            isShown: false
        )
        let beside = [index - 1, index, index + 1].filter { $0 == index || (0..<found.instanceCount).contains($0) }
        return [all]
            + beside.map { place in
                InstanceTabView(
                    words: "Instance \(place)",
                    path: Address.task(run, task.id, mapIndex: place),
                    isShown: place == index
                )
            }
    }

    private func tab(_ attempt: AttemptRecord) -> AttemptTabView {
        AttemptTabView(
            number: attempt.number,
            word: Badge(attempt.state).word.lowercased(),
            took: attempt.duration.map(DurationText.format),
            path: Address.task(run, task.id, mapIndex: task.mapIndex, attempt: attempt.number),
            isShown: attempt.id == found.attempt?.id
        )
    }

    private var noLog: String {
        guard let attempt = found.attempt else { return "No attempt yet, so there is no log." }
        let runner = attempt.runner
        switch attempt.state {
        case .intended: return "\(runner) is being told to start it: nothing can be printed yet."
        case .unreachable:
            return "\(runner) does not answer. What it prints is kept there and comes when it does."
        case .neverStarted: return "It was never started, so it printed nothing."
        case _ where attempt.state.isLive: return "Nothing printed yet."
        case _ where attempt.isLogSealed: return "It printed nothing."
        case .lost, .unknown:
            return "No byte of its log had arrived when it was lost" + heard(attempt) + ": what it printed is lost too."
        default: break
        }
        if let length = attempt.logLength, length > 0 {
            return "The log is not here yet: \(runner) has it, \(Quantity.bytes(length)) behind. Reload in a while."
        }
        return "No byte of its log has arrived from \(runner) yet."
    }

    private func heard(_ attempt: AttemptRecord) -> String {
        guard let contact = around?.runner?.lastContactAt else { return "" }
        return " (\(attempt.runner) was last heard from \(Moment(contact, now: now, seconds: true).text))"
    }

    /// The block that the pages add after the last line: it comes from the attempt's row, not from the log.
    private var closing: String? {
        guard let attempt = found.attempt, !attempt.state.isLive else { return nil }
        var parts = [Ending.words(for: attempt)]
        if let ended = attempt.endedAt { parts.append("ended \(Moment(ended, now: now, seconds: true).text)") }
        if let duration = attempt.duration { parts.append("took \(DurationText.format(duration))") }
        if let memory = attempt.peakMemory { parts.append("peak memory \(Quantity.bytes(memory))") }
        if let time = attempt.processorTime { parts.append("CPU time \(DurationText.format(time))") }
        parts.append("on \(attempt.runner)")
        if let gap = attempt.logGap { parts.append("\(Quantity.bytes(gap.byteCount)) of its log left out") }
        if let note = attempt.note { parts.append(note) }
        return parts.joined(separator: " · ")
    }

    private var params: [PairView] { ParamTexts.pairs(found.run.params) }

    private var script: String? {
        guard let task = definition?.tasks.first(where: { $0.id == found.task.id }) else { return nil }
        switch task.action {
        case .run(let script): return ScriptMarkup.lines(script)
        case .http(let request): return ScriptMarkup.lines("\(request.method) \(request.url.source)")
        case .join: return nil
        }
    }
}
