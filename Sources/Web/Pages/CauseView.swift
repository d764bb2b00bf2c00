import Core
import Store

/// Why something failed: the card that stands before everything else.
struct CauseView: Sendable {
    let label: String
    /// The task, where the card stands on the page of its run.
    let task: String?
    let taskPath: String?
    let ending: String
    /// The rest of the first sentence.
    let detail: String
    let text: String?
    let linePath: String?
    let lineWords: String
    let rule: String?
    let note: String?
    /// The line among its neighbours, where they are known.
    var neighbours: [CauseLineView] = [] {
        didSet { hasNeighbours = !neighbours.isEmpty }
    }
    private(set) var hasNeighbours = false
    /// Whether it was seen before, and where to look.
    var seenBefore: String?
    var seenPath: String?
    /// What is the matter with its runner.
    var runnerTrouble: String?
    /// That its failure counts as success; nil: it does not.
    var allowed: String?
    /// Tasks that did not run because of it, and how many more there are.
    var blockedTasks: [Link] = []
    var blockedRest: String?
    var blockedWords = ""
    var hasBlocked = false
    /// Others of the run that failed of the same cause.
    var alikeTasks: [Link] = []
    var alikeRest: String?
    var alikeWords = ""
    var hasAlike = false
    var ownerName: String?
    var runbookText: String?
    var runbookLink: String?
    var hasHelp = false
}

/// A line in the card.
struct CauseLineView: Sendable {
    let isCause: Bool
    /// Markup.
    let lineText: String

    /// The most bytes that are shown of the cause, and of a neighbour.
    private static let mostCause = 500
    private static let mostNeighbour = 200

    init(_ line: LogLine, causeLine: Int) {
        isCause = line.number == causeLine
        lineText = HTMLText.line(Array(line.bytes.prefix(isCause ? Self.mostCause : Self.mostNeighbour)))
    }
}

extension CauseView {
    /// The card of a task's last attempt on the page of its run.
    init(_ task: TaskRecord, run: RunName) {
        // One that went well is not why a task failed that a person has marked.
        let attempt = task.attempts.last.flatMap { $0.state == .success ? nil : $0 }
        let path = Address.task(run, task.id, mapIndex: task.mapIndex)
        self.init(
            label: "Failure of \(task.id)",
            task: task.displayName,
            taskPath: path,
            ending: attempt.map(Ending.words) ?? Self.withoutAttempt(task),
            detail: attempt.map { Self.detail($0, of: task, usual: nil) } ?? "",
            text: attempt?.cause?.text,
            linePath: attempt?.cause.map { "\(path)?at=\($0.line)#L\($0.line)" },
            lineWords: attempt.map(Self.lineWords) ?? "",
            rule: nil,
            note: attempt?.note.map(RequestError.capitalized)
        )
    }

    /// The card of several tasks that failed of the same cause: of the first, with the names of the others.
    init(_ tasks: [TaskRecord], first: TaskRecord, run: RunName) {
        self.init(first, run: run)
        let others = tasks.dropFirst()
        guard !others.isEmpty else { return }
        alikeTasks = others.prefix(Self.mostAlike).map { task in
            Link(path: Address.task(run, task.id, mapIndex: task.mapIndex), text: task.displayName)
        }
        let rest = others.count - alikeTasks.count
        alikeRest = rest > 0 ? "and \(Quantity.grouped(rest)) more" : nil
        alikeWords = "\(Quantity.count(others.count, "other task")) failed of the same cause"
        hasAlike = true
    }

    /// How many of those that failed of the same cause are named.
    private static let mostAlike = 6

    /// The card on an attempt's own page.
    init(_ attempt: AttemptRecord, of task: TaskRecord, usual: UsualDuration?) {
        self.init(
            label: "Why it failed",
            task: nil,
            taskPath: nil,
            ending: Ending.words(for: attempt),
            detail: Self.detail(attempt, of: task, usual: usual) + ".",
            text: attempt.cause?.text,
            linePath: attempt.cause.map { "?at=\($0.line)#L\($0.line)" },
            lineWords: Self.lineWords(attempt),
            rule: attempt.cause.flatMap { Ending.reason(forRule: $0.rule) },
            note: attempt.note.map(RequestError.capitalized)
        )
        if task.isAllowedFailure {
            allowed =
                "It is allowed to fail (allow_failure): the run goes on as if it had succeeded, and nothing is blocked."
        }
    }

    private static func withoutAttempt(_ task: TaskRecord) -> String {
        task.reason.map { "Failed: \(Ending.plain($0))" } ?? "Failed without an attempt"
    }

    private static func detail(_ attempt: AttemptRecord, of task: TaskRecord, usual: UsualDuration?) -> String {
        var words = ""
        if let duration = attempt.duration, attempt.state != .timedOut, attempt.state != .cancelled {
            words += " after \(DurationText.format(duration))"
        }
        if let usual { words += " (usually \(DurationText.format(usual.median))\(times(attempt.duration, usual)))" }
        return words + " on attempt \(attempt.number) of \(task.attempts.count)"
    }

    /// How much longer than usual, where that says something.
    private static func times(_ duration: Duration?, _ usual: UsualDuration) -> String {
        guard let duration, usual.median > .zero, duration > .seconds(10) else { return "" }
        let tenths = Int(duration / usual.median * 10)
        return tenths >= 20 ? ", now \(tenths / 10)× as long" : ""
    }

    private static func lineWords(_ attempt: AttemptRecord) -> String {
        guard let cause = attempt.cause else { return "" }
        let of = attempt.logLines > 0 ? " of \(Quantity.grouped(max(attempt.logLines, cause.line)))" : ""
        return "Line \(Quantity.grouped(cause.line))\(of) in the log"
    }
}

extension TaskRecord {
    /// The name, with the index of a mapped instance.
    var displayName: String { InstanceName.text(id, mapIndex) }
}
