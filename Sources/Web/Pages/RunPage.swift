import Core
import Hummingbird
import Store

/// What a run's page shows.
struct RunView: Sendable {
    let head: RunHeadView
    let summary: String?
    let causes: [CauseView]
    let hasCauses: Bool
    let moreCauses: String?
    let moreCausesPath: String
    let runPath: String
    let clearPath: String
    let canClear: Bool
    let canClearAll: Bool
    let canCancel: Bool
    /// Where another run is started with the same params; nil where it has none.
    let triggerPath: String?
    let formKey: String
    let list: RunTasksView
    let runName: String
    let kind: String
    let intervalStart: Moment
    let intervalEnd: Moment
    let versionPath: String
    let versionNumber: Int
    let started: Moment?
    let ended: Moment?
    let took: String
    let params: [PairView]
    let history: [HistoryView]
    let since: RunChangesView?
    /// Why it does not go on.
    var whys: [WhyView] = []
}

/// What is different since a run of the DAG succeeded last.
struct RunChangesView: Sendable {
    let goodPath: String
    let goodDate: Moment
    let goodAge: String
    let changes: [ChangeView]
    let hasChanges: Bool
    let sameWords: String?

    init(_ run: RunRecord, since good: RunRecord, now: Timestamp) {
        let differing = AttemptChanges(from: good, to: run, now: now)
        goodPath = Address.run(good.name)
        goodDate = Moment(good.logicalDate, now: now)
        goodAge = Moment.age(of: good.endedAt ?? good.logicalDate, now: now)
        changes = differing.rows
        hasChanges = !differing.rows.isEmpty
        sameWords = differing.same.isEmpty ? nil : differing.same.joined(separator: ", ")
    }
}

/// How many of something are in a state.
struct CountView: Sendable {
    let css: String
    let glyph: String
    var word: String
    let count: String
    let path: String
    let isChosen: Bool
}

extension CountView {
    /// The count of a state, on a page whose list it narrows, or widens again.
    init(_ state: TaskState, _ count: Int, path: String, isChosen: Bool) {
        let badge = Badge(state)
        css = badge.css
        glyph = badge.glyph
        word = badge.word.lowercased()
        self.count = Quantity.grouped(count)
        self.path = isChosen ? "\(path)#tasks" : "\(path)?state=\(state.rawValue)#tasks"
        self.isChosen = isChosen
    }
}

/// A name and a value.
struct PairView: Sendable {
    let name: String
    let value: String
}

/// A task in a run's table.
///
/// Its fields share no name with the run's optional ones: a template would take those where these are missing.
struct TaskRowView: Sendable {
    let badge: Badge
    let why: String?
    let name: String
    let path: String
    let needs: String
    let attempts: String
    let taskStarted: Moment?
    let took: String
    let runner: String

    private static let mostNeeds = 4

    init(_ task: TaskRecord, run: RunName, needs: [String], now: Timestamp) {
        badge = Badge(task.state)
        why = Self.why(task, now: now)
        name = task.displayName
        path = Address.task(run, task.id, mapIndex: task.mapIndex)
        self.needs = Self.words(needs)
        attempts = task.attempts.isEmpty ? "" : "\(task.attempts.count)"
        let last = task.attempts.last
        taskStarted = (last?.startedAt ?? task.startedAt).map { Moment($0, now: now, seconds: true) }
        took = last?.took(now: now).map(DurationText.format) ?? ""
        runner = last?.runner ?? ""
    }

    /// A mapped task as one row; its link leads to its instances, those of a state where one is chosen.
    init(_ task: MappedTask, run: RunName, needs: [String], chosen: TaskState?, now: Timestamp) {
        badge = Badge(chosen ?? task.worst)
        why = task.words + (task.allowsFailure && task.counts[.failed] != nil ? ", \(Ending.allowed)" : "")
        name = task.id
        path = Address.task(run, task.id) + (chosen.map { "?state=\($0.rawValue)" } ?? "")
        self.needs = Self.words(needs)
        attempts = task.attempts == 0 ? "" : Quantity.grouped(task.attempts)
        taskStarted = task.startedAt.map { Moment($0, now: now, seconds: true) }
        took = task.startedAt.map { DurationText.format((task.endedAt ?? now) - $0) } ?? ""
        runner = ""
    }

    static func words(_ needs: [String]) -> String {
        let rest = needs.count - mostNeeds
        return needs.prefix(mostNeeds).joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
    }

    /// Why it is in this state, or not yet in the next.
    static func why(_ task: TaskRecord, now: Timestamp) -> String? {
        if let retry = task.retryAt { return "next attempt \(Moment.age(of: retry, now: now))" }
        if task.state == .queued || task.state == .waiting, let hold = task.hold { return HoldWords.of(hold) }
        if task.isAllowedFailure { return Ending.allowed(task.reason) }
        if let reason = task.reason { return Ending.plain(reason) }
        if task.isCancelRequested, !task.state.isTerminal { return "cancel asked for" }
        return nil
    }
}

/// One line of a run's history.
struct HistoryView: Sendable {
    let at: Moment
    let words: String
    let actor: String?
    let reason: String?
    /// Whether a person asked for it.
    var isDeed = false

