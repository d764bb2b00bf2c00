import Core
import Store

/// A year of days on a DAG's clock, with what became of each and what is planned.
struct CalendarYear: Sendable {
    /// One day.
    struct Day: Sendable {
        var date: CivilDate
        /// The day from its first instant on, up to the next one's.
        var start: Timestamp
        var end: Timestamp
        var outcomes: DayOutcomes
        /// How many runs are still to come; one more than `mostPlanned` where there are yet more.
        var planned: Int
    }

    /// More planned runs of one day are not counted.
    static let mostPlanned = 1_000

    let year: Int
    let zone: TimeZoneRules
    private(set) var days: [Day]

    /// The instants at which the days of a year begin on a zone's clock, and the one at which the last of them ends.
    static func bounds(of year: Int, in zone: TimeZoneRules) -> [Timestamp] {
        let first = CivilDate(year: year, month: 1, day: 1).daysSinceEpoch
        let last = CivilDate(year: year + 1, month: 1, day: 1).daysSinceEpoch
        var bounds = (first...last).map { zone.instant(of: LocalTime(seconds: $0 * 86_400)) }
        // A day that a zone has skipped (Samoa's 30 December 2011) begins and ends at once.
        for index in bounds.indices.dropFirst() where bounds[index] < bounds[index - 1] {
            bounds[index] = bounds[index - 1]
        }
        return bounds
    }

    /// Joins the days with their outcomes.
    ///
    /// `runs`: How many runs are still to come from one instant on and before another, counted up to a limit.
    init(
        _ year: Int,
        in zone: TimeZoneRules,
        outcomes: [DayOutcomes],
        runs: (_ from: Timestamp, _ to: Timestamp, _ limit: Int) -> Int
    ) {
        self.year = year
        self.zone = zone
        let bounds = Self.bounds(of: year, in: zone)
        let first = CivilDate(year: year, month: 1, day: 1)
        days = outcomes.indices.map { index in
            Day(
                date: first.advanced(byDays: index),
                start: bounds[index],
                end: bounds[index + 1],
                outcomes: outcomes[index],
                planned: runs(bounds[index], bounds[index + 1], Self.mostPlanned + 1)
            )
        }
    }

    /// How many runs of the year are in each state.
    var runs: [RunState: Int] {
        days.reduce(into: [:]) { $0.merge($1.outcomes.runs, uniquingKeysWith: +) }
    }

    /// On how many days ticks were skipped, by the reason.
    var skippedDays: [String: Int] {
        days.reduce(into: [:]) { counts, day in
            for reason in day.outcomes.skips.keys { counts[reason, default: 0] += 1 }
        }
    }

    /// How many runs are still to come, in words; nil when there are none.
    var plannedWords: String? {
        let count = days.reduce(0) { $0 + min($1.planned, Self.mostPlanned) }
        guard count > 0 else { return nil }
        let more = days.contains(where: \.hasMorePlanned) ? "more than " : ""
        return "\(more)\(Quantity.grouped(count)) to come"
    }
}

extension CalendarYear.Day {
    /// Whether more runs are to come than were counted.
    var hasMorePlanned: Bool { planned > CalendarYear.mostPlanned }

    /// The state that a glance must find: the worst of the runs; nil where there is none.
    var worst: RunState? {
        [.failed, .running, .queued, .cancelled, .success].first { (outcomes.runs[$0] ?? 0) > 0 }
    }

    /// Everything about the day, in words: `3 runs: 1 failed, 2 success; 1 skipped (calendar)`.
    var words: String {
        var parts: [String] = []
        let total = outcomes.runs.values.reduce(0, +)
        if total > 0 {
            let states = RunState.allCases.compactMap { state -> String? in
                guard let count = outcomes.runs[state], count > 0 else { return nil }
                return "\(Quantity.grouped(count)) \(Badge(state).word.lowercased())"
            }
            parts.append("\(Quantity.count(total, "run")): \(states.joined(separator: ", "))")
        }
        for (reason, count) in outcomes.skips.sorted(by: { $0.key < $1.key }) {
            parts.append((count.map { "\(Quantity.grouped($0)) " } ?? "") + "skipped (\(reason))")
        }
        if planned > 0 {
            let more = hasMorePlanned ? "more than " : ""
            parts.append("\(more)\(Quantity.grouped(min(planned, CalendarYear.mostPlanned))) to come")
        }
        return parts.isEmpty ? "nothing" : parts.joined(separator: "; ")
    }
}
