import Core
import HTTPTypes
import Hummingbird
import Scheduler
import Store

/// What the form that sets a state by hand shows.
struct MarkView: Sendable {
    let badge: Badge
    let name: String
    let task: String
    let mapIndex: Int?
    let action: String
    let back: String
    let formKey: String
    let marks: [MarkChoiceView]
    let reason: String
    let complaint: String?
    let change: PlanChangeView?
}

/// A state that a task may be given, with what follows from that.
struct MarkChoiceView: Sendable {
    let value: String
    let word: String
    let isChosen: Bool
    /// Whether what follows is short enough to be read at once, or has been asked for.
    let isOpen: Bool
    /// Why it cannot be.
    let refusal: String?
    let list: EffectListView?
    let summary: String
}

extension Site {
    private static let marks: [TaskState] = [.success, .failed, .skipped]

    /// Shows the form that sets a state by hand, with what each state would change; nothing is written.
    func markPage(_ request: Request, _ context: WebContext) async throws -> Response {
        try await markForm(query(request), status: .ok, request, context)
    }

    /// Sets a task's state by hand.
    func mark(_ request: Request, _ context: WebContext) async throws -> Response {
        let fields = try await form(request, context)
        let run = try await requireRun(context)
        guard let state = fields.filled("state").flatMap(TaskState.init(rawValue:)), Self.marks.contains(state) else {
            let words = "Choose a state."
            return try await markForm(fields, complaint: words, status: .unprocessableContent, request, context)
        }
        guard let reason = fields.filled("reason") else {
            let words = "Say why; others will read it in the history."
            return try await markForm(fields, complaint: words, status: .unprocessableContent, request, context)
        }
        let task = fields["task"] ?? ""
        let mapIndex = fields["map"].flatMap(Int.init)
        let place = Address.task(run.name, task, mapIndex: mapIndex)
        do {
            return try await act(fields, request, again: { _ in place }) { operations in
                try await operations.perform(
                    .mark(task, mapIndex: mapIndex, as: state),
                    run: run.name,
                    planHash: fields.filled("plan.\(state.rawValue)"),
                    actor: context.visitor.actor,
                    reason: reason
                )
                return Banner.path(place, done: "marked")
            }
        } catch OperationError.planChanged {
            return try await markForm(fields, changed: state, status: .conflict, request, context)
        }
    }

    /// `changed`: The state whose plan is not what it was when it was agreed to.
    private func markForm(
        _ fields: FormFields,
        complaint: String? = nil,
        changed: TaskState? = nil,
        status: HTTPResponse.Status,
        _ request: Request,
        _ context: WebContext
    ) async throws -> Response {
        let now = try await store.now()
        let run = try await requireRun(context)
        let name = fields["task"] ?? ""
        let mapIndex = fields["map"].flatMap(Int.init)
        let present = try await presentState(of: name, mapIndex, in: run)
        let shownName = InstanceName.text(name, mapIndex)
        let path = Address.task(run.name, name, mapIndex: mapIndex)
        var marks: [MarkChoiceView] = []
        var change: PlanChangeView?
        for state in Self.marks {
            let isChosen = fields["state"] == state.rawValue
            let (plan, refusal) = try await markPlan(name, mapIndex, state, run)
            marks.append(Self.choice(state, plan, refusal, isChosen: isChosen))
            guard state == changed else { continue }
            let words = "The run has changed since this page was shown, so nothing was done. Look again:"
            change = PlanChangeView(words, seen: fields["seen.\(state.rawValue)"], now: plan?.lines ?? [])
        }
        let view = MarkView(
            badge: Badge(present),
            name: shownName,
            task: name,
            mapIndex: mapIndex,
            action: "\(Address.run(run.name))/mark",
            back: path,
            formKey: context.visitor.formKey,
            marks: marks,
            reason: fields["reason"] ?? "",
            complaint: complaint,
            change: change
        )
        var page = PageView(title: "Mark \(shownName) · Rota", section: .dags)
        page.crumbs = [
            CrumbView(run.name.dag, path: Address.dag(run.name.dag)),
            CrumbView(run.name.key, path: Address.run(run.name)), CrumbView(shownName, path: path),
            CrumbView("Mark"),
        ]
        return respond(page, "mark", view, to: request, context, now: now, status: status)
    }

    private func presentState(of name: String, _ mapIndex: Int?, in run: RunRecord) async throws -> TaskState {
        if let task = try await store.instance(ofRun: run.rowID, task: name, mapIndex: mapIndex) { return task.state }
        if mapIndex == nil, let task = try await store.mappedTasks(ofRun: run.rowID, task: name).first {
            return task.worst
        }
        throw try await unknownTask(name, mapIndex, of: run)
    }

    private func markPlan(
        _ task: String,
        _ mapIndex: Int?,
        _ state: TaskState,
        _ run: RunRecord
    ) async throws -> (plan: VerbPlan?, refusal: String?) {
        do {
            return (try await operations.plan(.mark(task, mapIndex: mapIndex, as: state), run: run.name), nil)
        } catch OperationError.conflict(let sentence) {
            return (nil, RequestError.capitalized(sentence))
        }
    }

    private static func choice(
        _ state: TaskState,
        _ plan: VerbPlan?,
        _ refusal: String?,
        isChosen: Bool
    ) -> MarkChoiceView {
        let count = plan?.changes.count ?? 0
        return MarkChoiceView(
            value: state.rawValue,
            word: Badge(state).word,
            isChosen: isChosen,
            isOpen: isChosen || count <= 8,
            refusal: refusal,
            list: plan.map { EffectListView($0) },
            summary: count == 1 ? "changes this task only" : "changes \(Quantity.count(count, "task"))"
        )
    }
}
