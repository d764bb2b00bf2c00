import Core
import HTTPTypes
import Hummingbird
import Scheduler
import Store

/// What the form that clears many runs shows, with its preview.
struct ClearRunsView: Sendable {
    let name: String
    let action: String
    let from: String
    let to: String
    let tasks: String
    let isFailed: Bool
    let isDownstream: Bool
    let isUpstream: Bool
    let complaint: String?
    /// The runs that were selected in a list; none: those between two dates are meant.
    let selected: [String]
    let selectedWords: String?
    let change: PlanChangeView?
    let preview: ClearRunsPreview?
    let formKey: String
    let hidden: [PairView]
    let reason: String
}

/// What would be cleared.
struct ClearRunsPreview: Sendable {
    let headline: String
    let runs: [ClearedRunView]
    let hasRuns: Bool
    let moreRuns: String?
    let plan: String
    let seen: String
    let demandsCount: Bool
    let button: String
}

/// One run in which something would be cleared.
struct ClearedRunView: Sendable {
    let path: String
    let key: String
    let number: Int
    let tasks: [ClearedTaskView]
    let moreTasks: String?
    let alsoWords: String?

    private static let mostTasks = 6

    init(_ plan: ClearPlan) {
        path = Address.run(plan.run)
        key = plan.run.key
        number = plan.items.count
        tasks = plan.items.prefix(Self.mostTasks).map { ClearedTaskView($0) }
        let rest = plan.items.count - tasks.count
        moreTasks = rest > 0 ? "and \(Quantity.grouped(rest)) more" : nil
        // The run's own preview lists them.
        alsoWords =
            plan.also.isEmpty
            ? nil : "besides, \(Quantity.count(plan.also.count, "task")) of what comes after waits again"
    }
}

/// One task that would be cleared, behind its state.
struct ClearedTaskView: Sendable {
    let taskName: String
    let css: String
    let glyph: String
    let word: String

    init(_ item: ClearPlan.Item) {
        taskName = item.displayName
        let badge = Badge(item.state)
        (css, glyph, word) = (badge.css, badge.glyph, badge.word)
    }
}

extension Site {
    private static let mostClearedRunsShown = 100

    /// Shows the form that clears the runs between two dates and, once it is filled, what that would do.
    func clearRunsPage(_ request: Request, _ context: WebContext) async throws -> Response {
        var fields = query(request)
        if fields["all"] == "1" {
            let record = try await requireDAG(context)
            let wish = try RunListQuery(fields, dag: record.name)
            let found = try await store.runs(wish.filter, after: nil, limit: Operations.mostClearedRuns)
            let choices = [("failed", "1"), ("downstream", "1")] + found.items.map { ("run", $0.name.key) }
            fields = FormFields(choices.map { FormFields.Pair(name: $0.0, value: $0.1) })
        }
        return try await clearRunsForm(fields, changed: nil, status: .ok, request, context)
    }

    /// Clears what was shown, in all of the runs or in none.
    func clearRuns(_ request: Request, _ context: WebContext) async throws -> Response {
        let fields = try await form(request, context)
        let record = try await requireDAG(context)
        guard let wish = Self.clearRunsRequest(record.name, fields), let plan = fields.filled("plan") else {
            throw RequestError.invalid("The form does not say which plan was agreed to. Open the preview again.")
        }
        let place = Address.dag(record.name)
        do {
            return try await act(fields, request, again: { _ in place }) { operations in
                let done = try await operations.clear(
                    wish,
                    planHash: plan,
                    count: fields.filled("count").flatMap { Int($0) },
                    actor: context.visitor.actor,
                    reason: fields.filled("reason")
                )
                return Banner.path(place, done: "clearedruns", count: done.count)
            }
        } catch let error as OperationError {
            let words: String
            switch error {
            case .planChanged:
                words =
                    "The runs have changed since the preview, so nothing was done. This is what would be cleared now:"
            case .countDemanded: words = RequestError.capitalized(error.description)
            default: throw error
            }
            return try await clearRunsForm(fields, changed: words, status: .conflict, request, context)
        }
    }

