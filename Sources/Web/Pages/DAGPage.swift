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
    /// Whether it has a schedule, and so past ticks.
    let canBackfill: Bool
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
    let grid: GridView?
    /// Why it has no run, or not the one that was expected.
    var whys: [WhyView] = []
}

extension Site {
    /// Shows a DAG: its head, the grid of tasks and runs, how long its runs took.
    func dagPage(_ request: Request, _ context: WebContext) async throws -> Response {
        let now = try await store.now()
        let record = try await requireDAG(context)
        let definition = try await definitions.definition(of: record)
        let broken = record.isBroken ? try await store.fileError(path: record.path).map(BrokenFileView.init) : nil
        let grid = try await grid(of: record, definition, query(request), now: now)
        let path = Address.dag(record.name)
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
            canBackfill: definition?.schedule != nil,
            fires: fires.map { Moment($0, now: now) },
            hasFires: !fires.isEmpty,
            owner: definition?.owner,
            runbook: runbook,
            runbookLink: isWeb ? runbook : nil,
            tags: definition.flatMap { $0.tags.isEmpty ? nil : $0.tags.joined(separator: ", ") },
            file: record.path,
            version: record.version,
            formKey: context.visitor.formKey,
            hasRuns: grid != nil,
            grid: grid
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
        let name = try context.part("dag")
        if let record = try await store.dag(name) { return record }
        throw try await RequestError.missingDAG(name, in: store, nearest: Link(path: "/dags", text: "DAGs"))
    }

    private static func fires(of definition: DAG?, now: Timestamp) -> [Timestamp] {
        guard let schedule = definition?.schedule else { return [] }
        var fires: [Timestamp] = []
        while fires.count < 3, let next = schedule.nextRun(after: fires.last ?? now) { fires.append(next) }
        return fires
    }
}
