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
        let id = try text("id", context)
        guard let number = Int(id), let backfill = try await store.backfill(number) else {
            throw RequestError.notFound(
                "There is no backfill '\(id.shortened)'.",
                nearest: Link(path: "/backfills", text: "All backfills")
            )
        }
        return answer { $0.backfill(backfill) }
    }

    @Sendable private func startBackfill(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request, allowed: [])
        let fields = ["dag", "from", "to", "max_active", "rerun", "reverse", "dry_run"]
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
            : try await operations.backfill(wish, actor: context.visitor.actor)
        return answer(isRehearsal ? .ok : .created) { $0.backfillPlan(plan, isRehearsal: isRehearsal) }
    }
}
