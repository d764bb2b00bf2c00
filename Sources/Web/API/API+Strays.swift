import Core
import Hummingbird
import Scheduler
import Store

extension API {
    /// Routes about processes that outlived their attempts.
    func addStrayRoutes(to group: some RouterMethods<WebContext>) {
        group.get("runners/{runner}/strays", use: listStrays)
        group.post("runners/{runner}/reap", use: reap)
    }

    @Sendable private func listStrays(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request, allowed: [])
        let name = try context.part("runner")
        guard try await store.runners().contains(where: { $0.name == name }) else {
            throw OperationError.unknownRunner(name)
        }
        let strays = try await store.strays(of: name)
        return answer { $0.listing(strays) { $0.stray($1) } }
    }

    @Sendable private func reap(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request, allowed: [])
        let body = try await RequestBody(request, allowed: ["process"])
        let name = try context.part("runner")
        let process = try body.integer("process", in: 1...Int(Int32.max))
        let count = try await operations.reap(runner: name, process: process, actor: context.visitor.actor)
        return answer {
            $0.object {
                $0.member("runner", name)
                $0.member("asked", count)
            }
        }
    }
}
