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
    let search: String
    let sinceFilter: String
    let untilFilter: String
    let states: [ChoiceView]
    let filters: [FilterView]
    /// Filters without a field of their own, which the form passes on.
    let hidden: [PairView]
    let hasFilters: Bool
    /// How many there are; nil on later pages.
    let countWords: String?
    /// Markup; nil where there is none.
    let chart: String?
    let chartWords: String
    let runs: [RunRowView]
    let isEmpty: Bool
    /// That there were some, which are not kept any more.
    let expired: String?
    /// Where runs that were selected are cleared; nil where they are of several DAGs.
    let selectPath: String?
    /// Where all that match are cleared, with the filters in words; nil where there is no filter.
    let allPath: String?
    let allWords: String
    let more: String?
    let newest: String?
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
        var wish = try RunListQuery(query(request), dag: nil)
        if let dag = wish.filter.dag, try await !store.hasDAG(dag) {
            let all = Link(path: "/runs", text: "Runs of all DAGs")
            throw try await RequestError.missingDAG(dag, in: store, nearest: all)
        }
        if wish.searchesNames { wish.limit(to: try await store.dagIDs(named: wish.search)) }
        return try await runs(wish, of: nil, base: "/runs", request, context)
    }

    /// Lists runs of one DAG.
    func dagRunList(_ request: Request, _ context: WebContext) async throws -> Response {
        let record = try await requireDAG(context)
        let wish = try RunListQuery(query(request), dag: record.name)
        return try await runs(wish, of: record.name, base: "\(Address.dag(record.name))/runs", request, context)
    }

    private func runs(
        _ wish: RunListQuery,
        of dag: String?,
        base: String,
        _ request: Request,
        _ context: WebContext
    ) async throws -> Response {
        let now = try await store.now()
        let listing = try await store.runs(wish.filter, after: wish.after, limit: Self.runsPerPage)
        let isFirst = wish.after == nil
        let count = isFirst ? try await store.count(of: wish.filter) : nil
        let chart = isFirst && wish.filter.dag == nil ? try await chart(wish, base: base, now: now) : nil
        var expired: String?
        if listing.items.isEmpty, let name = wish.filter.dag, let from = wish.filter.from, let to = wish.filter.to {
            expired = try await Expiry(store).runs(ofDAG: name, from: from, to: to, state: wish.state)
        }
        let fields = Dictionary(wish.pairs.map { ($0.name, $0.value) }) { _, last in last }
        let view = RunListView(
            heading: dag.map { "Runs of \($0)" } ?? "Runs",
            tabs: dag.map(Address.dag),
            asksDAG: dag == nil,
            dagFilter: wish.filter.dag ?? "",
            search: wish.search,
            sinceFilter: fields["since"] ?? "",
            untilFilter: fields["until"] ?? "",
            states: RunState.allCases.map { each in
                ChoiceView(value: each.rawValue, word: Badge(each).word.lowercased(), isChosen: each == wish.state)
            },
            filters: wish.pairs.map {
                FilterView(text: "\($0.name)=\($0.value)", path: wish.path(base, without: $0.name))
            },
            hidden: ["from", "to", "backfill"].compactMap { name in
                fields[name].map { PairView(name: name, value: $0) }
            },
            hasFilters: !wish.pairs.isEmpty,
            countWords: count.map(Self.words(forCount:)),
            chart: chart?.markup,
            chartWords: chart?.words ?? "",
            runs: listing.items.map { RunRowView($0, showDAG: dag == nil, now: now) },
            isEmpty: listing.items.isEmpty,
            expired: expired,
            // One word clears runs of one DAG.
            selectPath: dag.map { "\(Address.dag($0))/clear" },
            allPath: wish.pairs.isEmpty ? nil : dag.map { wish.path("\(Address.dag($0))/clear") + "&all=1" },
            allWords: "Clear all that match \(wish.pairs.map { "\($0.name)=\($0.value)" }.joined(separator: ", "))…",
            more: listing.next.map { wish.path(base, after: $0) },
            newest: isFirst ? nil : wish.path(base)
        )
        var page = PageView(title: "\(view.heading) · Rota", section: dag == nil ? .runs : .dags)
        page.refresh = isFirst ? 5 : nil
        if let dag {
            page.crumbs = [
                CrumbView("DAGs", path: "/dags"), CrumbView(dag, path: Address.dag(dag)), CrumbView("Runs"),
            ]
        }
        return respond(page, "runlist", view, to: request, context, now: now)
    }

    private static func words(forCount count: Int) -> String {
        count > Store.mostCounted ? "\(Quantity.grouped(Store.mostCounted))+ runs" : Quantity.count(count, "run")
    }

    /// The chart above a list: of its span, or of the last two days.
    private func chart(
        _ wish: RunListQuery,
        base: String,
        now: Timestamp
    ) async throws -> (markup: String, words: String)? {
        let end = min(wish.filter.until ?? now, now)
        let start = wish.filter.since ?? end - .seconds((RunChartMarkup.count - 1) * 3_600)
        guard start < end else { return nil }
        let stretches = RunChartMarkup.stretches(from: start, to: end)
        let buckets = try await store.chart(
            of: wish.filter,
            from: stretches.start,
            every: stretches.length,
            buckets: RunChartMarkup.count
        )
        guard buckets.count > 1 else { return nil }
        let chart = RunChartMarkup(start: stretches.start, length: stretches.length, buckets: buckets)
        var rest = wish
        rest.dropSpan()
        let markup = chart.svg(now: now) { from, to in
            let path = rest.path(base)
            let mark = path.contains("?") ? "&" : "?"
            return "\(path)\(mark)since=\(from.rfc3339Seconds)&until=\(to.rfc3339Seconds)"
        }
        let runs = buckets.reduce(0) { $0 + $1.runs }
        let limit =
            runs >= Store.mostCounted ? "The newest \(Quantity.grouped(runs)) runs" : Quantity.count(runs, "run")
        let words =
            "\(limit) by the \(chart.stretchWord) since \(Moment(stretches.start, now: now).text): a bar is as high as "
            + "half of them took at the most, its line as the longest; red is the share that failed. The newest is at the left; what is higher than the scale is cut off."
        return (markup, words)
    }
}
