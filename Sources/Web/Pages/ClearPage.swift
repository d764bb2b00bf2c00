import Core
import HTTPTypes
import Hummingbird
import Scheduler
import Store

/// What the preview of a clear shows.
struct ClearView: Sendable {
    let change: PlanChangeView?
    let isEmpty: Bool
    let emptyWords: String
    let headline: String
    let items: [ClearItemView]
    let more: String?
    let also: EffectsView?
    let action: String
    let back: String
    let formKey: String
    let plan: String
    let seen: String
    let reason: String
    let hidden: [PairView]
    let demandsCount: Bool
    let button: String
    let choices: ClearChoicesView
    let leftOut: ClearLeftOutView?
    /// What comes after and runs on; nil: nothing does.
    let runningWords: String?
}

/// One instance that would be cleared.
struct ClearItemView: Sendable {
    let badge: Badge
    let name: String
}

extension Site {
    /// More than this are cleared only by who types their number.
    static let fewEnough = Operations.mostWithoutCount
    private static let mostItems = 100

    /// Shows what clearing would do; nothing is written.
    func clearPage(_ request: Request, _ context: WebContext) async throws -> Response {
        let run = try await requireRun(context)
        return try await clearPreview(run.name, query(request), changed: nil, status: .ok, request, context)
    }

    /// Clears what was shown, if it is still what would be done.
    func clear(_ request: Request, _ context: WebContext) async throws -> Response {
        let fields = try await form(request, context)
        let run = try await requireRun(context)
        let wish = Self.clearRequest(run.name, fields)
        guard let plan = fields.filled("plan") else {
            throw RequestError.invalid("The form does not say which plan was agreed to. Open the preview again.")
        }
        // A form that was used before is not counted again: what it meant has begun anew.
        let present = try await operations.planClear(wish)
        if present.hash == plan, present.items.count > Self.fewEnough,
            fields["count"].flatMap(Int.init) != present.items.count
        {
            let words = "Nothing was done: the number you typed is not \(present.items.count)."
            return try await clearPreview(run.name, fields, changed: words, status: .conflict, request, context)
        }
        let path = Address.run(run.name)
        do {
            return try await act(fields, request, again: { _ in path }) { operations in
                let done = try await operations.clear(
                    wish,
                    planHash: plan,
                    count: fields.filled("count").flatMap { Int($0) },
                    actor: context.visitor.actor,
                    reason: fields.filled("reason")
                )
                return Banner.path(path, done: "cleared", count: done.items.count)
            }
        } catch OperationError.planChanged {
            let words = "The run has changed since the preview, so nothing was done. This is what would be cleared now:"
            return try await clearPreview(run.name, fields, changed: words, status: .conflict, request, context)
        }
    }

    private static func clearRequest(_ run: RunName, _ fields: FormFields) -> ClearRequest {
        ClearRequest(
            run: run,
            tasks: fields.all("task"),
            mapIndex: fields["map"].flatMap(Int.init),
            downstream: fields["downstream"] == "1",
            upstream: fields["upstream"] == "1",
            onlyFailed: fields["failed"] == "1"
        )
    }

    private func clearPreview(
        _ run: RunName,
        _ fields: FormFields,
        changed: String?,
        status: HTTPResponse.Status,
        _ request: Request,
        _ context: WebContext
    ) async throws -> Response {
        let now = try await store.now()
        let plan = try await operations.planClear(Self.clearRequest(run, fields))
        let map = fields["map"].flatMap(Int.init).map { [PairView(name: "map", value: "\($0)")] } ?? []
        let names = fields.all("task").map { PairView(name: "task", value: $0) } + map
        let flags = ["downstream", "upstream", "failed"].filter { fields[$0] == "1" }
        let count = plan.items.count
        let path = Address.run(run)
        var leftOut: ClearLeftOutView?
        if flags.contains("failed"), !plan.items.isEmpty, let record = try await store.run(run) {
            leftOut = ClearLeftOutView(plan, try await overview(of: record), path: path)
        }
        let rest = count - min(count, Self.mostItems)
        let view = ClearView(
            change: changed.map { PlanChangeView($0, seen: fields["seen"], now: plan.lines) },
            isEmpty: plan.items.isEmpty,
            emptyWords: "no task of this run has ended that way.",
            headline: "This clears \(Quantity.count(count, "task")) of this run:",
            items: plan.items.prefix(Self.mostItems).map { item in
                ClearItemView(badge: Badge(item.state), name: item.displayName)
            },
            more: rest > 0 ? "and \(Quantity.grouped(rest)) more" : nil,
            also: plan.also.isEmpty ? nil : EffectsView(plan.also),
            action: "\(path)/clear",
            back: path,
            formKey: context.visitor.formKey,
            plan: plan.hash,
            seen: PlanLines.text(plan.lines),
            reason: fields["reason"] ?? "",
            hidden: names + flags.map { PairView(name: $0, value: "1") },
            demandsCount: count > Self.fewEnough,
            button: "Clear \(Quantity.count(count, "task"))",
            choices: ClearChoicesView(
                dag: run.dag,
                path: path,
                tasks: fields.all("task"),
                mapIndex: fields["map"].flatMap(Int.init),
                flags: Set(flags)
            ),
            leftOut: leftOut,
            runningWords: plan.runningWords
        )
        var page = PageView(title: "Clear \(run.key) · Rota", section: .dags)
        page.crumbs = [
            CrumbView(run.dag, path: Address.dag(run.dag)), CrumbView(run.key, path: path), CrumbView("Clear"),
        ]
        return respond(page, "clear", view, to: request, context, now: now, status: status)
    }
}
