import Core
import Hummingbird
import Store

/// What a DAG's own page shows.
struct DAGView: Sendable {
    let name: String
    let path: String
    let badge: Badge?
    let isPaused: Bool
    /// Who paused it, when and why.
    var pausedWords: String?
    let isRetired: Bool
    let description: String?
    let broken: BrokenFileView?
    let problems: [ProblemView]
    let schedule: String
    let fires: [Moment]
    let hasFires: Bool
    let owner: String?
    let runbook: String?
    /// The runbook where it is an address that can be followed.
    let runbookLink: String?
    let tags: String?
    let file: String
    let version: Int?
    let formKey: String
    let hasRuns: Bool
    let runCount: Int
    let heads: [GridHeadView]
    /// Markup.
    let rows: String
    let moreTasks: String?
    let runs: [RunRowView]
    /// Why it has no run, or not the one that was expected.
    var whys: [WhyView] = []
}

/// The head of one column of the grid: a run.
struct GridHeadView: Sendable {
    let path: String
    let words: String
    let day: String
    let css: String
    let top: Int
    let height: Int
}

extension Site {
    /// How many runs the grid shows, and how many tasks at a time.
    static let gridRuns = 14
    static let gridTasks = 200

    /// Shows a DAG: its head, the grid of tasks and runs, the latest runs.
    func dagPage(_ request: Request, _ context: WebContext) async throws -> Response {
        let now = try await store.now()
        let record = try await requireDAG(context)
        let definition = try await definitions.definition(of: record)
        let listing = try await store.runs(RunFilter(dag: record.name), limit: Self.gridRuns)
        let broken = record.isBroken ? try await store.fileError(path: record.path).map(BrokenFileView.init) : nil
        let first = max(0, query(request)["tasks"].flatMap(Int.init) ?? 0)
        let names = try await taskNames(of: definition, runs: listing.items)
        let shown = Array(names.dropFirst(first).prefix(Self.gridTasks))
        let cells = try await store.gridCells(runs: listing.items.map(\.rowID), tasks: shown)
        let path = Address.dag(record.name)
        let more = names.count > first + shown.count ? "\(path)?tasks=\(first + shown.count)" : nil
        let runbook = definition?.runbook
        let isWeb = runbook.map { $0.hasPrefix("https://") || $0.hasPrefix("http://") } ?? false
        let fires = record.isPaused || record.isRetired ? [] : Self.fires(of: definition, now: now)
        var view = DAGView(
            name: record.name,
            path: path,
            badge: record.latestRun.map { Badge($0.state) },
            isPaused: record.isPaused,
            isRetired: record.isRetired,
            description: definition?.description,
            broken: broken,
            problems: broken?.problems ?? [],
            schedule: ScheduleWords.of(definition),
            fires: fires.map { Moment($0, now: now) },
            hasFires: !fires.isEmpty,
            owner: definition?.owner,
            runbook: runbook,
            runbookLink: isWeb ? runbook : nil,
            tags: definition.flatMap { $0.tags.isEmpty ? nil : $0.tags.joined(separator: ", ") },
            file: record.path,
            version: record.version,
            formKey: context.visitor.formKey,
            hasRuns: !listing.items.isEmpty,
            runCount: listing.items.count,
            heads: GridMarkup.heads(listing.items, now: now),
            rows: GridMarkup.rows(tasks: shown, runs: listing.items, cells: cells),
            moreTasks: more,
            runs: listing.items.map { RunRowView($0, showDAG: false, now: now) }
        )
        if record.isPaused, let deed = try await store.deeds(ofDAG: record.rowID, limit: 1).first, deed.verb == .pause {
            let why = deed.reason.map { ": \($0)" } ?? "."
            view.pausedWords = "Paused by \(deed.actor), \(Moment(deed.at, now: now).text)\(why)"
        }
        if !record.isRetired {
            let answer = try await WhyAsker(store: store, definitions: definitions).why(record)
            view.whys = WhyView.list(answer, without: ["next_tick", "last_tick", "no_schedule", "file_broken"])
        }
        let word = record.latestRun.map { Badge($0.state).word + ": " } ?? ""
        var page = PageView(title: "\(word)\(record.name) · Rota", section: .dags, refresh: 5)
        page.crumbs = [CrumbView("DAGs", path: "/dags"), CrumbView(record.name)]
        if record.latestRun?.state == .failed { page.mood = "failed" }
        return respond(page, "dag", view, to: request, context, now: now)
    }

    /// The DAG that an address names.
    func requireDAG(_ context: WebContext) async throws -> DAGRecord {
        let name = try context.parameters.require("dag")
        if let record = try await store.dag(name) { return record }
        let hint = Spelling.suggestion(for: name, among: try await store.dagNames())
        throw RequestError.notFound(
            "There is no DAG '\(name.shortened)'\(hint.isEmpty ? "." : hint)",
            nearest: Link(path: "/dags", text: "DAGs")
        )
    }

    private static func fires(of definition: DAG?, now: Timestamp) -> [Timestamp] {
        guard let schedule = definition?.schedule else { return [] }
        var fires: [Timestamp] = []
        while fires.count < 3, let next = schedule.nextRun(after: fires.last ?? now) { fires.append(next) }
        return fires
    }

    /// The tasks of the version in force; where it cannot be read, those of the newest run.
    private func taskNames(of definition: DAG?, runs: [RunRecord]) async throws -> [String] {
        if let definition { return definition.tasks.map(\.id) }
        guard let newest = runs.first else { return [] }
        return try await store.taskNames(ofRun: newest.rowID)
    }
}
