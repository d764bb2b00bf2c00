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
        let (plan, bars, time) = try await gantt(of: overview)
        let rest = plan.all - plan.shown.count
        let took = run.took(now: overview.now) ?? time.length
        let rested = time.rested > .zero ? ". Not counted, and cut out where a line goes through the chart: " : ""
        let view = RunGanttView(
            head: overview.head(.gantt),
            chart: plan.started == 0 ? nil : GanttMarkup.list(bars, critical: plan.critical, along: time),
            note: rest > 0
                ? "\(Quantity.grouped(plan.shown.count)) of \(Quantity.count(plan.all, "task")): what failed, the critical "
                    + "path and the longest." : nil,
            span: "The run took \(DurationText.format(took)), from "
                + Moment(time.start, now: overview.now, seconds: true).text + rested
                + (rested.isEmpty
                    ? "" : "\(DurationText.format(time.rested)) between its ends and what began anew after a clear"),
            tasksPath: "\(Address.run(run.name))/tasks"
        )
        return respond(frame(of: overview, "Gantt"), "rungantt", view, to: request, context, now: overview.now)
    }

    /// The rows of a run's Gantt chart.
    func gantt(of overview: RunOverview) async throws -> (GanttPlan, [GanttBar], GanttTime) {
        let run = overview.run
        let plan = GanttPlan(
            try await store.times(ofRun: run.rowID),
            upstream: overview.topology?.upstream ?? [],
            failed: { overview.has($0, .failed) },
            now: overview.now
        )
        let whole = try await store.wholeTasks(ofRun: run.rowID, at: plan.shown.filter { !overview.isMapped($0) })
        let mapped = try await store.mappedTasks(ofRun: run.rowID, at: plan.shown.filter { overview.isMapped($0) })
        let repeated = whole.filter { $0.attempts.count > 1 }.map(\.rowID)
        let hasRested = !repeated.isEmpty || run.rested > .zero || run.restsSince != nil
        let rests = hasRested ? try await store.rests(ofRun: run.rowID, instances: repeated) : RunRests()
        let bars =
            whole.map { GanttBar($0, run: run.name, ready: rests.ready[$0.rowID] ?? [], now: overview.now) }
            + mapped.map { GanttBar($0, run: run.name, now: overview.now) }
        let byPlace = Dictionary(bars.map { ($0.place, $0) }) { first, _ in first }
        let pieces = bars.flatMap(\.pieces)
        let start = ([run.startedAt].compactMap(\.self) + pieces.map(\.from)).min() ?? overview.now
        let time = GanttTime(from: start, to: pieces.map(\.to).max() ?? start, rests: rests.rests)
        return (plan, plan.shown.compactMap { byPlace[$0] }, time)
    }
}
