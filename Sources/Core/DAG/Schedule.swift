/// A timetable and the policies around it.
package struct Schedule: Hashable, Sendable {
    /// The rule that yields ticks.
    package var timetable: Timetable
    /// The rule as the file writes it, for pages: `30 4 * * *`, `every 15m`.
    package var text: String
    package var catchup: Catchup
    /// How far back `catchup: all` reaches.
    ///
    /// Defaults to 7 days.
    package var catchupWindow: Duration
    package var overlap: Overlap
    /// A run not started this long after its tick is cancelled; nil: never.
    package var startDeadline: Duration?
    /// The span over which starts are spread; zero: none.
    package var jitter: Duration

    /// The name of the calendar, for people; nil: every day will do.
    package var calendarName: String?
    /// The days on which ticks are run, where those of other days are skipped.
    ///
    /// Nil where every day will do, and where the timetable moves them instead.
    package var calendar: WorkCalendar?

    /// Whether ticks are only noted, for comparison with another scheduler, and none has a run.
    package var isShadow: Bool

    /// What happens to ticks that passed while nothing was deciding.
    package enum Catchup: String, Hashable, Sendable, CaseIterable {
        /// All are skipped.
        case none
        /// The newest is created.
        case latest
        /// Each within the window is created.
        case all
    }

    /// What happens to a tick that is due while an earlier scheduled run is unfinished.
    package enum Overlap: String, Hashable, Sendable, CaseIterable {
        /// It is created and waits.
        case queue
        /// It is skipped.
        case skip
        /// The running one is cancelled first.
        case cancel
        /// Both run.
        case allow
    }

    /// Makes a schedule with every policy at its default.
    package init(timetable: Timetable, text: String) {
        self.timetable = timetable
        self.text = text
        catchup = .latest
        catchupWindow = .seconds(7 * 86_400)
        overlap = .queue
        jitter = .zero
        isShadow = false
    }
}

extension Schedule {
    /// Whether the calendar lets a tick run.
    package func allows(_ tick: Timestamp) -> Bool {
        calendar?.allows(timetable.zone.local(tick).date) ?? true
    }

    /// The least tick after an instant that the calendar lets run, and before another; nil when there is none.
    ///
    /// Nil too where the timetable and the calendar do not meet within 50 years.
    package func nextRun(after instant: Timestamp, before end: Timestamp? = nil) -> Timestamp? {
        guard let calendar else { return timetable.next(after: instant, before: end) }
        let reach = max(instant, timetable.start ?? instant) + Self.reach
        let limit = min(end ?? reach, reach)
        let lastDay = timetable.zone.local(limit).daysSinceEpoch
        var bound = instant
        for _ in 0..<timetable.stepsSearched {
            guard let tick = timetable.next(after: bound, before: limit) else { return nil }
            let day = timetable.zone.local(tick).daysSinceEpoch
            if calendar.allows(day: day) { return tick }
            // Not tick by tick: a day of a schedule may have 86,400 of them.
            guard let open = calendar.firstAllowed(from: day, step: 1, through: lastDay) else { return nil }
            // Where clocks go back over midnight, that day has begun once already.
            bound = max(tick, timetable.zone.instant(of: LocalTime(seconds: open * 86_400)) - .microseconds(1))
        }
        return nil
    }

    /// The greatest tick at or before an instant that the calendar lets run; nil when there is none after a bound.
    ///
    /// Nil too where the timetable and the calendar do not meet within 50 years.
    package func latestRun(atOrBefore instant: Timestamp, after bound: Timestamp) -> Timestamp? {
        let (end, first) = (instant + .microseconds(1), bound + .microseconds(1))
        guard let calendar else { return timetable.previous(before: end, from: first) }
        let limit = max(first, min(instant, timetable.end ?? instant) - Self.reach)
        let firstDay = timetable.zone.local(limit).daysSinceEpoch
        var earliest = end
        for _ in 0..<timetable.stepsSearched {
            guard let tick = timetable.previous(before: earliest, from: limit) else { return nil }
            let day = timetable.zone.local(tick).daysSinceEpoch
            if calendar.allows(day: day) { return tick }
            guard let open = calendar.firstAllowed(from: day, step: -1, through: firstDay) else { return nil }
            earliest = min(tick, midnight(of: open + 1))
        }
        return nil
    }

    /// How far timetable and calendar are compared.
    private static let reach = Duration.seconds(CronExpression.yearsSearched * 366 * 86_400)

    /// The ticks from one instant on and before another that the calendar lets run, at most so many.
    package func runs(from: Timestamp, to: Timestamp, limit: Int = .max) -> [Timestamp] {
        var ticks: [Timestamp] = []
        var bound = from - .microseconds(1)
        while ticks.count < limit, let tick = nextRun(after: bound, before: to) {
            ticks.append(tick)
            bound = tick
        }
        return ticks
    }

    /// When a day begins; where clocks go back over midnight, the second time.
    private func midnight(of day: Int) -> Timestamp {
        switch timetable.zone.occurrence(of: LocalTime(seconds: day * 86_400)) {
        case .once(let instant), .skipped(let instant), .twice(_, let instant): instant
        }
    }

    /// The same ticks, the latest first, down from an instant that may be one of them.
    package func runs(downFrom: Timestamp, to from: Timestamp, limit: Int = .max) -> [Timestamp] {
        var ticks: [Timestamp] = []
        var bound = downFrom
        while ticks.count < limit, let tick = latestRun(atOrBefore: bound, after: from - .microseconds(1)) {
            ticks.append(tick)
            bound = tick - .microseconds(1)
        }
        return ticks
    }

    /// When it runs, in plain English.
    package func describe() -> String {
        let words = timetable.describe()
        guard let calendarName else { return words }
        return switch timetable.shift?.direction {
        case .nextDay: "\(words), moved to the next day of calendar '\(calendarName)'"
        case .previousDay: "\(words), moved to the day before of calendar '\(calendarName)'"
        case nil: "\(words), only on days of calendar '\(calendarName)'"
        }
    }
}
