import Core
import Hummingbird
import Store

/// What the page of one backfill shows.
struct BackfillView: Sendable {
    let row: BackfillRowView
    let path: String
    let heading: String
    let isRunning: Bool
    let ended: Int
    let total: Int
    let progress: String
    /// How long the rest will take; nil where that cannot be said.
    let rest: String?
    /// Why it was ended by nobody's word; nil: it was not.
    let reason: String?
    let rerun: String
    let order: String
    let atOnce: String
    let created: Moment
    let endedAt: Moment?
    let runsPath: String
    let failedPath: String?
    let retryPath: String?
    let zone: String
    let year: Int
    /// Markup.
    let months: String
    let before: String?
    let after: String?
    let formKey: String
}

extension Site {
    /// Shows how far a backfill has come, day by day.
    func backfillPage(_ request: Request, _ context: WebContext) async throws -> Response {
        let now = try await store.now()
        let id = try context.parameters.require("id")
        guard let number = Int(id), let record = try await store.backfill(number) else {
            let link = Link(path: "/backfills", text: "All backfills")
            throw RequestError.notFound("There is no backfill '\(id.shortened)'.", nearest: link)
        }
        let dag = try await store.dag(record.dag)
        let definition: DAG? = if let dag { try await definitions.definition(of: dag) } else { nil }
        let zone = definition?.schedule?.timetable.zone ?? .utc
        let (first, last) = (zone.local(record.from).date, zone.local(record.to - .microseconds(1)).date)
        let wanted = query(request)["year"].flatMap { Int($0) } ?? (record.isReverse ? last.year : first.year)
        let year = min(max(wanted, first.year), last.year)
        let days = CalendarYear.bounds(of: year, in: zone)
        let outcomes = try await store.runsByDay(ofDAG: record.dag, backfill: record.id, days: days)
        let schedule = definition?.schedule
        let shown = CalendarYear(year, in: zone, outcomes: outcomes) { from, to, limit in
            guard let rest = record.unmadeSpan, let schedule, from < rest.upperBound, to > rest.lowerBound else {
                return 0
            }
            return schedule.runCount(from: max(from, rest.lowerBound), to: min(to, rest.upperBound), limit: limit)
        }
        let months = (year == first.year ? first.month : 1)...(year == last.year ? last.month : 12)
        let path = "/backfills/\(record.id)"
        let runsPath = "/runs?backfill=\(record.id)"
        let failures = (record.runCounts[.failed] ?? 0) + (record.runCounts[.cancelled] ?? 0)
        let span = "from=\(record.from.rfc3339Seconds)&to=\(record.to.rfc3339Seconds)"
        let view = BackfillView(
            row: BackfillRowView(record, now: now),
            path: path,
            heading: "Backfill \(record.id) of \(record.dag)",
            isRunning: record.state == .running || record.state == .paused,
            ended: record.ended,
            total: max(1, record.total),
            progress: "\(Quantity.grouped(record.ended)) of \(Quantity.count(record.total, "run")) ended",
            rest: record.rest(now: now).map { "about \(DurationText.format($0)) left, at the pace so far" },
            reason: record.reason.map { $0 == "file_removed" ? "Ended: the DAG's file is gone" : "Ended: \($0)" },
            rerun: Self.words(forRerun: record.rerun),
            order: record.isReverse ? "Newest first" : "Oldest first",
            atOnce: "\(record.maximumActive) at most",
            created: Moment(record.createdAt, now: now),
            endedAt: record.endedAt.map { Moment($0, now: now) },
            runsPath: runsPath,
            failedPath: failures > 0 ? "\(runsPath)&state=failed" : nil,
            retryPath: failures > 0 ? "/backfills/new?dag=\(Address.segment(record.dag))&\(span)&rerun=failed" : nil,
            zone: zone.name,
            year: year,
            months: CalendarMarkup.tables(shown, months: months, today: zone.local(now).date) { day in
                "\(runsPath)&from=\(day.start.rfc3339Seconds)&to=\(day.end.rfc3339Seconds)"
            },
            before: year > first.year ? "\(path)?year=\(year - 1)" : nil,
            after: year < last.year ? "\(path)?year=\(year + 1)" : nil,
            formKey: context.visitor.formKey
        )
        let isLive = record.state == .running
        var page = PageView(title: "\(view.heading) · Rota", section: .backfills, refresh: isLive ? 5 : nil)
        page.crumbs = [CrumbView("Backfills", path: "/backfills"), CrumbView("\(record.id)")]
        return respond(page, "backfill", view, to: request, context, now: now)
    }

    private static func words(forRerun rerun: String) -> String {
        switch rerun {
        case "failed": "Runs that had failed or been cancelled are run again"
        case "all": "Runs that existed are run again"
        default: "Runs that existed are left as they are"
        }
    }
}
