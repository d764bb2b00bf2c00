import Core
import Store

/// The grid of a DAG's tasks and runs, as its page shows it.
struct GridView: Sendable {
    let runCount: Int
    let heads: [GridHeadView]
    /// Markup.
    let rows: String
    let hasRows: Bool
    let sizes: [ChoiceLinkView]
    let onlyFailed: ChoiceLinkView
    let olderRuns: String?
    let newestRuns: String?
    let moreTasks: String?
    let firstTasks: String?
    let taskWords: String?
    /// Markup.
    let trend: String
    let trendWords: String?
}

/// One of a few ways to show something, as a link.
struct ChoiceLinkView: Sendable {
    let choicePath: String
    let word: String
    let isChosen: Bool
}

/// The head of one column of the grid: a run.
struct GridHeadView: Sendable {
    let path: String
    let words: String
    let day: String
    let date: String?
    let isDense: Bool
    let css: String
    let top: Int
    let height: Int
}

/// What of a grid is wanted, as its address says.
struct GridQuery: Sendable {
    var columns: Int
    var isFailedOnly: Bool
    /// The key of the run before which the first column's is; nil: the newest comes first.
    var before: String?
    var firstTask: Int

    static let sizes = [14, 25, 50]
    /// More cells than this are not put on one page, and no more rows than `mostRows`.
    private static let mostCells = 4_500
    private static let mostRows = 200

    init(_ fields: FormFields) {
        columns = fields.filled("runs").flatMap(Int.init).flatMap { Self.sizes.contains($0) ? $0 : nil } ?? 14
        isFailedOnly = fields["only"] == "failed"
        before = fields.filled("before")
        firstTask = max(0, fields["tasks"].flatMap(Int.init) ?? 0)
    }

    /// How many tasks stand on a page.
    var rows: Int { min(Self.mostRows, Self.mostCells / columns) }

    /// The address of a grid, without what is usual.
    func path(_ base: String) -> String {
        var parts: [String] = []
        if columns != 14 { parts.append("runs=\(columns)") }
        if isFailedOnly { parts.append("only=failed") }
        if let before { parts.append("before=\(Address.segment(before))") }
        if firstTask > 0 { parts.append("tasks=\(firstTask)") }
        return parts.isEmpty ? base : "\(base)?\(parts.joined(separator: "&"))"
    }

    /// The same with a change.
    func with(_ change: (inout GridQuery) -> Void) -> GridQuery {
        var other = self
        change(&other)
        return other
    }
}

/// What a grid is made of: runs, tasks and the cells at which they meet.
struct GridData: Sendable {
    var wish: GridQuery
    /// Newest first.
    var runs: [RunRecord]
    /// The newest, for the trend.
    var recent: [RunRecord]
    var hasOlder: Bool
    /// The names that are shown.
    var tasks: [String]
    /// How many there are in all.
    var taskCount: Int
    var cells: [GridCell]
}

extension Site {
    /// How many runs the trend shows.
    static let trendRuns = 60

    /// Reads a grid; nil where the DAG has never run.
    func gridData(of record: DAGRecord, _ definition: DAG?, _ fields: FormFields) async throws -> GridData? {
        let wish = GridQuery(fields)
        var cursor: RunCursor?
        if let key = wish.before {
            guard let run = try await store.run(RunName(dag: record.name, key: key)) else {
                throw RequestError.notFound(
                    "The DAG '\(record.name)' has no run '\(key.shortened)'.",
                    nearest: Link(path: Address.dag(record.name), text: record.name)
                )
            }
            cursor = RunCursor(at: run.logicalDate, rowID: run.rowID)
        }
        let limit = max(wish.columns, Self.trendRuns)
        let listing = try await store.runs(RunFilter(dag: record.name), after: cursor, limit: limit)
        guard let newest = listing.items.first else { return nil }
        let runs = Array(listing.items.prefix(wish.columns))
        var names = definition?.tasks.map(\.id) ?? []
        if definition == nil { names = try await store.taskNames(ofRun: newest.rowID) }
        if wish.isFailedOnly {
            let failed = Set(try await store.failedTasks(ofRuns: runs.map(\.rowID)))
            // Tasks that the version in force no longer has come last.
            names = names.filter(failed.contains) + failed.subtracting(names).sorted()
        }
        let shown = Array(names.dropFirst(wish.firstTask).prefix(wish.rows))
        let columns = try await columns(of: runs, tasks: Set(shown))
        return GridData(
            wish: wish,
            runs: runs,
            recent: listing.items,
            hasOlder: listing.next != nil || listing.items.count > runs.count,
            tasks: shown,
            taskCount: names.count,
            cells: shown.isEmpty ? [] : try await store.gridCells(columns, tasks: shown)
        )
    }

