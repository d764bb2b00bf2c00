import Core
import Hummingbird
import Store

/// What the page that lays two attempts side by side shows.
struct CompareView: Sendable {
    let task: String
    let left: ComparedView
    let right: ComparedView
    let choices: [LinkView]
    let changes: [ChangeView]
    let hasChanges: Bool
    let facts: [ComparedFactView]
    let extent: String?
    let newLines: [DifferenceLineView]
    let hasNewLines: Bool
    let newTitle: String
    let missingLines: [DifferenceLineView]
    let hasMissingLines: Bool
    let missingTitle: String
    /// Markup; nil where one of them printed nothing.
    let logs: String?
    let logsTitle: String
}

/// One of two attempts.
struct ComparedView: Sendable {
    let badge: Badge
    let words: String
    let attemptPath: String
    let logical: Moment
}

/// A fact of both attempts.
struct ComparedFactView: Sendable {
    let label: String
    let before: String
    let after: String
    let isSame: Bool
}

/// A link that may be to the page that is shown.
struct LinkView: Sendable {
    let words: String
    let path: String
    let isShown: Bool
}

extension Site {
    /// Lays an attempt beside another one: of the same task instance, or the last that succeeded.
    func comparePage(_ request: Request, _ context: WebContext) async throws -> Response {
        let now = try await store.now()
        let found = try await requireAttempt(context)
        guard let attempt = found.attempt else {
            let link = Link(path: found.path, text: found.task.displayName)
            throw RequestError.notFound("'\(found.task.displayName)' has no attempt yet.", nearest: link)
        }
        let definition = try await definitions.definition(of: found.run, attempt)
        let shown = ComparedAttempt(run: found.run, task: found.task, attempt: attempt, definition: definition)
        let success = try await lastSuccess(before: attempt, found, definition: definition)
        let wanted = query(request).filled("with")
        let other = try Self.other(wanted, for: shown, success: success)
        let logs = try await logComparisons.comparison(of: attempt, against: other.attempt)
        let sides = try await sideBySide(other.attempt, attempt)
        let display = CompareDisplay(left: other, right: shown, success: success, logs: logs, now: now)
        let view = display.view(sideBySide: sides)
        let moment = Moment(found.run.logicalDate, now: now)
        let title = "\(found.task.displayName): \(view.left.words) and \(view.right.words)"
        var page = PageView(title: "\(title), \(found.run.name.dag) \(moment.text)", section: .dags)
        page.mood = Badge(attempt.state).css == "success" ? "success" : "failed"
        page.crumbs = [
            CrumbView(found.run.name.dag, path: Address.dag(found.run.name.dag)),
            CrumbView(moment.text, path: Address.run(found.run.name)),
            CrumbView(found.task.displayName, path: found.attemptPath), CrumbView("Compare"),
        ]
        return respond(page, "compare", view, to: request, context, now: now)
    }

    /// The attempt that a query means: `a1`, `last-success`, or nothing.
    private static func other(
        _ wanted: String?,
        for shown: ComparedAttempt,
        success: ComparedAttempt?
    ) throws -> ComparedAttempt {
        let link = Link(path: shown.path, text: "attempt \(shown.attempt.number)")
        let own = { (attempt: AttemptRecord) in
            ComparedAttempt(
                run: shown.run,
                task: shown.task,
                attempt: attempt,
                definition: shown.definition(for: attempt)
            )
        }
        switch wanted {
        case "last-success":
            if let success { return success }
            throw RequestError.notFound(
                "'\(shown.task.displayName)' has not succeeded in the 100 runs before this one.",
                nearest: link
            )
        case nil:
            if let before = shown.task.attempts.last(where: { $0.number < shown.attempt.number }) { return own(before) }
            if let success { return success }
            throw RequestError.notFound("There is no earlier attempt to compare with.", nearest: link)
        case .some(let text):
            guard let address = AttemptAddress([text]), address.mapIndex == nil, let number = address.attempt,
                let attempt = shown.task.attempts.first(where: { $0.number == number })
            else {
                throw RequestError.notFound(
                    "There is no attempt '\(text.shortened)' to compare with; name one such as a1, or last-success.",
                    nearest: link
                )
            }
            return own(attempt)
        }
    }

