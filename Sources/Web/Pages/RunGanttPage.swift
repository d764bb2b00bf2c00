import Core
import Hummingbird
import Store

/// What the Gantt chart of a run shows.
struct RunGanttView: Sendable {
    let head: RunHeadView
    /// Markup; nil where nothing has started.
    let chart: String?
    let note: String?
    let span: String
    let tasksPath: String
}

extension Site {
    /// Shows when the tasks of a run waited and ran.
    func runGanttPage(_ request: Request, _ context: WebContext) async throws -> Response {
        let overview = try await overview(of: try await requireRun(context))
        let run = overview.run
        let (plan, bars) = try await gantt(of: overview)
        let pieces = bars.flatMap(\.pieces)
        let start = ([run.startedAt].compactMap(\.self) + pieces.map(\.from)).min() ?? overview.now
        let end = pieces.map(\.to).max() ?? start
        let rest = plan.started - plan.shown.count
        let view = RunGanttView(
            head: overview.head(.gantt),
            chart: bars.isEmpty
                ? nil : GanttMarkup.list(bars, critical: plan.critical, from: start, to: end),
            note: rest > 0
                ? "\(Quantity.grouped(plan.shown.count)) of \(Quantity.count(plan.started, "task")) that started: what "
                    + "failed, the critical path and the longest." : nil,
            span: "\(DurationText.format(end - start)) from \(Moment(start, now: overview.now, seconds: true).text)",
            tasksPath: "\(Address.run(run.name))/tasks"
        )
        return respond(frame(of: overview, "Gantt"), "rungantt", view, to: request, context, now: overview.now)
    }

    /// The rows of a run's Gantt chart.
    func gantt(of overview: RunOverview) async throws -> (GanttPlan, [GanttBar]) {
        let run = overview.run
        let plan = GanttPlan(
            try await store.times(ofRun: run.rowID),
            upstream: overview.topology?.upstream ?? [],
            failed: { overview.has($0, .failed) },
            now: overview.now
        )
        let whole = try await store.wholeTasks(ofRun: run.rowID, at: plan.shown.filter { !overview.isMapped($0) })
        let mapped = try await store.mappedTasks(ofRun: run.rowID, at: plan.shown.filter { overview.isMapped($0) })
        let bars =
            whole.map { GanttBar($0, run: run.name, now: overview.now) }
            + mapped.map { GanttBar($0, run: run.name, now: overview.now) }
        let byPlace = Dictionary(bars.map { ($0.place, $0) }) { first, _ in first }
        return (plan, plan.shown.compactMap { byPlace[$0] })
    }
}
