import Core
import HTTPTypes
import Hummingbird
import Scheduler
import Store

/// What the list of backfills shows.
struct BackfillListView: Sendable {
    let rows: [BackfillRowView]
    let hasRows: Bool
    let more: String?
    let formKey: String
}

/// One backfill.
struct BackfillRowView: Sendable {
    let number: Int
    let path: String
    let state: String
    let dag: String
    let dagPath: String
    let from: Moment
    let to: Moment
    let counts: [CountView]
    let actor: String
    let verbs: [VerbView]

    /// A button: the last part of its address, and its word.
    struct VerbView: Sendable {
        let path: String
        let word: String
    }

    private static func verbs(for record: BackfillRecord) -> [VerbView] {
        let verbs: [(String, String)] =
            switch record.state {
            case .running: [("pause", "Pause"), ("cancel", "Cancel")]
            case .paused: [("resume", "Resume"), ("cancel", "Cancel")]
            case .done, .cancelled: []
            }
        return verbs.map { VerbView(path: "/backfills/\(record.id)/\($0.0)", word: $0.1) }
    }

    init(_ record: BackfillRecord, now: Timestamp) {
        number = record.id
        path = "/backfills/\(record.id)"
        state = record.state.rawValue
        dag = record.dag
        dagPath = Address.dag(record.dag)
        from = Moment(record.from, now: now)
        to = Moment(record.to, now: now)
        actor = record.actor
        verbs = Self.verbs(for: record)
        counts = RunState.allCases.compactMap { state in
            guard let count = record.runCounts[state], count > 0 else { return nil }
            let badge = Badge(state)
            return CountView(
                css: badge.css,
                glyph: badge.glyph,
                word: badge.word.lowercased(),
                count: Quantity.grouped(count),
                path: "/runs?backfill=\(record.id)&state=\(state.rawValue)",
                isChosen: false
            )
        }
    }
}

/// What the form for a new backfill shows, with its preview.
struct NewBackfillView: Sendable {
    let dagName: String?
    let dag: String
    let from: String
    let to: String
    let max: String
    let choices: [ChoiceView]
    let isReverse: Bool
    let complaint: String?
    let change: PlanChangeView?
    let plan: String
    let demandsCount: Bool
    let hasPlan: Bool
    let headline: String
    let existing: [Badge]
    var hasExisting: Bool { !existing.isEmpty }
    /// How long it will take, in a sentence; nil where nobody can say.
    let forecast: String?
    let pools: [String]
    let items: [BackfillItemView]
    let hasItems: Bool
    let omitted: String?
    let canStart: Bool
    let button: String
    let formKey: String
    let hidden: [PairView]
}

/// One instant of the preview.
struct BackfillItemView: Sendable {
    let at: Moment
    let badge: Badge?
    let action: String
}

extension Site {
    /// How many instants of a preview are shown from each end.
    private static let previewEnds = 50

    /// Lists backfills.
    func backfillList(_ request: Request, _ context: WebContext) async throws -> Response {
        let now = try await store.now()
        let before = query(request)["before"].flatMap(Int.init)
        let listing = try await store.backfills(before: before, limit: 50)
        let rows = listing.items.map { BackfillRowView($0, now: now) }
        let more = listing.next.map { "/backfills?before=\($0)" }
        let view = BackfillListView(rows: rows, hasRows: !rows.isEmpty, more: more, formKey: context.visitor.formKey)
        let page = PageView(title: "Backfills · Rota", section: .backfills, refresh: 5)
        return respond(page, "backfills", view, to: request, context, now: now)
    }

    /// Pauses, resumes or cancels a backfill, as the address says.
    func changeBackfill(_ request: Request, _ context: WebContext) async throws -> Response {
        let fields = try await form(request, context)
        let (id, verb) = (try context.parameters.require("id"), try context.parameters.require("verb"))
        let actor = context.visitor.actor
        let path = "/backfills/\(Address.segment(id))"
        return try await act(fields, request, again: { _ in path }) { operations in
            switch (Int(id), verb) {
            case (let id?, "pause"): try await operations.pauseBackfill(id, actor: actor)
            case (let id?, "resume"): try await operations.resumeBackfill(id, actor: actor)
            case (let id?, "cancel"): try await operations.cancelBackfill(id, actor: actor)
            default:
                let words = "There is no backfill '\(id.shortened)' to \(verb.shortened)."
                throw RequestError.notFound(words, nearest: Link(path: "/backfills", text: "All backfills"))
            }
            return path
        }
    }

