import Core
import Hummingbird
import Store

extension API {
    /// Routes about sorts of failure.
    func addFailureRoutes(to group: some RouterMethods<WebContext>) {
        group.get("failures", use: listFailures)
        group.get("failures/{id}", use: showFailure)
    }

    @Sendable private func listFailures(_ request: Request, _ context: WebContext) async throws -> Response {
        let query = try Query(request, allowed: ["limit", "after"])
        let cursor = try query.text("after").map { text in
            guard let cursor = RunCursor(text) else {
                throw RequestError.invalid("after is '\(text.shortened)', which is no `next` of an answer.")
            }
            return cursor
        }
        let page = try await store.signatures(after: cursor, limit: query.limit())
        return answer { $0.listing(page.items, next: page.next?.description) { $0.failure($1) } }
    }

    @Sendable private func showFailure(_ request: Request, _ context: WebContext) async throws -> Response {
        let query = try Query(request, allowed: ["limit"])
        let limit = try query.limit()
        let id = try context.part("id")
        guard let number = Int(id), let record = try await store.signature(number) else {
            throw RequestError.notFound(
                "There is no failure '\(id.shortened)'. See `rota failures list`.",
                nearest: Link(path: "/failures", text: "All failures")
            )
        }
        let spread = try await store.spread(ofSignature: number)
        let newest = try await store.failures(ofSignature: number, limit: limit)
        return answer { $0.failureDetail(record, spread, newest) }
    }
}
