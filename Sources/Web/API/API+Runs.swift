import Core
import Hummingbird
import Scheduler
import Store

extension API {
    /// Routes about runs.
    func addRunRoutes(to group: some RouterMethods<WebContext>) {
        group.get("runs", use: listRuns)
        group.get("runs/{dag}/{key}", use: showRun)
    }

    @Sendable private func listRuns(_ request: Request, _ context: WebContext) async throws -> Response {
        let query = try Query(request, allowed: ["dag", "state", "from", "to", "backfill", "limit", "after"])
        var cursor: RunCursor?
        if let text = query.text("after") {
            guard let place = RunCursor(text) else {
                throw RequestError.invalid("after is '\(text.shortened)', but must be the next of an earlier answer.")
            }
            cursor = place
        }
        let filter = RunFilter(
            dag: query.text("dag"),
            states: try query.words("state", as: RunState.self),
            from: try query.instant("from"),
            to: try query.instant("to"),
            backfill: try query.integer("backfill", in: 1...Int.max)
        )
        if let dag = filter.dag { try await requireDAG(dag) }
        let page = try await store.runs(filter, after: cursor, limit: query.limit())
        return answer { $0.listing(page.items, next: page.next?.description) { $0.runSummary($1) } }
    }

    @Sendable private func showRun(_ request: Request, _ context: WebContext) async throws -> Response {
        let query = try Query(request, allowed: ["detail", "wait"])
        let isDetailed = try query.flag("detail")
        let run = try await requireRun(context)
        let wait = try query.wait()
        if wait > .zero {
            try await waitForNews(wait, every: .milliseconds(50)) {
                try await store.run(run.name)?.state.isTerminal ?? true
            }
        }
        return try await runAnswer(run.name, isDetailed: isDetailed)
    }

    /// A run with its tasks.
    func runAnswer(_ name: RunName, isDetailed: Bool = false) async throws -> Response {
        guard let detail = try await store.runDetail(name) else { throw try await unknownRun(name) }
        guard isDetailed else { return answer { $0.run(detail) } }
        let deeds = try await store.deeds(ofRun: detail.run.rowID, limit: 100)
        let near = try await CauseContext.lines(ofFailed: detail.tasks, in: store)
            .sorted { $0.key < $1.key }.map { (attempt: $0.key, lines: $0.value) }
        return answer { $0.runDetail(detail, deeds, near: near) }
    }

    /// Looks at least once, and again and again until there is news or the time is up.
    func waitForNews(
        _ limit: Duration,
        every pause: Duration,
        _ hasNews: () async throws -> Bool
    ) async throws {
        let clock = ContinuousClock()
        let deadline = clock.now + limit
        while try await !hasNews(), clock.now < deadline {
            try await clock.sleep(for: pause)
        }
    }
}
