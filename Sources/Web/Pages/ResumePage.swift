import Core
import HTTPTypes
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
    let plan: String
    var reason = ""
    var change: PlanChangeView?

    init(_ plan: UnpausePlan, path: String, formKey: String, now: Timestamp) {
        name = plan.dag
        lead = plan.isPaused ? Self.runs(plan.forecast, now: now) : "It is not paused."
        details = Self.details(of: plan.forecast, now: now)
        canResume = plan.isPaused
        action = "\(path)/resume"
        back = path
        self.formKey = formKey
        self.plan = plan.hash
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
        try await resumePreview(FormFields(), changed: nil, status: .ok, request, context)
    }

    /// Resumes a DAG; where that starts runs, only once someone has seen which.
    func resume(_ request: Request, _ context: WebContext) async throws -> Response {
        let fields = try await form(request, context)
        let record = try await requireDAG(context)
        let path = Address.dag(record.name)
        if fields.filled("plan") == nil, fields["seen"] == nil,
            try await operations.planUnpause(dag: record.name).forecast.runs > 0
        {
            return redirect(to: "\(path)/resume")
        }
        do {
            return try await act(fields, request, again: { _ in path }) { operations in
                try await operations.setPaused(
                    dag: record.name,
                    false,
                    planHash: fields.filled("plan"),
                    actor: context.visitor.actor,
                    reason: fields.filled("reason")
                )
                return Banner.path(path, done: "resumed")
            }
        } catch OperationError.planChanged {
            let words = "What that would start has changed since the preview, so nothing was done. Look again:"
            return try await resumePreview(fields, changed: words, status: .conflict, request, context)
        }
    }

    private func resumePreview(
        _ fields: FormFields,
        changed: String?,
        status: HTTPResponse.Status,
        _ request: Request,
        _ context: WebContext
    ) async throws -> Response {
        let now = try await store.now()
        let record = try await requireDAG(context)
        let path = Address.dag(record.name)
        let plan = try await operations.planUnpause(dag: record.name)
        var view = ResumeView(plan, path: path, formKey: context.visitor.formKey, now: now)
        view.change = changed.map { PlanChangeView($0, seen: nil, now: []) }
        view.reason = fields["reason"] ?? ""
        var page = PageView(title: "Resume \(record.name) · Rota", section: .dags)
        page.crumbs = [
            CrumbView("DAGs", path: "/dags"), CrumbView(record.name, path: path), CrumbView("Resume"),
        ]
        return respond(page, "resume", view, to: request, context, now: now, status: status)
    }
}
