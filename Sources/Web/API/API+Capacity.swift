import Hummingbird
import Store

extension API {
    /// Routes about where tasks run and how many may.
    func addCapacityRoutes(to group: some RouterMethods<WebContext>) {
        group.get("runners", use: listRunners)
        group.get("pools", use: listPools)
    }

    @Sendable private func listRunners(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request, allowed: [])
        let runners = try await store.runners()
        return answer { $0.listing(runners) { $0.runner($1) } }
    }

    @Sendable private func listPools(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request, allowed: [])
        let pools = try await store.pools()
        return answer { $0.listing(pools) { $0.pool($1) } }
    }
}