    init(_ entry: HistoryEntry, now: Timestamp) {
        at = Moment(entry.at, now: now, seconds: true)
        var subject = entry.task ?? "Run"
        if let index = entry.mapIndex { subject += " [\(index)]" }
        if let attempt = entry.attempt { subject += ", attempt \(attempt)" }
        let state = Self.words(entry.newState)
        words = entry.oldState.map { "\(subject): \(Self.words($0)) → \(state)" } ?? "\(subject): \(state)"
        actor = entry.actor.isEmpty ? nil : entry.actor
        reason = entry.reason.map(Ending.plain)
    }

    /// What a person asked for.
    init(_ deed: DeedRecord, now: Timestamp) {
        at = Moment(deed.at, now: now, seconds: true)
        words = deed.words
        actor = deed.actor.isEmpty ? nil : deed.actor
        reason = deed.reason.map(Ending.plain)
        isDeed = true
    }

    /// What happened and what people asked for, newest first; what followed from a word stands above it.
    ///
    /// What happened long ago may be cut off, but what people asked for is not.
    static func list(_ entries: [HistoryEntry], _ deeds: [DeedRecord], now: Timestamp) -> [HistoryView] {
        var deeds = deeds[...]
        var lines: [HistoryView] = []
        for entry in entries {
            while let deed = deeds.first, deed.at > entry.at {
                lines.append(HistoryView(deed, now: now))
                deeds.removeFirst()
            }
            lines.append(HistoryView(entry, now: now))
        }
        return lines + deeds.map { HistoryView($0, now: now) }
    }

    private static func words(_ state: String) -> String {
        let badge =
            TaskState(rawValue: state).map { Badge($0) } ?? AttemptState(rawValue: state).map { Badge($0) }
            ?? RunState(rawValue: state).map { Badge($0) }
        return badge?.word.lowercased() ?? Ending.plain(state)
    }
}

extension Site {
    /// How many tasks the table shows at a time.
    static let tasksPerPage = 100
    /// How many failures are looked at for causes: one card for each cause.
    private static let mostFailures = 100

    /// Shows a run.
    func runPage(_ request: Request, _ context: WebContext) async throws -> Response {
        let run = try await requireRun(context)
        let wanted = try context.part("key")
        guard run.name.key == wanted else { return redirect(to: Address.run(run.name)) }
        let overview = try await overview(of: run)
        let causes =
            overview.states.failures > 0
            ? try await store.rootFailures(ofRun: run.rowID, limit: Self.mostFailures) : []
        let history = HistoryView.list(
            try await store.history(ofRun: run.rowID, limit: 50),
            try await store.deeds(ofRun: run.rowID, limit: 50),
            now: overview.now
        )
        let good = run.state == .failed ? try await store.lastGoodRun(before: run) : nil
        let list = try await taskList(overview, query(request))
        var display = RunDisplay(overview: overview, failed: causes, lastGood: good)
        display.near = try await CauseContext.lines(ofFailed: display.firstFailures, in: store)
        var view = display.view(list: list, history: history, formKey: context.visitor.formKey)
        if !run.state.isTerminal {
            let answer = try await WhyAsker(store: store, definitions: definitions).why(run)
            view.whys = WhyView.list(answer, without: ["running", "starting", "upstream", "queued", "more"])
        }
        var page = frame(of: overview, nil)
        if view.hasCauses {
            page.skipTarget = "failure"
            page.skipWords = "Skip to the failure"
        }
        return respond(page, "run", view, to: request, context, now: overview.now)
    }

    /// The states of a run and what it is a run of.
    func overview(of run: RunRecord) async throws -> RunOverview {
        RunOverview(
            run: run,
            states: try await store.states(ofRun: run.rowID),
            definition: try await definitions.definition(of: run),
            now: try await store.now()
        )
    }

    /// What stands around a view of a run; `part` names it where it is not the first.
    func frame(of overview: RunOverview, _ part: String?) -> PageView {
        let run = overview.run
        let moment = Moment(run.logicalDate, now: overview.now)
        let badge = Badge(run.state)
        let words = part.map { ", \($0)" } ?? ""
        var page = PageView(title: "\(badge.word): \(run.name.dag) \(moment.text)\(words)", section: .dags)
        page.refresh = run.state.isTerminal ? nil : 2
        page.mood = badge.css == "queued" ? "waiting" : badge.css
        page.crumbs = [
            CrumbView("DAGs", path: "/dags"), CrumbView(run.name.dag, path: Address.dag(run.name.dag)),
        ]
        if let part {
            page.crumbs += [CrumbView(moment.text, path: Address.run(run.name)), CrumbView(part)]
        } else {
            page.crumbs.append(CrumbView(moment.text))
        }
        return page
    }

    /// The run that an address names; `latest` and `latest-failed` are understood.
    func requireRun(_ context: WebContext) async throws -> RunRecord {
        let name = RunName(
            dag: try context.part("dag"),
            key: try context.part("key")
        )
        if let run = try await store.run(name) { return run }
        let record = try await requireDAG(context)
        if let expired = try await Expiry(store).run(name) { throw expired }
        throw RequestError.notFound(
            "The DAG '\(record.name)' has no run '\(name.key.shortened)'.",
            nearest: Link(path: "\(Address.dag(record.name))/runs", text: "the runs of \(record.name)")
        )
    }
}
