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

    /// The least tick after an instant that the calendar lets run; nil when there is none.
    package func nextRun(after instant: Timestamp) -> Timestamp? {
        var tick = timetable.next(after: instant)
        while let found = tick, let calendar {
            let day = timetable.zone.local(found).daysSinceEpoch
            if calendar.allows(day: day) { return found }
            // Not tick by tick: a day of a schedule may have 86,400 of them.
            guard let open = calendar.firstAllowed(from: day, step: 1) else { return nil }
            // Where clocks go back over midnight, that day has begun once already.
            tick = timetable.next(
                after: max(found, timetable.zone.instant(of: LocalTime(seconds: open * 86_400)) - .microseconds(1))
            )
        }
        return tick
    }

    /// The greatest tick at or before an instant that the calendar lets run; nil when there is none after a bound.
    package func latestRun(atOrBefore instant: Timestamp, after bound: Timestamp) -> Timestamp? {
        var tick = timetable.latest(atOrBefore: instant)
        while let found = tick, found > bound, let calendar {
            let day = timetable.zone.local(found).daysSinceEpoch
            if calendar.allows(day: day) { return found }
            guard let open = calendar.firstAllowed(from: day, step: -1) else { return nil }
            tick = timetable.previous(before: min(found, midnight(of: open + 1)))
        }
        return tick.flatMap { $0 > bound ? $0 : nil }
    }

    /// The ticks from one instant on and before another that the calendar lets run, at most so many.
    package func runs(from: Timestamp, to: Timestamp, limit: Int = .max) -> [Timestamp] {
        var ticks: [Timestamp] = []
        var bound = from - .microseconds(1)
        while ticks.count < limit, let tick = nextRun(after: bound), tick < to {
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
