import Core
import HTTPTypes
import Hummingbird
import Scheduler
import Store

/// What the preview of a rerun shows.
struct RerunView: Sendable {
    let logical: Moment
    let change: PlanChangeView?
    let modes: [NavView]
    /// Why it cannot be.
    let refusal: String?
    let details: RerunDetailView?
    let action: String
    let back: String
    let formKey: String
    let reason: String
}

/// What would run, and what differs.
struct RerunDetailView: Sendable {
    let mode: String
    let headline: String
    let explanation: String
    let rows: [RerunRowView]
    let moreRows: String?
    let paramChanges: [String]
    let hasParams: Bool
    /// Markup.
    let diff: String?
    let diffSummary: String
    let diffPath: String
    let plan: String
    let seen: String
    let count: String
    let demandsCount: Bool
    let button: String
}

/// One task of the run, or of the version that it moves to.
struct RerunRowView: Sendable {
    let taskName: String
    let definition: String
    let present: Badge?
    let instances: String
    let future: Badge

    init(_ item: RerunPlan.Item) {
        taskName = item.task
        definition =
            switch item.change {
            case .same: "same"
            case .changed: "changed"
            case .added: "new"
            case .removed: "gone"
            }
        present = item.state.map { Badge($0) }
        instances = item.instances == 0 ? "not in this run" : Quantity.count(item.instances, "instance")
        future = Badge(item.change == .removed ? TaskState.removed : TaskState.waiting)
    }
}

extension Site {
    private static let mostRerunRows = 200

    /// Shows what running a run again would mean; nothing is written.
    func rerunPage(_ request: Request, _ context: WebContext) async throws -> Response {
        try await rerunPreview(query(request), changed: nil, status: .ok, request, context)
    }

    /// Lets a run begin anew, if that is still what was shown.
    func rerun(_ request: Request, _ context: WebContext) async throws -> Response {
        let fields = try await form(request, context)
        let run = try await requireRun(context)
        let mode = Self.mode(fields)
        guard let hash = fields.filled("plan") else {
            throw RequestError.invalid("The form does not say which plan was agreed to. Open the preview again.")
        }
        do {
            let place = Address.run(run.name)
            return try await act(fields, request, again: { _ in place }) { operations in
                _ = try await operations.rerun(
                    run: run.name,
                    mode: mode,
                    planHash: hash,
                    count: fields.filled("count").flatMap { Int($0) },
                    demandsCount: true,
                    actor: context.visitor.actor,
                    reason: fields.filled("reason")
                )
                return Banner.path(place, done: "rerun")
            }
        } catch OperationError.planChanged {
            let words = "The run or its DAG has changed since the preview, so nothing was done. Look again:"
            return try await rerunPreview(fields, changed: words, status: .conflict, request, context)
        } catch let error as OperationError {
            guard case .countDemanded = error else { throw error }
            let words = RequestError.capitalized(error.description)
            return try await rerunPreview(fields, changed: words, status: .conflict, request, context)
        }
    }

    private static func mode(_ fields: FormFields) -> RerunMode {
        fields["mode"].flatMap(RerunMode.init(rawValue:)) ?? .asItWas
    }