    /// Where the tasks stand in the version of each run, so that no more of it is read than is shown.
    private func columns(of runs: [RunRecord], tasks: Set<String>) async throws -> [GridColumn] {
        var spans: [Int: ClosedRange<Int>?] = [:]
        var columns: [GridColumn] = []
        for run in runs {
            if spans[run.versionRowID] == nil {
                guard let definition = try await definitions.definition(of: run) else {
                    spans[run.versionRowID] = .some(0...Int(Int32.max))
                    columns.append(GridColumn(run: run.rowID, places: 0...Int(Int32.max)))
                    continue
                }
                let places = definition.tasks.indices.filter { tasks.contains(definition.tasks[$0].id) }
                spans[run.versionRowID] = .some(places.first.map { $0...(places.last ?? $0) })
            }
            if let span = spans[run.versionRowID].flatMap(\.self) {
                columns.append(GridColumn(run: run.rowID, places: span))
            }
        }
        return columns
    }

    /// Makes the view of a DAG's grid; nil where it has never run.
    func grid(of record: DAGRecord, _ definition: DAG?, _ fields: FormFields, now: Timestamp) async throws -> GridView?
    {
        guard let data = try await gridData(of: record, definition, fields) else { return nil }
        let (wish, path) = (data.wish, Address.dag(record.name))
        let end = wish.firstTask + data.tasks.count
        let points = data.recent.compactMap { run in
            run.endedAt == nil
                ? nil : run.took(now: now).map { TrendMarkup.Point(duration: $0, badge: Badge(run.state)) }
        }
        let trend = TrendMarkup(points)
        let trendCount = Quantity.count(points.count, "run")
        return GridView(
            runCount: data.runs.count,
            heads: GridMarkup.heads(data.runs, now: now),
            rows: GridMarkup.rows(tasks: data.tasks, dag: record.name, runs: data.runs, cells: data.cells),
            hasRows: !data.tasks.isEmpty,
            sizes: GridQuery.sizes.map { size in
                ChoiceLinkView(
                    choicePath: wish.with { ($0.columns, $0.firstTask) = (size, 0) }.path(path),
                    word: "\(size) runs",
                    isChosen: size == wish.columns
                )
            },
            onlyFailed: ChoiceLinkView(
                choicePath: wish.with { ($0.isFailedOnly, $0.firstTask) = (!wish.isFailedOnly, 0) }.path(path),
                word: wish.isFailedOnly ? "Show all tasks" : "Only tasks that failed",
                isChosen: wish.isFailedOnly
            ),
            olderRuns: data.hasOlder ? wish.with { $0.before = data.runs.last?.name.key }.path(path) : nil,
            newestRuns: wish.before == nil ? nil : wish.with { $0.before = nil }.path(path),
            moreTasks: end < data.taskCount ? wish.with { $0.firstTask = end }.path(path) : nil,
            firstTasks: wish.firstTask > 0 ? wish.with { $0.firstTask = 0 }.path(path) : nil,
            taskWords: data.tasks.count == data.taskCount
                ? nil
                : "Tasks \(Quantity.grouped(wish.firstTask + 1)) to \(Quantity.grouped(end)) of "
                    + Quantity.grouped(data.taskCount),
            trend: trend.svg(label: "Durations of \(trendCount), newest first"),
            trendWords: points.count > 1
                ? "\(trendCount), newest at the left: \(trend.words); the longest took "
                    + DurationText.format(trend.longest) + trend.cutWords : nil
        )
    }
}
