import Core
import Hummingbird
import Store

/// What a list of runs shows.
struct RunListView: Sendable {
    let heading: String
    /// The DAG's address, where the list is of one DAG.
    let tabs: String?
    let asksDAG: Bool
    let dagFilter: String
    let states: [ChoiceView]
    let filters: [FilterView]
    /// Filters without a field of their own, which the form passes on.
    let hidden: [PairView]
    let hasFilters: Bool
    let runs: [RunRowView]
    let isEmpty: Bool
    let more: String?
}

/// One value of a field with few.
struct ChoiceView: Sendable {
    let value: String
    let word: String
    let isChosen: Bool
}

/// A filter in force, with the address that drops it.
struct FilterView: Sendable {
    let text: String
    let path: String
}

extension Site {
    private static let runsPerPage = 50

    /// Lists runs of all DAGs.
    func runList(_ request: Request, _ context: WebContext) async throws -> Response {
        let fields = query(request)
        let dag = fields.filled("dag")
        if let dag, try await !store.hasDAG(dag) {
            let hint = Spelling.suggestion(for: dag, among: try await store.dagNames())
            let sentence = "There is no DAG '\(dag.shortened)'\(hint.isEmpty ? "." : hint)"
            throw RequestError.notFound(sentence, nearest: Link(path: "/runs", text: "Runs of all DAGs"))
        }
        return try await runs(of: dag, base: "/runs", isOfOneDAG: false, request, context)
    }

    /// Lists runs of one DAG.
    func dagRunList(_ request: Request, _ context: WebContext) async throws -> Response {
        let record = try await requireDAG(context)
        return try await runs(
            of: record.name,
            base: "\(Address.dag(record.name))/runs",
            isOfOneDAG: true,
            request,
            context
        )
    }

    private func runs(
        of dag: String?,
        base: String,
        isOfOneDAG: Bool,
        _ request: Request,
        _ context: WebContext
    ) async throws -> Response {
        let now = try await store.now()
        let fields = query(request)
        let state = try stateFilter(fields)
        let cursor = try fields.filled("after").map { text in
            guard let cursor = RunCursor(text) else {
                throw RequestError.invalid("'after' is not a place in this list. Begin again at \(base).")
            }
            return cursor
        }
        let (from, to) = (try instantFilter("from", fields), try instantFilter("to", fields))
        let backfill = try fields.filled("backfill").map { text in
            guard let number = Int(text) else {
                throw RequestError.invalid("'\(text.shortened)' is not the number of a backfill.")
            }
            return number
        }
        let filter = RunFilter(dag: dag, states: state.map { [$0] } ?? [], from: from, to: to, backfill: backfill)
        let listing = try await store.runs(filter, after: cursor, limit: Self.runsPerPage)
        let pairs = [
            isOfOneDAG ? nil : dag.map { "dag=\(Address.segment($0))" }, state.map { "state=\($0.rawValue)" },
            from.map { "from=\($0.rfc3339)" }, to.map { "to=\($0.rfc3339)" }, backfill.map { "backfill=\($0)" },
        ]
        let view = RunListView(
            heading: isOfOneDAG ? "Runs of \(dag ?? "")" : "Runs",
            tabs: isOfOneDAG ? dag.map(Address.dag) : nil,
            asksDAG: !isOfOneDAG,
            dagFilter: dag ?? "",
            states: RunState.allCases.map { each in
                ChoiceView(value: each.rawValue, word: Badge(each).word.lowercased(), isChosen: each == state)
            },
            filters: Self.filters(pairs, base: base),
            hidden: ["from", "to", "backfill"].compactMap { name in
                fields.filled(name).map { PairView(name: name, value: $0) }
            },
            hasFilters: pairs.contains { $0 != nil },
            runs: listing.items.map { RunRowView($0, showDAG: !isOfOneDAG, now: now) },
            isEmpty: listing.items.isEmpty,
            more: listing.next.map { Self.path(base, pairs + ["after=\($0)"]) }
        )
        var page = PageView(title: "\(view.heading) · Rota", section: isOfOneDAG ? .dags : .runs, refresh: 5)
        if isOfOneDAG, let dag {
            page.crumbs = [
                CrumbView("DAGs", path: "/dags"), CrumbView(dag, path: Address.dag(dag)), CrumbView("Runs"),
            ]
        }
        return respond(page, "runlist", view, to: request, context, now: now)
    }

    private func instantFilter(_ name: String, _ fields: FormFields) throws -> Timestamp? {
        guard let text = fields.filled(name) else { return nil }
        if let instant = Timestamp(rfc3339: text) { return instant }
        throw RequestError.invalid("'\(text.shortened)' is no instant. Write \(name) as 2026-08-21T04:30:00Z.")
    }

    private func stateFilter(_ fields: FormFields) throws -> RunState? {
        guard let text = fields.filled("state") else { return nil }
        if let state = RunState(rawValue: text) { return state }
        let known = RunState.allCases.map(\.rawValue).joined(separator: ", ")
        throw RequestError.invalid("There is no run state '\(text.shortened)'. The states are \(known).")
    }

    private static func filters(_ pairs: [String?], base: String) -> [FilterView] {
        let present = pairs.compactMap(\.self)
        return present.map { pair in FilterView(text: pair, path: path(base, present.filter { $0 != pair })) }
    }

    private static func path(_ base: String, _ pairs: [String?]) -> String {
        let present = pairs.compactMap(\.self)
        return present.isEmpty ? base : "\(base)?\(present.joined(separator: "&"))"
    }
}
