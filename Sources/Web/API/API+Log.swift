import Core
import HTTPTypes
import Hummingbird
import NIOCore
import Store

extension API {
    /// The route to a log's bytes.
    func addLogRoute(to group: some RouterMethods<WebContext>) {
        group.get("runs/{dag}/{key}/tasks/{task}/attempts/{number}/log", use: readLog)
        group.get("runs/{dag}/{key}/tasks/{task}/attempts/{number}/log/search", use: searchLog)
    }

    /// The most bytes of one answer.
    static let longestLogRange = 4 << 20

    @Sendable private func readLog(_ request: Request, _ context: WebContext) async throws -> Response {
        let query = try Query(request, allowed: ["map_index", "from", "limit", "wait"])
        let from = try query.integer("from", in: 0...(1 << 50)) ?? 0
        let limit = try query.integer("limit", in: 1...Self.longestLogRange) ?? 1 << 20
        let wait = try query.wait()
        let mapIndex = try query.integer("map_index", in: 0...Int(Int32.max))
        let attempt = try await requireAttempt(context, mapIndex: mapIndex)

        var extent = LogExtent(byteCount: 0, attemptState: attempt.state, isComplete: true)
        try await waitForNews(wait, every: .milliseconds(100)) {
            extent = try await store.logExtent(of: attempt.id) ?? extent
            return extent.byteCount > from || extent.isComplete
        }
        let range =
            extent.byteCount > from
            ? try await store.logBytes(of: attempt.id, from: from, limit: limit)
            : LogRange(start: from, bytes: [])
        if range.bytes.isEmpty, let expired = try await Expiry(store).log(of: attempt) { throw expired }
        return Response(
            status: .ok,
            headers: Self.headers(range, extent, attempt),
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: range.bytes))
        )
    }

    @Sendable private func searchLog(_ request: Request, _ context: WebContext) async throws -> Response {
        let query = try Query(request, allowed: ["map_index", "q", "regex", "ignore_case", "context", "from"])
        let mapIndex = try query.integer("map_index", in: 0...Int(Int32.max))
        guard let text = query.text("q") else { throw RequestError.invalid("A search needs q, what to look for.") }
        let question = try LogQuestion(
            text,
            isPattern: try query.flag("regex"),
            ignoresCase: try query.flag("ignore_case"),
            context: try query.integer("context", in: 0...LogQuestion.mostContext) ?? 0
        )
        let from = try query.integer("from", in: 0...(1 << 50)) ?? 0
        let attempt = try await requireAttempt(context, mapIndex: mapIndex)
        if let expired = try await Expiry(store).log(of: attempt) { throw expired }
        let found = try await LogSearch(store: store, attempt: attempt).hits(question, from: from)
        return answer { $0.hits(found, of: attempt) }
    }

    /// The attempt that a route's address names: a number, or `latest`.
    private func requireAttempt(_ context: WebContext, mapIndex: Int?) async throws -> AttemptRecord {
        let run = try await requireRun(context)
        let task = try context.part("task")
        let number = try context.part("number")
        let instance = try await requireInstance(run, task: task, mapIndex: mapIndex)
        let attempts = instance.attempts
        if number == "latest", let last = attempts.last { return last }
        if let number = Int(number), let attempt = attempts.first(where: { $0.number == number }) { return attempt }
        let sentence =
            attempts.isEmpty
            ? "The task '\(task)' has not been started in this run, so there is no log; it is \(instance.state.rawValue)."
            : "The task '\(task)' has no attempt '\(number.shortened)'; it has 1 to \(attempts.count), and latest."
        throw RequestError.notFound(sentence, nearest: nil)
    }

    private static func headers(_ range: LogRange, _ extent: LogExtent, _ attempt: AttemptRecord) -> HTTPFields {
        var headers: HTTPFields = [.contentType: "application/octet-stream"]
        let facts = [
            ("Rota-Log-Start", "\(range.start)"),
            ("Rota-Log-Next", "\(range.end)"),
            ("Rota-Log-Size", "\(extent.byteCount)"),
            ("Rota-Log-Complete", extent.isComplete && range.end >= extent.byteCount ? "true" : "false"),
            ("Rota-Attempt", "\(attempt.number)"),
            ("Rota-Attempt-State", extent.attemptState.rawValue),
        ]
        for (name, value) in facts {
            if let name = HTTPField.Name(name) { headers[name] = value }
        }
        return headers
    }
}
