import Core
import HTTPTypes
import Hummingbird
import Scheduler
import Store

extension API {
    /// Routes about backfills.
    func addBackfillRoutes(to group: some RouterMethods<WebContext>) {
        group.get("backfills", use: listBackfills)
        group.get("backfills/{id}", use: showBackfill)
        group.post("backfills", use: startBackfill)
        group.post("backfills/{id}/pause") { try await act($0, $1) { try await $0.pauseBackfill($1, actor: $2) } }
        group.post("backfills/{id}/resume") { try await act($0, $1) { try await $0.resumeBackfill($1, actor: $2) } }
        group.post("backfills/{id}/cancel") { try await act($0, $1) { try await $0.cancelBackfill($1, actor: $2) } }
    }

    @Sendable private func listBackfills(_ request: Request, _ context: WebContext) async throws -> Response {
        let query = try Query(request, allowed: ["limit", "after"])
        let page = try await store.backfills(
            before: query.integer("after", in: 1...Int.max),
            limit: query.limit()
        )
        return answer { $0.listing(page.items, next: page.next.map { "\($0)" }) { $0.backfill($1) } }
    }

    @Sendable private func showBackfill(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request, allowed: [])
        return try await backfillAnswer(try number(context))
    }

    private func number(_ context: WebContext) throws -> Int {
        let id = try context.part("id")
        guard let number = Int(id) else {
            throw RequestError.notFound(
                "There is no backfill '\(id.shortened)'.",
                nearest: Link(path: "/backfills", text: "All backfills")
            )
        }
        return number
    }

    private func act(
        _ request: Request,
        _ context: WebContext,
        _ verb: (Operations, Int, String) async throws -> Void
    ) async throws -> Response {
        _ = try Query(request, allowed: [])
        _ = try await RequestBody(request, allowed: [])
        let id = try number(context)
        try await verb(operations, id, context.visitor.actor)
        return try await backfillAnswer(id)
    }

    private func backfillAnswer(_ id: Int) async throws -> Response {
        guard let backfill = try await store.backfill(id) else { throw OperationError.unknownBackfill(id) }
        return answer { $0.backfill(backfill) }
    }

    @Sendable private func startBackfill(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request, allowed: [])
        let fields = ["dag", "from", "to", "max_active", "rerun", "reverse", "dry_run", "plan"]
        let body = try await RequestBody(request, allowed: fields)
        let dag = try body.requiredText("dag")
        let wish = BackfillRequest(
            dag: dag,
            from: try body.requiredText("from"),
            to: try body.requiredText("to"),
            maxActive: try body.integer("max_active", in: 1...1000) ?? 1,
            rerun: try body.word("rerun", as: BackfillRequest.Rerun.self) ?? .missing,
            reverse: try body.flag("reverse")
        )
        try await requireDAG(dag)
        let isRehearsal = try body.flag("dry_run")
        let plan =
            isRehearsal
            ? try await operations.planBackfill(wish)
            : try await operations.backfill(wish, planHash: body.text("plan"), actor: context.visitor.actor)
        return answer(isRehearsal ? .ok : .created) { $0.backfillPlan(plan, isRehearsal: isRehearsal) }
    }
}
