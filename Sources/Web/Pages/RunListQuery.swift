import Core
import Store

/// What a list of runs is asked for, as its address says.
struct RunListQuery: Sendable {
    /// Name and value of each filter, in the order in which they are shown.
    private(set) var pairs: [(name: String, value: String)] = []
    private(set) var filter = RunFilter()
    let after: RunCursor?
    let state: RunState?
    let search: String

    /// Reads a query.
    ///
    /// `dag`: The DAG whose own list it is; nil: the query may name one. In the list of one DAG, `since` and `until` are
    /// about the instants that its runs stand for, by which it is ordered; else about when runs were made.
    init(_ fields: FormFields, dag: String?) throws(RequestError) {
        guard let text = fields.filled("after") else {
            after = nil
            (state, search) = (try Self.state(fields), fields.filled("q") ?? "")
            try read(fields, dag: dag)
            return
        }
        guard let cursor = RunCursor(text) else {
            throw .invalid("'after' is not a place in this list. Begin again without it.")
        }
        after = cursor
        (state, search) = (try Self.state(fields), fields.filled("q") ?? "")
        try read(fields, dag: dag)
    }

    private mutating func read(_ fields: FormFields, dag: String?) throws(RequestError) {
        for name in ["dag", "state", "since", "until", "q", "from", "to", "backfill"] {
            guard let value = fields.filled(name), name != "dag" || dag == nil else { continue }
            pairs.append((name, value))
        }
        filter.dag = dag ?? fields.filled("dag")
        filter.states = state.map { [$0] } ?? []
        filter.from = try Self.instant("from", fields)
        filter.to = try Self.instant("to", fields)
        if let text = fields.filled("backfill") {
            guard let number = Int(text) else { throw .invalid("'\(text.shortened)' is not the number of a backfill.") }
            filter.backfill = number
        }
        let (since, until) = (try Self.instant("since", fields), try Self.instant("until", fields, isEnd: true))
        if filter.dag == nil {
            (filter.since, filter.until) = (since, until)
        } else {
            (filter.from, filter.to) = (filter.from ?? since, filter.to ?? until)
        }
        if let span = Self.span(ofDate: search) {
            (filter.from, filter.to) = (filter.from ?? span.0, filter.to ?? span.1)
        }
    }

    /// Whether the search is for names of DAGs, and not for a date.
    var searchesNames: Bool { !search.isEmpty && Self.span(ofDate: search) == nil }

    /// Limits it to DAGs that were found.
    mutating func limit(to dags: [Int]) { filter.dags = dags }

    /// Takes its span away, for the addresses of others.
    mutating func dropSpan() { pairs.removeAll { $0.name == "since" || $0.name == "until" } }

    /// The address of the list without one of its filters, or of its next page.
    func path(_ base: String, without name: String? = nil, after cursor: RunCursor? = nil) -> String {
        var parts = pairs.filter { $0.name != name }.map { "\($0.name)=\(Address.segment($0.value))" }
        if let cursor { parts.append("after=\(cursor)") }
        return parts.isEmpty ? base : "\(base)?\(parts.joined(separator: "&"))"
    }

    private static func state(_ fields: FormFields) throws(RequestError) -> RunState? {
        guard let text = fields.filled("state") else { return nil }
        if let state = RunState(rawValue: text) { return state }
        let known = RunState.allCases.map(\.rawValue).joined(separator: ", ")
        throw .invalid("There is no run state '\(text.shortened)'. The states are \(known).")
    }

    /// An instant, or a day of UTC; of the end of a span, a day counts as a whole.
    private static func instant(
        _ name: String,
        _ fields: FormFields,
        isEnd: Bool = false
    ) throws(RequestError) -> Timestamp? {
        guard let text = fields.filled(name) else { return nil }
        if let instant = Timestamp(rfc3339: text) { return instant }
        if text.utf8.count == 10, let span = span(ofDate: text) { return isEnd ? span.1 : span.0 }
        throw .invalid(
            "'\(text.shortened)' is no instant. Write \(name) as 2026-08-21 or 2026-08-21T04:30:00Z."
        )
    }

    /// The span of UTC that a year, month, day, hour or minute means, as run keys begin: `2026-08`, `2026-08-21T02`.
    static func span(ofDate text: String) -> (Timestamp, Timestamp)? {
        let marks: [(length: Int, rest: String, next: Duration?)] = [
            (4, "-01-01T00:00:00Z", nil), (7, "-01T00:00:00Z", nil), (10, "T00:00:00Z", .seconds(86_400)),
            (13, ":00:00Z", .seconds(3_600)),
        ]
        let count = text.utf8.count
        guard let mark = marks.first(where: { $0.length == count }), let start = Timestamp(rfc3339: text + mark.rest)
        else { return nil }
        if let length = mark.next { return (start, start + length) }
        let date = LocalTime(start, offset: 0).date
        let next =
            count == 4 || date.month == 12
            ? CivilDate(year: date.year + 1, month: 1, day: 1)
            : CivilDate(year: date.year, month: date.month + 1, day: 1)
        return (start, Timestamp(seconds: next.daysSinceEpoch * 86_400))
    }
}