    /// The ends of two logs, line against line; nil where one of them is empty.
    private func sideBySide(_ left: AttemptRecord, _ right: AttemptRecord) async throws -> String? {
        let old = try await logComparisons.lines(of: left, mostBytes: SideBySide.mostBytes).suffix(SideBySide.mostLines)
        let new = try await logComparisons.lines(of: right, mostBytes: SideBySide.mostBytes).suffix(
            SideBySide.mostLines
        )
        return old.isEmpty || new.isEmpty ? nil : SideBySide(Array(old), Array(new)).markup()
    }
}

/// Makes the page of two attempts.
struct CompareDisplay: Sendable {
    let left: ComparedAttempt
    let right: ComparedAttempt
    let success: ComparedAttempt?
    let logs: LogComparison?
    let now: Timestamp

    /// Fills the template's view.
    func view(sideBySide: String?) -> CompareView {
        let changes = AttemptChanges(from: left, to: right)
        let difference = logs?.difference
        let added = difference?.added ?? []
        let missing = difference?.missing ?? []
        return CompareView(
            task: right.task.displayName,
            left: view(of: left),
            right: view(of: right),
            choices: choices,
            changes: changes.rows,
            hasChanges: !changes.rows.isEmpty,
            facts: facts,
            extent: logs?.isWhole == false ? "Only the last 1 MB of each log was compared." : nil,
            newLines: added.map { DifferenceLineView($0, path: right.path) },
            hasNewLines: !added.isEmpty,
            newTitle: Self.title("Only in \(name(of: right))", added.count, of: difference?.addedCount ?? 0),
            missingLines: missing.map { DifferenceLineView($0, path: left.path) },
            hasMissingLines: !missing.isEmpty,
            missingTitle: Self.title("Only in \(name(of: left))", missing.count, of: difference?.missingCount ?? 0),
            logs: sideBySide,
            logsTitle: "Ends of both logs"
        )
    }

    private static func title(_ words: String, _ shown: Int, of count: Int) -> String {
        count > shown ? "\(words): the rarest \(shown) of \(Quantity.count(count, "line"))" : "\(words), rarest first"
    }

    private var isOneRun: Bool { left.run.rowID == right.run.rowID }

    private func name(of compared: ComparedAttempt) -> String {
        if isOneRun { return "attempt \(compared.attempt.number)" }
        return compared.attempt.id == success?.attempt.id ? "the last success" : "attempt \(compared.attempt.number)"
    }

    private func view(of compared: ComparedAttempt) -> ComparedView {
        ComparedView(
            badge: Badge(compared.attempt.state),
            words: name(of: compared),
            attemptPath: compared.path,
            logical: Moment(compared.run.logicalDate, now: now)
        )
    }

    private var choices: [LinkView] {
        var choices = right.task.attempts.filter { $0.id != right.attempt.id }.map { attempt in
            LinkView(
                words: "Attempt \(attempt.number) \(Badge(attempt.state).word.lowercased())",
                path: "\(right.path)/compare?with=a\(attempt.number)",
                isShown: attempt.id == left.attempt.id
            )
        }
        if let success, success.run.rowID != right.run.rowID {
            choices.append(
                LinkView(
                    words: "Last success",
                    path: "\(right.path)/compare?with=last-success",
                    isShown: success.attempt.id == left.attempt.id
                )
            )
        }
        return choices
    }

    private var facts: [ComparedFactView] {
        let rows: [(String, (ComparedAttempt) -> String?)] = [
            ("Ended", { Ending.words(for: $0.attempt) }), ("Cause", { $0.attempt.cause?.text }),
            ("Run", { Moment($0.run.logicalDate, now: now).text }), ("Version", { "\($0.version)" }),
            ("Runner", { $0.attempt.runner }), ("Waited", { Self.wait($0.attempt) }),
            ("Started", { $0.attempt.startedAt.map { Moment($0, now: now, seconds: true).text } }),
            ("Took", { $0.attempt.duration.map { DurationText.format($0) } }),
            ("CPU time", { $0.attempt.processorTime.map { DurationText.format($0) } }),
            ("Peak memory", { $0.attempt.peakMemory.map { Quantity.bytes($0) } }),
            ("Log", { "\(Quantity.count($0.attempt.logLines, "line")), \(Quantity.bytes($0.attempt.logBytes))" }),
        ]
        return rows.compactMap { label, value in
            let (before, after) = (value(left), value(right))
            guard before != nil || after != nil else { return nil }
            return ComparedFactView(label: label, before: before ?? "–", after: after ?? "–", isSame: before == after)
        }
    }

    private static func wait(_ attempt: AttemptRecord) -> String? {
        attempt.startedAt.map { DurationText.format(max(.zero, $0 - attempt.intendedAt)) }
    }
}
