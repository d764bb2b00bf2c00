import Core
import Hummingbird
import Store

/// What the page of a search shows.
struct SearchView: Sendable {
    /// Nil: nothing was searched for.
    let text: String?
    let isEmpty: Bool
    let dags: [Link]
    let hasDAGs: Bool
    let tasks: [FoundTaskView]
    let hasTasks: Bool
    let runs: [FoundRunView]
    let hasRuns: Bool
    /// Said where there are more than are shown.
    let more: String?
}

/// A task that was found.
struct FoundTaskView: Sendable {
    let badge: Badge
    let task: String
    let path: String
    let dag: String
    let dagPath: String
}

/// A run that was found.
struct FoundRunView: Sendable {
    let badge: Badge
    let dag: String
    let path: String
    let logical: Moment
}

extension Site {
    private static let mostFound = 50

    /// Searches DAGs, tasks and runs by name.
    func searchPage(_ request: Request, _ context: WebContext) async throws -> Response {
        let now = try await store.now()
        let text = (query(request)["q"] ?? "").trimmed
        guard text.utf8.count <= 200 else {
            throw RequestError.invalid("The search is longer than 200 bytes. Names are shorter.")
        }
        let found = text.isEmpty ? SearchResults.none : try await store.search(text, limit: Self.mostFound + 1)
        let dags = found.dags.prefix(Self.mostFound).map { Link(path: Address.dag($0), text: $0) }
        let tasks = found.tasks.prefix(Self.mostFound).map { task in
            FoundTaskView(
                badge: Badge(task.state),
                task: task.task,
                path: Address.task(RunName(dag: task.dag, key: task.run), task.task),
                dag: task.dag,
                dagPath: Address.dag(task.dag)
            )
        }
        let runs = found.runs.prefix(Self.mostFound).map { run in
            FoundRunView(
                badge: Badge(run.state),
                dag: run.name.dag,
                path: Address.run(run.name),
                logical: Moment(run.logicalDate, now: now)
            )
        }
        let isCut = [found.dags.count, found.tasks.count, found.runs.count].contains { $0 > Self.mostFound }
        let view = SearchView(
            text: text.isEmpty ? nil : text,
            isEmpty: !text.isEmpty && dags.isEmpty && tasks.isEmpty && runs.isEmpty,
            dags: dags,
            hasDAGs: !dags.isEmpty,
            tasks: tasks,
            hasTasks: !tasks.isEmpty,
            runs: runs,
            hasRuns: !runs.isEmpty,
            more: isCut ? "Only \(Self.mostFound) of a sort are shown: search for more of the name." : nil
        )
        var page = PageView(title: text.isEmpty ? "Search · Rota" : "\(text.shortened) · Search · Rota")
        page.searchText = text
        return respond(page, "search", view, to: request, context, now: now)
    }
}

extension String {
    /// Without white space at its ends.
    fileprivate var trimmed: String {
        let tail = drop { $0.isWhitespace }
        return String(tail.reversed().drop { $0.isWhitespace }.reversed())
    }
}
