import Core
import Hummingbird
import Scheduler
import Store

extension API {
    /// Routes about the tasks of a run.
    func addTaskRoutes(to group: some RouterMethods<WebContext>) {
        group.get("runs/{dag}/{key}/tasks", use: listTasks)
        group.get("runs/{dag}/{key}/tasks/{task}", use: showTask)
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
        let query = try Query(request, allowed: ["map_index", "limit", "after"])
        let mapIndex = try query.integer("map_index", in: 0...Int(Int32.max))
        let limit = try query.integer("limit", in: 1...1000) ?? 1000
        var after: Int?
        if let text = query.text("after") {
            guard let index = Int(text), index >= 0 else {
                throw RequestError.invalid("after is '\(text.shortened)', but must be the next of an earlier answer.")
            }
            after = index
        }
        let run = try await requireRun(context)
        return try await taskAnswer(run, try context.part("task"), mapIndex, after: after, limit: limit)
    }

    /// One instance of a task, or a page of all of them.
    func taskAnswer(
        _ run: RunRecord,
        _ task: String,
        _ mapIndex: Int?,
        after: Int? = nil,
        limit: Int = 1000
    ) async throws -> Response {
        if mapIndex != nil {
            let instance = try await requireInstance(run, task: task, mapIndex: mapIndex)
            return answer { $0.listing([instance]) { $0.taskDetail($1) } }
        }
        var instances = try await store.instances(ofRun: run.rowID, task: task, after: after, limit: limit + 1)
        if instances.isEmpty, after == nil { throw try await unknown(task, nil, of: run) }
        let next = instances.count > limit ? instances[limit - 1].mapIndex : nil
        instances = Array(instances.prefix(limit))
        return answer { $0.listing(instances, next: next.map { "\($0)" }) { $0.taskDetail($1) } }
    }

    /// One instance of a task, or without a map index the task that is one.
    func requireInstance(_ run: RunRecord, task: String, mapIndex: Int?) async throws -> TaskRecord {
        if let found = try await store.instance(ofRun: run.rowID, task: task, mapIndex: mapIndex) { return found }
        throw try await unknown(task, mapIndex, of: run)
    }

    private func unknown(_ task: String, _ mapIndex: Int?, of run: RunRecord) async throws -> RequestError {
        let names = try await store.taskNames(ofRun: run.rowID)
        guard names.contains(task) else {
            let hint = Spelling.suggestion(for: task, among: names)
            return RequestError.notFound(
                "The run '\(run.name)' has no task '\(task.shortened)'" + (hint.isEmpty ? "." : hint),
                nearest: Link(path: "/dags/\(run.name.dag)/runs/\(run.name.key)", text: run.name.description)
            )
        }
        return RequestError.notFound(
            mapIndex.map { "The task '\(task)' has no instance \($0)." }
                ?? "The task '\(task)' is mapped: choose one of its instances with map_index.",
            nearest: nil
        )
    }

    /// Makes sure that a run has a task.
    func requireTask(_ run: RunRecord, _ task: String) async throws {
        guard try await !store.taskNames(ofRun: run.rowID).contains(task) else { return }
        throw try await unknown(task, nil, of: run)
    }
}
