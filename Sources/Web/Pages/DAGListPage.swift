import Core
import Hummingbird
import Store

/// What the list of DAGs shows.
struct DAGListView: Sendable {
    let folder: String
    let broken: [BrokenFileView]
    let hasBroken: Bool
    let rows: [DAGRowView]
    let hasRows: Bool
    let isEmpty: Bool
    let isFilteredEmpty: Bool
    let search: String
    let states: [ChoiceView]
    let sorts: [ChoiceView]
    /// Filters without a field of their own, which the form passes on.
    let hidden: [PairView]
    let filters: [FilterView]
    let hasFilters: Bool
    let more: String?
}

/// One DAG of the list.
struct DAGRowView: Sendable {
    let badge: Badge?
    let name: String
    let path: String
    let isPaused: Bool
    let isBroken: Bool
    let isRetired: Bool
    let schedule: String
    let next: Moment?
    let nextAge: String
    /// Markup.
    let strip: String
    let failures: String
    let usual: String
    let tags: [Link]
    let ownerLink: Link?

    init(_ record: DAGRecord, definition: DAG?, strip: DAGStrip?, now: Timestamp) {
        badge = record.latestRun.map { Badge($0.state) }
        name = record.name
        path = Address.dag(record.name)
        isPaused = record.isPaused
        isBroken = record.isBroken
        isRetired = record.isRetired
        schedule = ScheduleWords.of(definition)
        let tick = record.isPaused || record.isRetired ? nil : record.nextRun
        next = tick.map { Moment($0, now: now) }
        nextAge = tick.map { $0 < now ? "due" : Moment.age(of: $0, now: now) } ?? ""
        self.strip = Self.markup(for: strip?.runs ?? [])
        failures = strip.map { $0.failures == 0 ? "" : Quantity.grouped($0.failures) } ?? ""
        usual = strip?.usual.map(DurationText.format) ?? ""
        tags = (definition?.tags ?? []).map { Link(path: "/dags?tag=\(Address.segment($0))", text: $0) }
        ownerLink = definition?.owner.map { Link(path: "/dags?owner=\(Address.segment($0))", text: $0) }
    }

    /// The newest runs as glyphs, newest first, named once for those who do not see them.
    private static func markup(for runs: [DAGStrip.Entry]) -> String {
        guard !runs.isEmpty else { return "" }
        let failed = runs.count { $0.state == .failed }
        let succeeded = runs.count { $0.state == .success }
        var html = HTMLText(capacity: runs.count * 60)
        html.markup("<span class=\"strip\" role=\"img\" aria-label=\"")
        html.text("Newest \(runs.count): \(succeeded) success, \(failed) failed")
        html.markup("\">")
        for run in runs {
            let badge = Badge(run.state)
            html.markup("<span class=\"c \(badge.css)\">")
            html.text(badge.glyph)
            html.markup("</span>")
        }
        html.markup("</span>")
        return html.string
    }
}

/// A schedule in words.
enum ScheduleWords {
    /// What the file says, as a sentence's part; a DAG that cannot be read says nothing.
    static func of(_ definition: DAG?) -> String {
        guard let definition else { return "" }
        guard let schedule = definition.schedule else { return "only when triggered" }
        let zone = schedule.timetable.zone.name
        let words = "\(schedule.describe()), \(zone == "UTC" ? "UTC" : "\(zone) time")"
        return schedule.isShadow ? "\(words) (shadow: only noted, nothing runs)" : words
    }
}

extension Site {
    private static let dagsPerPage = 100

    /// Shows the list of DAGs, a hundred at a time.
    func dagList(_ request: Request, _ context: WebContext) async throws -> Response {
        let now = try await store.now()
        let wish = try DAGListQuery(query(request))
        let listing = try await dags(wish)
        let strips = try await store.strips(ofDAGs: listing.items.map(\.rowID))
        var rows: [DAGRowView] = []
        for record in listing.items {
            let definition = try await definitions.definition(of: record)
            rows.append(DAGRowView(record, definition: definition, strip: strips[record.name], now: now))
        }
        let broken = try await store.fileErrors().prefix(20).map(BrokenFileView.init)
        let states =
            RunState.allCases.map { ($0.rawValue, Badge($0).word.lowercased()) } + [
                ("paused", "paused"), ("broken", "file broken"), ("never", "never run"),
            ]
        let view = DAGListView(
            folder: configuration.folder,
            broken: broken,
            hasBroken: !broken.isEmpty,
            rows: rows,
            hasRows: !rows.isEmpty,
            isEmpty: rows.isEmpty && wish.pairs.isEmpty && wish.after == nil,
            isFilteredEmpty: rows.isEmpty && !wish.pairs.isEmpty,
            search: wish["q"] ?? "",
            states: states.map { ChoiceView(value: $0.0, word: $0.1, isChosen: wish["state"] == $0.0) },
            sorts: DAGListQuery.Sort.allCases.map {
                ChoiceView(value: $0.rawValue, word: $0.words, isChosen: $0 == wish.sort)
            },
            hidden: ["tag", "owner"].compactMap { name in wish[name].map { PairView(name: name, value: $0) } },
            filters: wish.pairs.map { FilterView(text: "\($0.name)=\($0.value)", path: wish.path(without: $0.name)) },
            hasFilters: !wish.pairs.isEmpty,
            more: listing.next.map { wish.path(after: $0) }
        )
        return respond(
            PageView(title: "DAGs · Rota", section: .dags, refresh: 5),
            "dags",
            view,
            to: request,
            context,
            now: now
        )
    }

    private func dags(_ wish: DAGListQuery) async throws -> Page<DAGRecord, String> {
        if wish.isPlain {
            return try await store.dags(after: wish.after, includesRetired: false, limit: Self.dagsPerPage)
        }
        let heads = try await store.dagHeads()
        let entries = wish.needsFiles ? try await catalogue.entries(of: heads.compactMap(\.versionRowID)) : [:]
        let names = wish.names(heads, entries)
        let first = wish.after.flatMap { names.firstIndex(of: $0) }.map { $0 + 1 } ?? 0
        let shown = Array(names.dropFirst(first).prefix(Self.dagsPerPage))
        let records = Dictionary(try await store.dags(named: shown).map { ($0.name, $0) }) { one, _ in one }
        return Page(
            items: shown.compactMap { records[$0] },
            next: first + shown.count < names.count ? shown.last : nil
        )
    }
}