    private static func clearRunsRequest(_ dag: String, _ fields: FormFields) -> ClearRunsRequest? {
        let keys = fields.all("run")
        let runs: ClearRunsRequest.Runs
        if !keys.isEmpty {
            runs = .keyed(keys)
        } else if let from = fields.filled("from"), let to = fields.filled("to") {
            runs = .dated(from: from, to: to)
        } else {
            return nil
        }
        let tasks = fields.all("task").flatMap { $0.split { $0 == "," || $0.isWhitespace } }.map(String.init)
        return ClearRunsRequest(
            dag: dag,
            runs: runs,
            tasks: tasks,
            downstream: fields["downstream"] == "1",
            upstream: fields["upstream"] == "1",
            onlyFailed: fields["failed"] == "1"
        )
    }

    private func clearRunsForm(
        _ fields: FormFields,
        changed: String?,
        status: HTTPResponse.Status,
        _ request: Request,
        _ context: WebContext
    ) async throws -> Response {
        let now = try await store.now()
        let record = try await requireDAG(context)
        let path = Address.dag(record.name)
        var (complaint, status): (String?, HTTPResponse.Status) = (nil, status)
        var plan: ClearRunsPlan?
        if let wish = Self.clearRunsRequest(record.name, fields) {
            do {
                plan = try await operations.planClear(wish)
            } catch let error as OperationError {
                complaint = RequestError(error).description
                status = RequestError(error).status == .badRequest ? .unprocessableContent : RequestError(error).status
            }
        }
        let names = ["run", "from", "to", "task", "failed", "downstream", "upstream"]
        let selected = fields.all("run")
        let isFirst = fields.pairs.isEmpty
        let view = ClearRunsView(
            name: record.name,
            action: "\(path)/clear",
            from: fields["from"] ?? "",
            to: fields["to"] ?? "",
            tasks: fields.all("task").joined(separator: ", "),
            isFailed: isFirst || fields["failed"] == "1",
            isDownstream: isFirst || fields["downstream"] == "1",
            isUpstream: fields["upstream"] == "1",
            complaint: complaint,
            selected: selected,
            selectedWords: selected.isEmpty
                ? nil : "\(Quantity.count(selected.count, "run")) \(selected.count == 1 ? "is" : "are") selected.",
            change: changed.map { PlanChangeView($0, seen: fields["seen"], now: plan?.lines ?? []) },
            preview: plan.map { Self.preview($0) },
            formKey: context.visitor.formKey,
            hidden: names.flatMap { name in fields.all(name).map { PairView(name: name, value: $0) } },
            reason: fields["reason"] ?? ""
        )
        var page = PageView(title: "Clear runs of \(record.name) · Rota", section: .dags)
        page.crumbs = [
            CrumbView("DAGs", path: "/dags"), CrumbView(record.name, path: path), CrumbView("Clear runs"),
        ]
        return respond(page, "clearruns", view, to: request, context, now: now, status: status)
    }

    private static func preview(_ plan: ClearRunsPlan) -> ClearRunsPreview {
        let what = "\(Quantity.count(plan.count, "task")) of \(Quantity.count(plan.runs.count, "run"))"
        let rest = plan.runs.count - mostClearedRunsShown
        return ClearRunsPreview(
            headline: plan.runs.isEmpty
                ? "Nothing to clear: none of these tasks has ended that way in the runs of these dates."
                : "This clears \(what):",
            runs: plan.runs.prefix(mostClearedRunsShown).map { ClearedRunView($0) },
            hasRuns: !plan.runs.isEmpty,
            moreRuns: rest > 0 ? "and \(Quantity.count(rest, "later run"))" : nil,
            plan: plan.hash,
            seen: PlanLines.text(plan.lines),
            demandsCount: plan.count > Operations.mostWithoutCount,
            button: "Clear \(what)"
        )
    }
}

extension ClearRunsPlan {
    /// A line for each task of each run that begins anew.
    fileprivate var lines: [String] {
        var lines: [String] = []
        for run in runs {
            guard lines.count < PlanLines.most else { break }
            lines += run.lines.map { "\(run.run.key) \($0)" }
        }
        return lines
    }
}
