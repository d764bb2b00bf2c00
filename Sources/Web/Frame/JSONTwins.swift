import HTTPTypes
import Hummingbird

/// Answers the address of a page with `.json` behind it with what the API says of the same thing.
struct JSONTwins: RouterMiddleware {
    typealias Context = WebContext

    /// The API's routes.
    let responder: RouterResponder<WebContext>

    @concurrent
    func handle(
        _ request: Request,
        context: WebContext,
        next: @concurrent (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        guard request.isReading, let twin = Self.twin(of: request.uri.path) else {
            return try await next(request, context)
        }
        var query = request.uri.query.map { [$0] } ?? []
        if let more = twin.query { query.append(more) }
        var head = request.head
        head.path = "/api/v1" + twin.path + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
        return try await responder.respond(to: Request(head: head, body: request.body), context: context)
    }

    /// The API's path, and what its query says beyond the page's own, for a page's path with `.json` behind it; nil
    /// where the page answers by itself or is none.
    static func twin(of path: String) -> (path: String, query: String?)? {
        let ending = ".json"
        guard path.hasSuffix(ending), !path.hasPrefix("/api/") else { return nil }
        let parts = path.dropLast(ending.utf8.count).split(separator: "/", omittingEmptySubsequences: false).dropFirst()
            .map(String.init)
        guard !parts.contains("") else { return nil }
        switch (parts.count, parts[0]) {
        case (1, "dags"), (1, "runs"), (1, "failures"), (1, "incidents"), (1, "runners"), (1, "pools"),
            (1, "backfills"),
            (1, "search"), (2, "dags"), (2, "failures"), (2, "incidents"), (2, "runners"), (2, "pools"),
            (2, "backfills"):
            return ("/" + parts.joined(separator: "/"), nil)
        case (1, "now"): return ("/incidents", "open=true")
        case (3, "dags") where parts[2] == "runs": return ("/runs", "dag=\(parts[1])")
        case (4, "dags") where parts[2] == "runs": return ("/runs/\(parts[1])/\(parts[3])", "detail=true")
        default: return nil
        }
    }
}
