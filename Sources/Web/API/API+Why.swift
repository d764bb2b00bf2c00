import Core
import Hummingbird
import Store

extension API {
    /// Routes that tell why something does not go on.
    func addWhyRoutes(to group: some RouterMethods<WebContext>) {
        group.get("dags/{dag}/why", use: whyDAG)
        group.get("runs/{dag}/{key}/why", use: whyRun)
        group.get("runs/{dag}/{key}/tasks/{task}/why", use: whyTask)
    }

    @Sendable private func whyDAG(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request, allowed: [])
        let name = try context.part("dag")
        let asker = try await WhyAsker(store: store, definitions: definitions)
        guard let dag = try await store.dag(name) else {
            guard let answer = try await asker.why(unknown: name) else { throw try await unknownDAG(name) }
            return self.answer { $0.why(answer) }
        }
        let answer = try await asker.why(dag)
        return self.answer { $0.why(answer) }
    }

    @Sendable private func whyRun(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request, allowed: [])
        let run = try await requireRun(context)
        let answer = try await WhyAsker(store: store, definitions: definitions).why(run)
        return self.answer { $0.why(answer) }
    }

    @Sendable private func whyTask(_ request: Request, _ context: WebContext) async throws -> Response {
        let query = try Query(request, allowed: ["map_index"])
        let mapIndex = try query.integer("map_index", in: 0...Int(Int32.max))
        let run = try await requireRun(context)
        let task = try context.part("task")
        try await requireTask(run, task)
        let asker = try await WhyAsker(store: store, definitions: definitions)
        let answer = try await asker.why(run, task: task, mapIndex: mapIndex)
        return self.answer { $0.why(answer) }
    }
}