    /// Shows the form for a new backfill and, once it is filled, what it would do.
    func newBackfill(_ request: Request, _ context: WebContext) async throws -> Response {
        try await backfillForm(query(request), complaint: nil, status: .ok, request, context)
    }

    /// Makes a backfill.
    func startBackfill(_ request: Request, _ context: WebContext) async throws -> Response {
        let fields = try await form(request, context)
        guard let wish = Self.backfillRequest(fields) else {
            let words = "Say which DAG, from when and to when."
            return try await backfillForm(fields, complaint: words, status: .unprocessableContent, request, context)
        }
        let agreed = fields.filled("plan")
        do {
            let place = { (id: String?) in "/backfills/\(id ?? "")" }
            return try await act(fields, request, again: place) { operations in
                if let agreed, let present = try await unmatched(wish, agreed, fields) { throw present }
                let plan = try await operations.backfill(wish, planHash: agreed, actor: context.visitor.actor)
                return Banner.path(place("\(plan.id ?? 0)"), done: "backfill", count: plan.wanted)
            }
        } catch OperationError.planChanged {
            let words = "What would be made has changed since the preview, so nothing was done. Look again:"
            return try await backfillForm(fields, changed: words, status: .conflict, request, context)
        } catch OperationError.countDemanded(let count, _) {
            let words = "Nothing was done: the number you typed is not \(count)."
            return try await backfillForm(fields, changed: words, status: .conflict, request, context)
        } catch let error as OperationError {
            let words = RequestError(error).description
            return try await backfillForm(
                fields,
                complaint: words,
                status: RequestError(error).status,
                request,
                context
            )
        }
    }

    /// Why a large backfill is not made although its plan holds: another number of runs was typed, or none.
    private func unmatched(
        _ wish: BackfillRequest,
        _ agreed: String,
        _ fields: FormFields
    ) async throws -> OperationError? {
        let plan = try await operations.planBackfill(wish)
        let given = fields["count"].flatMap { Int($0) }
        guard plan.hash == agreed, plan.wanted > Self.fewEnough, given != plan.wanted else { return nil }
        return .countDemanded(plan.wanted, given: given)
    }

    private static func backfillRequest(_ fields: FormFields) -> BackfillRequest? {
        guard let dag = fields.filled("dag"), let from = fields.filled("from"), let to = fields.filled("to") else {
            return nil
        }
        return BackfillRequest(
            dag: dag,
            from: from,
            to: to,
            maxActive: fields["max"].flatMap(Int.init) ?? 1,
            rerun: fields["rerun"].flatMap(BackfillRequest.Rerun.init(rawValue:)) ?? .missing,
            reverse: fields["reverse"] == "1"
        )
    }

