import Core
import Hummingbird
import Store

/// What an attempt's page shows.
struct AttemptView: Sendable {
    let badge: Badge
    let name: String
    let task: String
    let number: Int
    let cause: CauseView?
    let since: SinceSuccessView?
    /// That there is no success to compare with.
    let noSuccess: String?
    let summary: String?
    let canClear: Bool
    let clearPath: String
    let canMark: Bool
    let markPath: String
    let canCancel: Bool
    let cancelPath: String
    let formKey: String
    let mapIndex: Int?
    let instances: [InstanceTabView]
    let hasInstances: Bool
    let attempts: [AttemptTabView]
    let hasAttempts: Bool
    /// Where this attempt stands beside an earlier one; nil where there is none.
    let comparePath: String?
    /// Where its log stands beside the last success's.
    let diffPath: String?
    let log: LogView?
    var noLog: String?
    let closing: String?
    let facts: [FactView]
    let params: [PairView]
    let hasParams: Bool
    /// Markup.
    let script: String?
    let outputs: String?
    /// Why it does not go on.
    var whys: [WhyView] = []
    /// That this is not the newest attempt; nil: it is.
    let newer: NewerAttemptView?
    /// That people were told of it, and who has acknowledged it.
    var incident: AttemptIncidentView?
}

/// That there is a newer attempt than the one that is shown.
struct NewerAttemptView: Sendable {
    let newerWords: String
    let newerPath: String
    let newerLink: String
}

/// What people were told of an attempt's failure.
struct AttemptIncidentView: Sendable {
    let incidentPath: String
    let canAcknowledge: Bool
    let acknowledged: String?
    let solved: String?
    /// Where one comes back to.
    let here: String

    init(_ record: IncidentRecord, here: String, now: Timestamp) {
        let row = IncidentRowView(record, now: now)
        incidentPath = row.path
        acknowledged = row.acknowledged
        canAcknowledge = row.isOpen
        solved = row.solved
        self.here = here
    }
}

/// One instance of a mapped task.
struct InstanceTabView: Sendable {
    let words: String
    let path: String
    let isShown: Bool
}

/// One attempt of a task.
struct AttemptTabView: Sendable {
    let number: Int
    let word: String
    let took: String?
    let path: String
    let isShown: Bool
}

/// A line of the context.
struct FactView: Sendable {
    let label: String
    /// Links that take the place of the words.
    var links: [Link] = []
    var hasLinks = false
    let words: String
    let link: String?
    let isCode: Bool

    init(_ label: String, links: [Link], more: String = "") {
        self.init(label, more)
        self.links = links
        hasLinks = true
    }

    init(_ label: String, _ words: String, link: String? = nil, isCode: Bool = false) {
        self.label = label
        self.words = words
        self.link = link
        self.isCode = isCode
    }
}

extension Site {
    /// Shows an attempt: why it failed, its log, its context.
    func attemptPage(_ request: Request, _ context: WebContext) async throws -> Response {
        if let page = try await mappedTaskPage(request, context) { return page }
        let found = try await requireAttempt(context)
        if found.run.name.key != (try context.part("key")) {
            let place = found.isNumbered ? found.attemptPath : found.path
            return redirect(to: place + (request.uri.query.map { "?\($0)" } ?? ""))
        }
        let now = try await store.now()
        let usual = try await store.usualDuration(ofTask: found.task.id, before: found.run)
        let definition = try await definitions.definition(of: found.run, found.attempt)
        var around: FailureSurroundings?
        if let attempt = found.attempt, attempt.state.isFailure {
            around = try await surroundings(of: attempt, found, definition: definition)
        }
        let asked = LogRequest(query(request))
        let window = try await logWindow(found, asked)
        var expired: String?
        if let attempt = found.attempt, window?.lines.isEmpty ?? false {
            expired = try await Expiry(store).logSentence(of: attempt)
        }
        var log: LogView?
        if expired == nil, let window { log = try await logView(found, asked, window) }
        let display = AttemptDisplay(
            found: found,
            definition: definition,
            usual: usual,
            around: around,
            causeLines: try await causeLines(found, window),
            log: log,
            now: now
        )
        var view = display.view(formKey: context.visitor.formKey)
        if let expired { view.noLog = expired }
        if !found.task.state.isTerminal {
            let answer = try await WhyAsker(store: store, definitions: definitions)
                .why(found.run, task: found.task.id, mapIndex: found.task.mapIndex)
            view.whys = WhyView.list(answer, without: ["running"])
        }
        if let attempt = found.attempt, attempt.state.isFailure,
            let incident = try await store.incident(ofRun: found.run.rowID, signature: attempt.signature)
        {
            view.incident = AttemptIncidentView(incident, here: found.attemptPath, now: now)
        }
        let moment = Moment(found.run.logicalDate, now: now)
        var page = PageView(
            title: "\(view.badge.word): \(found.task.displayName), \(found.run.name.dag) \(moment.text)",
            section: .dags
        )
        // A search is not repeated every two seconds.
        page.refresh = found.task.state.isTerminal || asked.question != nil ? nil : 2
        page.mood = ["queued", "skipped"].contains(view.badge.css) ? "waiting" : view.badge.css
        if ["blocked", "retrying"].contains(view.badge.css) { page.mood = "failed" }
        page.crumbs = [
            CrumbView(found.run.name.dag, path: Address.dag(found.run.name.dag)),
            CrumbView(moment.text, path: Address.run(found.run.name)), CrumbView(found.task.displayName),
        ]
        if view.cause != nil {
            page.skipTarget = "failure"
            page.skipWords = "Skip to the failure"
        }
        return respond(page, "attempt", view, to: request, context, now: now)
    }

    /// The lines about the cause, from the window where it has them.
    private func causeLines(_ found: FoundAttempt, _ window: LogWindow?) async throws -> [LogLine] {
        guard let attempt = found.attempt, attempt.state.isFailure, let line = attempt.cause?.line, let window else {
            return []
        }
        if window.lines.contains(where: { $0.number == line }) { return window.lines }
        let reader = LogReader(store: store, attempt: attempt.id)
        return try await reader.window(from: max(1, line - CauseView.linesBefore)).lines
    }

    /// Opens the log at the asked line, at the cause, or at its end.
    private func logWindow(_ found: FoundAttempt, _ asked: LogRequest) async throws -> LogWindow? {
        guard let attempt = found.attempt, attempt.logBytes > 0 else { return nil }
        let reader = LogReader(store: store, attempt: attempt.id)
        if let from = asked.first { return try await reader.window(from: from, lines: asked.lines) }
        if let line = asked.line ?? (attempt.state.isLive ? nil : attempt.cause?.line) {
            return try await reader.window(around: line)
        }
        return try await reader.tail()
    }
}
