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
    let choices: [ChoiceView]
    let reason: String
    let complaint: String?
}

extension Site {
    private static let marks: [TaskState] = [.success, .failed, .skipped]

    /// Shows the form that sets a state by hand.
    func markPage(_ request: Request, _ context: WebContext) async throws -> Response {
        try await markForm(query(request), complaint: nil, status: .ok, request, context)
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
        try await operations.mark(
            run: run.name,
            task: task,
            mapIndex: mapIndex,
            state: state,
            actor: context.visitor.actor,
            reason: reason
        )
        return redirect(to: Banner.path(Address.task(run.name, task, mapIndex: mapIndex), done: "marked"))
    }

    /// Asks for the end of a run, or of one of its tasks.
    func cancel(_ request: Request, _ context: WebContext) async throws -> Response {
        let fields = try await form(request, context)
        let run = try await requireRun(context)
        let actor = context.visitor.actor
        let reason = fields.filled("reason")
        guard let task = fields.filled("task") else {
            try await operations.cancel(run: run.name, actor: actor, reason: reason)
            return redirect(to: Banner.path(Address.run(run.name), done: "cancelled"))
        }
        let mapIndex = fields["map"].flatMap(Int.init)
        try await operations.cancel(run: run.name, task: task, mapIndex: mapIndex, actor: actor, reason: reason)
        return redirect(to: Banner.path(Address.task(run.name, task, mapIndex: mapIndex), done: "cancelled"))
    }

    private func markForm(
        _ fields: FormFields,
        complaint: String?,
        status: HTTPResponse.Status,
        _ request: Request,
        _ context: WebContext
    ) async throws -> Response {
        let now = try await store.now()
        let run = try await requireRun(context)
        let name = fields["task"] ?? ""
        let mapIndex = fields["map"].flatMap(Int.init)
        let state: TaskState
        if let task = try await store.instance(ofRun: run.rowID, task: name, mapIndex: mapIndex) {
            state = task.state
        } else if mapIndex == nil, let task = try await store.mappedTasks(ofRun: run.rowID, task: name).first {
            state = task.worst
        } else {
            throw try await unknownTask(name, mapIndex, of: run)
        }
        let shownName = mapIndex.map { "\(name) [\($0)]" } ?? name
        let path = Address.task(run.name, name, mapIndex: mapIndex)
        let view = MarkView(
            badge: Badge(state),
            name: shownName,
            task: name,
            mapIndex: mapIndex,
            action: "\(Address.run(run.name))/mark",
            back: path,
            formKey: context.visitor.formKey,
            choices: Self.marks.map { state in
                let isChosen = fields["state"] == state.rawValue
                return ChoiceView(value: state.rawValue, word: Badge(state).word, isChosen: isChosen)
            },
            reason: fields["reason"] ?? "",
            complaint: complaint
        )
        var page = PageView(title: "Mark \(shownName) · Rota", section: .dags)
        page.crumbs = [
            CrumbView(run.name.dag, path: Address.dag(run.name.dag)),
            CrumbView(run.name.key, path: Address.run(run.name)), CrumbView(shownName, path: path),
            CrumbView("Mark"),
        ]
        return respond(page, "mark", view, to: request, context, now: now, status: status)
    }
}
