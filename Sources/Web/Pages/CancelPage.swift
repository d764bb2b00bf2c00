import Core
import HTTPTypes
import Hummingbird
import Scheduler
import Store

/// What the preview of a cancel shows.
struct CancelView: Sendable {
    let subject: String
    let change: PlanChangeView?
    /// Why there is nothing to cancel.
    let refusal: String?
    let headline: String
    let list: EffectListView?
    let action: String
    let back: String
    let formKey: String
    let hidden: [PairView]
    let reason: String
    let button: String
}

extension Site {
    /// Shows what the end of a run, or of one of its tasks, would change; nothing is written.
    func cancelPage(_ request: Request, _ context: WebContext) async throws -> Response {
        try await cancelPreview(query(request), changed: nil, status: .ok, request, context)
    }

    /// Asks for the end of a run, or of one of its tasks.
    func cancel(_ request: Request, _ context: WebContext) async throws -> Response {
        let fields = try await form(request, context)
        let run = try await requireRun(context)
        let (verb, place) = Self.cancelVerb(run.name, fields)
        do {
            return try await act(fields, request, again: { _ in place }) { operations in
                try await operations.perform(
                    verb,
                    run: run.name,
                    planHash: fields.filled("plan"),
                    actor: context.visitor.actor,
                    reason: fields.filled("reason")
                )
                return Banner.path(place, done: "cancelled")
            }
        } catch OperationError.planChanged {
            let words = "The run has changed since the preview, so nothing was done. Look again:"
            return try await cancelPreview(fields, changed: words, status: .conflict, request, context)
        }
    }

    /// What a form means, and where it leads.
    private static func cancelVerb(_ run: RunName, _ fields: FormFields) -> (RunVerb, String) {
        guard let task = fields.filled("task") else { return (.cancelRun, Address.run(run)) }
        let mapIndex = fields["map"].flatMap(Int.init)
        return (.cancelTask(task, mapIndex: mapIndex), Address.task(run, task, mapIndex: mapIndex))
    }

    private func cancelPreview(
        _ fields: FormFields,
        changed: String?,
        status: HTTPResponse.Status,
        _ request: Request,
        _ context: WebContext
    ) async throws -> Response {
        let now = try await store.now()
        let run = try await requireRun(context)
        let (verb, place) = Self.cancelVerb(run.name, fields)
        var refusal: String?
        var plan: VerbPlan?
        do {
            plan = try await operations.plan(verb, run: run.name)
        } catch OperationError.conflict(let sentence) {
            refusal = RequestError.capitalized(sentence)
        }
        if let found = plan, found.changes.isEmpty {
            plan = nil
            refusal = "Cancel was asked for already. It ends when nothing of it runs any more."
        }
        let asked = plan?.changes.count(where: \.isAsked) ?? 0
        let name = fields.filled("task").map { task in fields["map"].map { "\(task) [\($0)]" } ?? task }
        let hidden = ["task", "map"].compactMap { field in
            fields.filled(field).map { PairView(name: field, value: $0) }
        }
        let view = CancelView(
            subject: name ?? "this run",
            change: changed.map { PlanChangeView($0, seen: fields["seen"], now: plan?.lines ?? []) },
            refusal: refusal,
            headline: asked == 0
                ? "Nothing of it runs now. This changes \(Quantity.count(plan?.changes.count ?? 0, "task")):"
                : "\(Quantity.count(asked, "task")) \(asked == 1 ? "runs" : "run") and would be ended. This changes "
                    + "\(Quantity.count(plan?.changes.count ?? 0, "task")):",
            list: plan.map { EffectListView($0) },
            action: "\(Address.run(run.name))/cancel",
            back: place,
            formKey: context.visitor.formKey,
            hidden: hidden,
            reason: fields["reason"] ?? "",
            button: name.map { "Cancel \($0)" } ?? "Cancel the run"
        )
        var page = PageView(title: "Cancel \(name ?? run.name.key) · Rota", section: .dags)
        page.crumbs = [
            CrumbView(run.name.dag, path: Address.dag(run.name.dag)),
            CrumbView(run.name.key, path: Address.run(run.name)), CrumbView("Cancel"),
        ]
        return respond(page, "cancel", view, to: request, context, now: now, status: status)
    }
}
