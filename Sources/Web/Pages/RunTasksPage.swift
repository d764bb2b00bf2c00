import Core
import Hummingbird
import Store

/// A page of a run's tasks, each after what it needs.
struct RunTasksView: Sendable {
    let tasks: [TaskRowView]
    let hasTasks: Bool
    let emptyWords: String
    /// The filter in force, with the address that drops it.
    let filter: FilterView?
    let moreTasks: String?
    /// The state that is listed; nil: all.
    let chosenState: TaskState?
}

/// What the page of a run's tasks shows.
struct RunTaskPageView: Sendable {
    let head: RunHeadView
    let list: RunTasksView
}

extension Site {
    /// Lists the tasks of a run.
    func runTasksPage(_ request: Request, _ context: WebContext) async throws -> Response {
        let overview = try await overview(of: try await requireRun(context))
        let list = try await taskList(overview, query(request))
        let view = RunTaskPageView(head: overview.head(.tasks, chosen: list.chosenState), list: list)
        return respond(frame(of: overview, "Tasks"), "runtasks", view, to: request, context, now: overview.now)
    }

    /// Which of a run's tasks stand on a page: those in the state that the fields name, after the place that they name.
    ///
    /// The place is that in the order of the run's version, which never changes, so pages meet without a gap.
    func taskPlaces(_ overview: RunOverview, _ fields: FormFields) -> (places: [Int], next: Int, hasMore: Bool) {
        let chosen = fields.filled("state").flatMap(TaskState.init(rawValue:))
        let order = overview.order
        var places: [Int] = []
        var next = min(max(0, fields["after"].flatMap(Int.init) ?? 0), order.count)
        while next < order.count, places.count < Self.tasksPerPage {
            if chosen.map({ overview.has(order[next], $0) }) ?? true { places.append(order[next]) }
            next += 1
        }
        let rest = order[next...]
        let hasMore = chosen.map { state in rest.contains { overview.has($0, state) } } ?? !rest.isEmpty
        return (places, next, hasMore)
    }

    /// A page of a run's tasks.
    func taskList(_ overview: RunOverview, _ fields: FormFields) async throws -> RunTasksView {
        let chosen = fields.filled("state").flatMap(TaskState.init(rawValue:))
        let (places, next, hasMore) = taskPlaces(overview, fields)
        let path = "\(Address.run(overview.run.name))/tasks"
        let filter = chosen.map { "&state=\($0.rawValue)" } ?? ""
        let word = chosen.map { Badge($0).word.lowercased() }
        return RunTasksView(
            tasks: try await taskRows(at: places, overview, chosen: chosen),
            hasTasks: !places.isEmpty,
            emptyWords: word.map { "No task is \($0)." } ?? "The run has no tasks.",
            filter: chosen.map { FilterView(text: "state=\($0.rawValue)", path: path) },
            moreTasks: hasMore ? "\(path)?after=\(next)\(filter)" : nil,
            chosenState: chosen
        )
    }

    private func taskRows(at places: [Int], _ overview: RunOverview, chosen: TaskState?) async throws -> [TaskRowView] {
        let run = overview.run
        let whole = try await store.wholeTasks(ofRun: run.rowID, at: places.filter { !overview.isMapped($0) })
        let mapped = try await store.mappedTasks(ofRun: run.rowID, at: places.filter { overview.isMapped($0) })
        var rows: [Int: TaskRowView] = [:]
        for task in whole {
            let needs = overview.task(at: task.index)?.needs ?? []
            rows[task.index] = TaskRowView(task, run: run.name, needs: needs, now: overview.now)
        }
        for task in mapped {
            let needs = overview.task(at: task.index)?.needs ?? []
            rows[task.index] = TaskRowView(task, run: run.name, needs: needs, chosen: chosen, now: overview.now)
        }
        return places.compactMap { rows[$0] }
    }
}
