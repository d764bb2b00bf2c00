import Core
import Hummingbird
import Scheduler
import Store

/// What resuming a DAG would start.
struct ResumeView: Sendable {
    let name: String
    let lead: String
    let details: [String]
    let canResume: Bool
    let action: String
    let back: String
    let formKey: String

    init(_ plan: UnpausePlan, path: String, formKey: String, now: Timestamp) {
        name = plan.dag
        lead = plan.isPaused ? Self.runs(plan.forecast, now: now) : "It is not paused."
        details = Self.details(of: plan.forecast, now: now)
        canResume = plan.isPaused
        action = "\(path)/resume"
        back = path
        self.formKey = formKey
    }

    private static func runs(_ forecast: CatchupForecast, now: Timestamp) -> String {
        guard let first = forecast.firstRun, let last = forecast.lastRun else {
            return "Nothing is caught up with: it goes on with its next tick."
        }
        let count = (forecast.isWhole ? "" : "more than ") + Quantity.count(forecast.runs, "run")
        let from = Moment(first, now: now).text
        return "Catch-up starts \(count) at once, "
            + (forecast.runs == 1 ? "that of \(from)." : "from \(from) to \(Moment(last, now: now).text).")
    }

    private static func details(of forecast: CatchupForecast, now: Timestamp) -> [String] {
        var lines: [String] = []
        for reason in TickPlan.Skip.allCases {
            guard let count = forecast.skips[reason] else { continue }
            lines.append("\(Quantity.count(count, "tick")) skipped: \(words(reason)).")
        }
        if forecast.cancelsUnfinished { lines.append("Runs under way are cancelled (overlap: cancel).") }
        if forecast.isWhole, let next = forecast.nextTick {
            lines.append("The next tick after that is \(Moment(next, now: now).text).")
        }
        return lines
    }

    private static func words(_ reason: TickPlan.Skip) -> String {
        switch reason {
        case .catchup, .paused: "passed during the pause, and the DAG's catch-up leaves them out"
        case .overlap: "a run before them has not ended (overlap: skip)"
        case .calendar: "its calendar leaves those days out"
        case .shadow: "the schedule is a shadow"
        }
    }
}

extension Site {
    /// Shows what resuming a DAG would start.
    func resumePage(_ request: Request, _ context: WebContext) async throws -> Response {
        let now = try await store.now()
        let record = try await requireDAG(context)
        let path = Address.dag(record.name)
        let plan = try await operations.planUnpause(dag: record.name)
        let view = ResumeView(plan, path: path, formKey: context.visitor.formKey, now: now)
        var page = PageView(title: "Resume \(record.name) · Rota", section: .dags)
        page.crumbs = [
            CrumbView("DAGs", path: "/dags"), CrumbView(record.name, path: path), CrumbView("Resume"),
        ]
        return respond(page, "resume", view, to: request, context, now: now)
    }

    /// Resumes a DAG; where that starts runs, only once someone has seen which.
    func resume(_ request: Request, _ context: WebContext) async throws -> Response {
        let fields = try await form(request, context)
        let record = try await requireDAG(context)
        let path = Address.dag(record.name)
        if fields["seen"] == nil, try await operations.planUnpause(dag: record.name).forecast.runs > 0 {
            return redirect(to: "\(path)/resume")
        }
        try await operations.setPaused(dag: record.name, false, actor: context.visitor.actor)
        return redirect(to: Banner.path(path, done: "resumed"))
    }

    /// Stops the creation of a DAG's scheduled runs.
    func pause(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try await form(request, context)
        let record = try await requireDAG(context)
        try await operations.setPaused(dag: record.name, true, actor: context.visitor.actor)
        return redirect(to: Banner.path(Address.dag(record.name), done: "paused"))
    }
}
