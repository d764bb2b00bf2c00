import Core
import HTTPTypes
import Hummingbird
import Scheduler
import Store

/// What pausing a DAG would hold back.
struct PauseView: Sendable {
    let name: String
    let lead: String
    let details: [String]
    let canPause: Bool
    let plan: String
    let change: PlanChangeView?
    let action: String
    let back: String
    let formKey: String
    let reason: String
}

extension Site {
    /// Shows what pausing a DAG would hold back; nothing is written.
    func pausePage(_ request: Request, _ context: WebContext) async throws -> Response {
        try await pausePreview(FormFields(), changed: nil, status: .ok, request, context)
    }

    /// Stops the creation of a DAG's scheduled runs.
    func pause(_ request: Request, _ context: WebContext) async throws -> Response {
        let fields = try await form(request, context)
        let record = try await requireDAG(context)
        let path = Address.dag(record.name)
        do {
            return try await act(fields, request, again: { _ in path }) { operations in
                try await operations.setPaused(
                    dag: record.name,
                    true,
                    planHash: fields.filled("plan"),
                    actor: context.visitor.actor,
                    reason: fields.filled("reason")
                )
                return Banner.path(path, done: "paused")
            }
        } catch OperationError.planChanged {
            let words = "What that would hold back has changed since the preview, so nothing was done. Look again:"
            return try await pausePreview(fields, changed: words, status: .conflict, request, context)
        }
    }

    private func pausePreview(
        _ fields: FormFields,
        changed: String?,
        status: HTTPResponse.Status,
        _ request: Request,
        _ context: WebContext
    ) async throws -> Response {
        let now = try await store.now()
        let record = try await requireDAG(context)
        let path = Address.dag(record.name)
        let plan = try await operations.planPause(dag: record.name)
        let view = PauseView(
            name: record.name,
            lead: Self.lead(of: plan, now: now),
            details: plan.isPaused ? [] : Self.details(of: plan),
            canPause: !plan.isPaused,
            plan: plan.hash,
            change: changed.map { PlanChangeView($0, seen: nil, now: []) },
            action: "\(path)/pause",
            back: path,
            formKey: context.visitor.formKey,
            reason: fields["reason"] ?? ""
        )
        var page = PageView(title: "Pause \(record.name) · Rota", section: .dags)
        page.crumbs = [
            CrumbView("DAGs", path: "/dags"), CrumbView(record.name, path: path), CrumbView("Pause"),
        ]
        return respond(page, "pause", view, to: request, context, now: now, status: status)
    }

    private static func lead(of plan: PausePlan, now: Timestamp) -> String {
        if plan.isPaused { return "It is paused already." }
        guard let next = plan.nextRun else { return "It has no next run by itself, so nothing is held back." }
        return "No scheduled run is created until someone resumes it. The next would be that of "
            + "\(Moment(next, now: now).text)."
    }

    private static func details(of plan: PausePlan) -> [String] {
        var lines: [String] = []
        if plan.running > 0 {
            lines.append("\(Quantity.count(plan.running, "run")) under way \(plan.running == 1 ? "goes" : "go") on.")
        }
        if plan.queued > 0 {
            let verb = plan.queued == 1 ? "waits for its start, and starts" : "wait for their start, and start"
            lines.append("\(Quantity.count(plan.queued, "run")) \(verb) all the same.")
        }
        return lines + ["What becomes of the ticks in between is told before it is resumed."]
    }
}