    private func rerunPreview(
        _ fields: FormFields,
        changed: String?,
        status: HTTPResponse.Status,
        _ request: Request,
        _ context: WebContext
    ) async throws -> Response {
        let now = try await store.now()
        let run = try await requireRun(context)
        let mode = Self.mode(fields)
        let path = Address.run(run.name)
        var refusal: String?
        var details: RerunDetailView?
        var lines: [String] = []
        do {
            let plan = try await operations.planRerun(run: run.name, mode: mode)
            lines = plan.lines
            details = Self.details(of: plan, try await sourceDiff(of: plan))
        } catch let error as OperationError {
            switch error {
            case .conflict(let sentence), .refused(let sentence): refusal = RequestError.capitalized(sentence)
            default: throw error
            }
        }
        let words: [(RerunMode, String)] = [(.asItWas, "As it was"), (.asItIsNow, "As it is now")]
        let view = RerunView(
            logical: Moment(run.logicalDate, now: now),
            change: changed.map { PlanChangeView($0, seen: fields["seen"], now: lines) },
            modes: words.map {
                NavView(path: "\(path)/rerun?mode=\($0.0.rawValue)", text: $0.1, isHere: $0.0 == mode)
            },
            refusal: refusal,
            details: details,
            action: "\(path)/rerun",
            back: path,
            formKey: context.visitor.formKey,
            reason: fields["reason"] ?? ""
        )
        var page = PageView(title: "Run again \(run.name.key) · Rota", section: .dags)
        page.crumbs = [
            CrumbView(run.name.dag, path: Address.dag(run.name.dag)), CrumbView(run.name.key, path: path),
            CrumbView("Run again"),
        ]
        return respond(page, "rerun", view, to: request, context, now: now, status: status)
    }

    private func sourceDiff(of plan: RerunPlan) async throws -> SourceDiff? {
        guard plan.oldVersion != plan.newVersion else { return nil }
        let old = try await store.source(ofDAG: plan.run.dag, version: plan.oldVersion)
        let new = try await store.source(ofDAG: plan.run.dag, version: plan.newVersion)
        return SourceDiff(from: old?.bytes ?? [], to: new?.bytes ?? [])
    }

    private static func details(of plan: RerunPlan, _ diff: SourceDiff?) -> RerunDetailView {
        let count = plan.starting
        let rest = plan.tasks.count - mostRerunRows
        let isSame = plan.oldVersion == plan.newVersion
        let explanation =
            switch plan.mode {
            case .asItWas:
                "All tasks begin anew with their retries, by version \(plan.oldVersion) of the DAG and with the same "
                    + "params. Logs of earlier attempts stay."
            case .asItIsNow where isSame:
                "The run has the version in force, \(plan.newVersion), already. All tasks begin anew. Logs of earlier "
                    + "attempts stay."
            case .asItIsNow:
                "The run moves from version \(plan.oldVersion) to version \(plan.newVersion), the one in force, and "
                    + "keeps its dates. What is gone is marked removed; logs of earlier attempts stay."
            }
        return RerunDetailView(
            mode: plan.mode.rawValue,
            headline: "\(Quantity.count(count, "task")) would run.",
            explanation: explanation,
            rows: plan.tasks.prefix(mostRerunRows).map { RerunRowView($0) },
            moreRows: rest > 0 ? "and \(Quantity.count(rest, "task")) more" : nil,
            paramChanges: plan.params.map(words),
            hasParams: !plan.params.isEmpty,
            diff: diff?.markup(context: 3),
            diffSummary: diff?.summary ?? "",
            diffPath: "\(Address.dag(plan.run.dag))/versions/v\(plan.oldVersion)..v\(plan.newVersion)",
            plan: plan.hash,
            seen: PlanLines.text(plan.lines),
            count: Quantity.grouped(count),
            demandsCount: count > fewEnough,
            button: "Run \(Quantity.count(count, "task")) again"
        )
    }

    private static func words(_ param: RerunPlan.ParamChange) -> String {
        switch (param.old, param.new) {
        case (let old?, let new?): "\(param.name): \(old) becomes \(new)"
        case (let old?, nil): "\(param.name): \(old) is dropped; the DAG has no such param any more"
        case (nil, let new): "\(param.name): \(new ?? "") is new"
        }
    }
}

extension RerunPlan {
    /// A line for each task and param.
    var lines: [String] {
        ["version \(newVersion)"]
            + tasks.map { "\($0.task): \($0.change.rawValue), \($0.state.map { Badge($0).word.lowercased() } ?? "-")" }
            + params.map { "param \($0.name): \($0.old ?? "-") to \($0.new ?? "-")" }
    }
}
