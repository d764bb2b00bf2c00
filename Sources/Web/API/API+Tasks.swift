import Core
import Hummingbird
import Scheduler
import Store

extension API {
    /// Routes about the tasks of a run.
    func addTaskRoutes(to group: some RouterMethods<WebContext>) {
        group.get("runs/{dag}/{key}/tasks", use: listTasks)
        group.get("runs/{dag}/{key}/tasks/{task}", use: showTask)
        group.post("runs/{dag}/{key}/tasks/{task}/mark", use: mark)
        group.post("runs/{dag}/{key}/tasks/{task}/cancel", use: cancelTask)
    }

    @Sendable private func listTasks(_ request: Request, _ context: WebContext) async throws -> Response {
        let query = try Query(request, allowed: ["state"])
        let states = Set(try query.words("state", as: TaskState.self))
        let run = try await requireRun(context)
        var tasks = try await store.tasks(ofRun: run.rowID)
        if !states.isEmpty { tasks.removeAll { !states.contains($0.state) } }
        return answer { $0.listing(tasks) { $0.taskDetail($1) } }
    }

    @Sendable private func showTask(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request, allowed: [])
        let run = try await requireRun(context)
        return try await taskAnswer(run, try text("task", context))
    }

    /// All instances of one task.
    private func taskAnswer(_ run: RunRecord, _ task: String) async throws -> Response {
        let instances = try await requireInstances(run, task: task)
        return answer { $0.listing(instances) { $0.taskDetail($1) } }
    }

    /// The instances of a task, of which there must be at least one.
    func requireInstances(_ run: RunRecord, task: String) async throws -> [TaskRecord] {
        let instances = try await store.instances(ofRun: run.rowID, task: task)
        guard instances.isEmpty else { return instances }
        let hint = Spelling.suggestion(for: task, among: try await store.taskNames(ofRun: run.rowID))
        throw RequestError.notFound(
            "The run '\(run.name)' has no task '\(task.shortened)'" + (hint.isEmpty ? "." : hint),
            nearest: Link(path: "/dags/\(run.name.dag)/runs/\(run.name.key)", text: run.name.description)
        )
    }

    @Sendable private func mark(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request, allowed: [])
        let body = try await RequestBody(request, allowed: ["state", "map_index", "reason"])
        let word = try body.requiredText("state")
        guard let state = TaskState(rawValue: word), [.success, .failed, .skipped].contains(state) else {
            throw RequestError.invalid("state is '\(word.shortened)'; allowed: success, failed, skipped.")
        }
        let mapIndex = try body.integer("map_index", in: 0...Int(Int32.max))
        let run = try await requireRun(context)
        let task = try text("task", context)
        _ = try await requireInstances(run, task: task)
        try await operations.mark(
            run: run.name,
            task: task,
            mapIndex: mapIndex,
            state: state,
            actor: context.visitor.actor,
            reason: body.text("reason")
        )
        return try await taskAnswer(run, task)
    }

    @Sendable private func cancelTask(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request, allowed: [])
        let body = try await RequestBody(request, allowed: ["reason"])
        let run = try await requireRun(context)
        let task = try text("task", context)
        _ = try await requireInstances(run, task: task)
        try await operations.cancel(
            run: run.name,
            task: task,
            actor: context.visitor.actor,
            reason: body.text("reason")
        )
        return try await taskAnswer(run, task)
    }
}