    private func backfillForm(
        _ fields: FormFields,
        complaint: String? = nil,
        changed: String? = nil,
        status: HTTPResponse.Status,
        _ request: Request,
        _ context: WebContext
    ) async throws -> Response {
        let now = try await store.now()
        var complaint = complaint
        var status = status
        var plan: BackfillPlan?
        if complaint == nil, let wish = Self.backfillRequest(fields) {
            do {
                plan = try await operations.planBackfill(wish)
            } catch let error as OperationError {
                complaint = RequestError(error).description
                status = RequestError(error).status
            }
        }
        let words: [(BackfillRequest.Rerun, String)] = [
            (.missing, "Leave them; make only those that are missing"), (.failed, "Run the failed ones again"),
            (.all, "Run all of them again"),
        ]
        let chosen = fields["rerun"].flatMap(BackfillRequest.Rerun.init(rawValue:)) ?? .missing
        let items = plan?.items ?? []
        let wanted = plan?.wanted ?? 0
        let shown =
            items.count <= 2 * Self.previewEnds
            ? items : items.prefix(Self.previewEnds) + items.suffix(Self.previewEnds)
        let view = NewBackfillView(
            dagName: fields.filled("dag"),
            dag: fields["dag"] ?? "",
            from: fields["from"] ?? "",
            to: fields["to"] ?? "",
            max: fields.filled("max") ?? "1",
            choices: words.map { ChoiceView(value: $0.0.rawValue, word: $0.1, isChosen: $0.0 == chosen) },
            isReverse: fields["reverse"] == "1",
            complaint: complaint,
            change: changed.map { PlanChangeView($0, seen: nil, now: []) },
            plan: plan?.hash ?? "",
            demandsCount: wanted > Self.fewEnough,
            hasPlan: plan != nil,
            headline: Self.headline(wanted: wanted, of: plan?.ticks ?? 0),
            existing: plan.map { Self.existing($0) } ?? [],
            forecast: plan.flatMap { Self.forecast($0) },
            pools: plan?.pools.map { Self.pool($0) } ?? [],
            items: shown.map { Self.item($0, now: now) },
            hasItems: !items.isEmpty,
            omitted: shown.count < (plan?.ticks ?? 0)
                ? "\(Quantity.grouped((plan?.ticks ?? 0) - shown.count)) instants in between are not listed." : nil,
            canStart: wanted > 0,
            button: "Start backfill of \(Quantity.count(wanted, "run"))",
            formKey: context.visitor.formKey,
            hidden: ["dag", "from", "to", "max", "rerun", "reverse"].compactMap { name in
                fields[name].map { PairView(name: name, value: $0) }
            }
        )
        var page = PageView(title: "New backfill · Rota", section: .backfills)
        page.crumbs = [CrumbView("Backfills", path: "/backfills"), CrumbView("New")]
        return respond(page, "backfillnew", view, to: request, context, now: now, status: status)
    }

    private static func headline(wanted: Int, of count: Int) -> String {
        if count == 0 { return "0 runs in this range: the schedule has no instant in it." }
        if wanted == 0 { return "Nothing to do: all \(Quantity.count(count, "instant")) in this range have their run." }
        return "\(Quantity.count(wanted, "run")) of \(Quantity.count(count, "instant")) in this range."
    }

    private static func existing(_ plan: BackfillPlan) -> [Badge] {
        RunState.allCases.compactMap { state in
            guard let count = plan.existing[state], count > 0 else { return nil }
            let badge = Badge(state)
            return Badge(
                word: "\(Quantity.grouped(count)) \(badge.word.lowercased())",
                glyph: badge.glyph,
                css: badge.css
            )
        }
    }

    private static func forecast(_ plan: BackfillPlan) -> String? {
        guard plan.wanted > 0 else { return nil }
        guard let forecast = plan.forecast, let usual = plan.usual else {
            return "How long it will take is not known: none of the newest runs has succeeded."
        }
        let runs = usual.successes == 1 ? "the last success" : "the last \(usual.successes) successes"
        return "About \(DurationText.format(forecast.duration)): \(forecast.runsAtOnce) at once, "
            + "\(DurationText.format(usual.median)) each, as \(runs)."
    }

    private static func pool(_ pool: BackfillForecast.PoolDemand) -> String {
        guard let slots = pool.slots else {
            return "Pool \(pool.name): there is none of that name, so its tasks would wait in vain."
        }
        return
            "Pool \(pool.name): \(Quantity.count(slots, "slot")), \(pool.slotsInUse) in use now; a task takes up to \(pool.widest)."
    }

    private static func item(_ item: BackfillPlan.Item, now: Timestamp) -> BackfillItemView {
        let action =
            switch item.action {
            case .create: "be created"
            case .rerun: "run again"
            case .leave: "stay as it is"
            }
        return BackfillItemView(
            at: Moment(item.logicalDate, now: now),
            badge: item.existing.map { Badge($0) },
            action: action
        )
    }
}
