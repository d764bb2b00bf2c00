import Core
import Hummingbird
import Scheduler
import Store

extension API {
    /// Routes about how many tasks may run.
    func addCapacityRoutes(to group: some RouterMethods<WebContext>) {
        group.get("pools", use: listPools)
        group.get("pools/{pool}", use: showPool)
        group.post("pools/{pool}", use: setPool)
        group.delete("pools/{pool}", use: removePool)
    }

    @Sendable private func listPools(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request, allowed: [])
        let pools = try await store.pools()
        return answer { $0.listing(pools) { $0.pool($1) } }
    }

    @Sendable private func showPool(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request, allowed: [])
        return try await poolAnswer(try context.part("pool"))
    }

    /// A pool with who holds its slots and who waits for them.
    private func poolAnswer(_ name: String) async throws -> Response {
        let pools = try await store.pools()
        guard let pool = pools.first(where: { $0.name == name }) else {
            let hint = Spelling.suggestion(for: name, among: pools.map(\.name))
            throw RequestError.notFound(
                "There is no pool '\(name.shortened)'" + (hint.isEmpty ? "." : hint),
                nearest: Link(path: "/pools", text: "Pools")
            )
        }
        let holders = try await store.slotHolders(of: .pool(name), limit: 100)
        let queue = try await store.queue(ofPool: name, limit: 100)
        return answer { $0.poolDetail(pool, holders.oldest, queue) }
    }

    @Sendable private func setPool(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request, allowed: [])
        let body = try await RequestBody(request, allowed: ["slots", "order"])
        let name = try context.part("pool")
        let slots = try body.integer("slots", in: 0...1_000_000)
        var order: QueueOrder?
        if let word = try body.text("order") {
            guard let known = QueueOrder(rawValue: word) else {
                throw RequestError.invalid(unknownWord("order", word, among: QueueOrder.self))
            }
            order = known
        }
        guard slots != nil || order != nil else { throw RequestError.invalid("Say slots, order or both.") }
        try await operations.setPool(name, slots: slots, order: order, actor: context.visitor.actor)
        return try await poolAnswer(name)
    }

    @Sendable private func removePool(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request, allowed: [])
        let name = try context.part("pool")
        let isGone = try await operations.removePool(name, actor: context.visitor.actor)
        return answer {
            $0.object {
                $0.member("name", name)
                $0.member("removed", isGone)
            }
        }
    }
}
