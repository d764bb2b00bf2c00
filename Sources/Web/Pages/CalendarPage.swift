import Core
import Hummingbird
import Store

/// What a DAG's calendar shows.
struct CalendarView: Sendable {
    let name: String
    let path: String
    let year: Int
    let zone: String
    let schedule: String?
    /// Markup.
    let months: String
    let summary: String
    let before: String
    let after: String
}

extension Site {
    /// The years that a calendar can show.
    private static let years = 1970...2200

    /// Shows a year of a DAG: what became of each day, and what is to come.
    func calendarPage(_ request: Request, _ context: WebContext) async throws -> Response {
        let now = try await store.now()
        let record = try await requireDAG(context)
        let definition = try await definitions.definition(of: record)
        let shown = try await calendarYear(of: record, query(request), now: now)
        let (year, zone, path) = (shown.year, shown.zone, Address.dag(record.name))
        let view = CalendarView(
            name: record.name,
            path: path,
            year: year,
            zone: zone.name,
            schedule: ScheduleWords.of(definition),
            months: CalendarMarkup.tables(shown, today: zone.local(now).date) { day in
                "\(path)/runs?from=\(day.start.rfc3339Seconds)&to=\(day.end.rfc3339Seconds)"
            },
            summary: Self.summary(of: shown),
            before: "\(path)/calendar?year=\(year - 1)",
            after: "\(path)/calendar?year=\(year + 1)"
        )
        var page = PageView(title: "\(record.name) \(year) · Rota", section: .dags)
        page.crumbs = [
            CrumbView("DAGs", path: "/dags"), CrumbView(record.name, path: path), CrumbView("Calendar"),
        ]
        return respond(page, "calendar", view, to: request, context, now: now)
    }

    /// The year that a query names, or the present one, with what became of its days and what is to come.
    func calendarYear(of record: DAGRecord, _ fields: FormFields, now: Timestamp) async throws -> CalendarYear {
        let schedule = try await definitions.definition(of: record)?.schedule
        let zone = schedule?.timetable.zone ?? .utc
        let text = fields.filled("year")
        guard let year = text.map({ Int($0) }) ?? zone.local(now).date.year, Self.years.contains(year) else {
            throw RequestError.invalid("'\((text ?? "").shortened)' is no year from 1970 to 2200.")
        }
        let days = CalendarYear.bounds(of: year, in: zone)
        var outcomes = try await store.runsByDay(ofDAG: record.name, days: days)
        try await store.skipsByDay(ofDAG: record.name, days: days, to: &outcomes)
        let isOff = record.isPaused || record.isRetired || schedule?.isShadow ?? true
        return CalendarYear(year, in: zone, outcomes: outcomes) { from, to, limit in
            guard !isOff, to > now, let schedule else { return 0 }
            return schedule.runCount(from: max(from, now + .microseconds(1)), to: to, limit: limit)
        }
    }

    private static func summary(of year: CalendarYear) -> String {
        var parts = RunState.allCases.compactMap { state -> String? in
            guard let count = year.runs[state], count > 0 else { return nil }
            return "\(Quantity.grouped(count)) \(Badge(state).word.lowercased())"
        }
        if parts.isEmpty { parts.append("no runs") }
        if let planned = year.plannedWords { parts.append(planned) }
        for (reason, count) in year.skippedDays.sorted(by: { $0.key < $1.key }) {
            parts.append("skipped on \(Quantity.count(count, "day")) (\(reason))")
        }
        return parts.joined(separator: ", ")
    }
}
