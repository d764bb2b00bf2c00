/// The rules that say for which instants a DAG runs: crons, an interval and single instants, in one zone.
///
/// Its ticks are strictly increasing; rules that fall on one instant give one tick. Everything is a pure function of the
/// timetable, which holds the zone's rules: after an update of the zone data it is made anew.
package struct Timetable: Hashable, Sendable {
    /// The stretch of time whose data a run is about; the end is not part of it.
    package struct Interval: Hashable, Sendable {
        /// The first instant.
        package var start: Timestamp
        /// The first instant after it.
        package var end: Timestamp

        /// Makes an interval.
        package init(start: Timestamp, end: Timestamp) {
            self.start = start
            self.end = end
        }
    }

    /// Days on which ticks are moved rather than decided to be skipped.
    package struct Shift: Hashable, Sendable {
        /// The days that are allowed.
        package var calendar: WorkCalendar
        /// Where a tick of another day goes.
        package var direction: CalendarShift

        /// Makes a shift.
        package init(calendar: WorkCalendar, direction: CalendarShift) {
            self.calendar = calendar
            self.direction = direction
        }
    }

    /// Expressions whose runs are ticks.
    package let crons: [CronExpression]
    /// The interval between ticks, counted from `start`, else from 1970 in UTC; it knows neither days nor clock changes.
    package let every: Duration?
    /// Single ticks, ascending.
    package let instants: [Timestamp]
    /// The zone in which crons and calendars are read.
    package let zone: TimeZoneRules
    /// The first instant that may be a tick.
    package let start: Timestamp?
    /// The first instant that may no longer be one.
    package let end: Timestamp?
    /// The calendar that moves ticks; nil when ticks stay where they are.
    package let shift: Shift?

    /// Makes a timetable.
    ///
    /// An interval is at least a millisecond.
    package init(
        crons: [CronExpression] = [],
        every: Duration? = nil,
        at instants: [Timestamp] = [],
        zone: TimeZoneRules = .utc,
        start: Timestamp? = nil,
        end: Timestamp? = nil,
        shift: Shift? = nil
    ) {
        precondition(
            every.map { $0 >= .milliseconds(1) } ?? true,
            "an interval of a timetable is a millisecond or more"
        )
        self.crons = crons
        self.every = every
        self.instants = Array(Set(instants)).sorted()
        self.zone = zone
        self.start = start
        self.end = end
        self.shift = shift
    }

    /// The least tick after an instant; nil when there is none.
    package func next(after instant: Timestamp) -> Timestamp? {
        next(after: instant, before: nil)
    }

    /// The least tick after an instant and before another; nil when there is none.
    package func next(after instant: Timestamp, before limit: Timestamp?) -> Timestamp? {
        var bound = instant
        if let start, bound < start { bound = start - .microseconds(1) }
        let last = [end, limit].compactMap(\.self).min()
        if let last, bound >= last { return nil }
        guard let tick = nextUnbounded(after: bound, before: last) else { return nil }
        if let last, tick >= last { return nil }
        return tick
    }

    /// The greatest tick before an instant; nil when there is none.
    package func previous(before instant: Timestamp) -> Timestamp? {
        previous(before: instant, from: nil)
    }

    /// The greatest tick before an instant and not before another; nil when there is none.
    package func previous(before instant: Timestamp, from limit: Timestamp?) -> Timestamp? {
        var bound = instant
        if let end, bound > end { bound = end }
        let first = [start, limit].compactMap(\.self).max()
        if let first, bound <= first { return nil }
        guard let tick = previousUnbounded(before: bound, from: first) else { return nil }
        if let first, tick < first { return nil }
        return tick
    }

    /// The greatest tick at or before an instant; nil when there is none.
    package func latest(atOrBefore instant: Timestamp) -> Timestamp? {
        previous(before: instant + .microseconds(1))
    }

    /// Whether an instant is a tick.
    package func isTick(_ instant: Timestamp) -> Bool {
        next(after: instant - .microseconds(1)) == instant
    }

    /// The ticks from one instant on and before another, at most so many.
    package func ticks(from: Timestamp, to: Timestamp, limit: Int = .max) -> [Timestamp] {
        var ticks: [Timestamp] = []
        var bound = from - .microseconds(1)
        while ticks.count < limit, let tick = next(after: bound, before: to) {
            ticks.append(tick)
            bound = tick
        }
        return ticks
    }

    /// The data interval of a tick: from the previous tick to it.
    ///
    /// The first tick's begins where the rules, continued to before `start`, have their previous instant, so that it is as
    /// long as the others; where even they have none, at `start` or, without one, at the tick itself.
    package func dataInterval(ofTick tick: Timestamp) -> Interval {
        Interval(start: previousUnbounded(before: tick) ?? min(start ?? tick, tick), end: tick)
    }

    /// The data interval of a run that people start: that of the latest tick at or before its logical date.
    ///
    /// Without such a tick both ends are the logical date.
    package func dataInterval(ofManualRunAt logicalDate: Timestamp) -> Interval {
        guard let tick = latest(atOrBefore: logicalDate) else { return Interval(start: logicalDate, end: logicalDate) }
        return dataInterval(ofTick: tick)
    }

    /// The timetable in plain English.
    package func describe() -> String {
        var parts = crons.map { $0.describe() }
        if let every { parts.append("Every \(DurationText.format(every))") }
        if instants.count == 1 {
            parts.append("At \(instants[0].rfc3339(in: zone))")
        } else if let first = instants.first {
            parts.append("At \(instants.count) instants from \(first.rfc3339(in: zone)) on")
        }
        return parts.joined(separator: "; ")
    }
}

extension Timetable {
    func nextUnbounded(after instant: Timestamp, before limit: Timestamp? = nil) -> Timestamp? {
        if let shift { return ShiftedTicks(timetable: self, shift: shift).next(after: instant, before: limit) }
        return nextUnshifted(after: instant, before: limit)
    }

    func previousUnbounded(before instant: Timestamp, from limit: Timestamp? = nil) -> Timestamp? {
        if let shift { return ShiftedTicks(timetable: self, shift: shift).previous(before: instant, from: limit) }
        return previousUnshifted(before: instant, from: limit)
    }

    /// `limit`: Beyond its year nothing need be found.
    func nextUnshifted(after instant: Timestamp, before limit: Timestamp? = nil) -> Timestamp? {
        var best: Timestamp?
        func offer(_ tick: Timestamp?) {
            if let tick { best = min(best ?? tick, tick) }
        }
        for cron in crons { offer(cron.next(after: instant, before: limit, in: zone)) }
        if let every { offer(multiple(of: every, after: instant)) }
        let later = firstInstant { $0 > instant }
        if later < instants.count { offer(instants[later]) }
        return best
    }

    /// `limit`: Before its year nothing need be found.
    func previousUnshifted(before instant: Timestamp, from limit: Timestamp? = nil) -> Timestamp? {
        var best: Timestamp?
        func offer(_ tick: Timestamp?) {
            if let tick { best = max(best ?? tick, tick) }
        }
        for cron in crons { offer(cron.previous(before: instant, after: limit, in: zone)) }
        if let every { offer(multiple(of: every, after: instant - every - .microseconds(1))) }
        let earlier = firstInstant { $0 >= instant } - 1
        if earlier >= 0 { offer(instants[earlier]) }
        return best
    }

    /// How many steps a search for a day that is open takes before it gives up.
    ///
    /// Enough for one that has open days and ticks in turns for 50 years; the more rules, the fewer steps of each.
    var stepsSearched: Int { max(1_000, 40_000 / (crons.count + 2)) }

    /// The index of the first single instant that a condition holds for, which holds for all after it too.
    private func firstInstant(where isBeyond: (Timestamp) -> Bool) -> Int {
        var (low, high) = (0, instants.count)
        while low < high {
            let middle = (low + high) / 2
            if isBeyond(instants[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// The least of the anchor's even distances that is after an instant.
    private func multiple(of every: Duration, after instant: Timestamp) -> Timestamp? {
        let step = Int(every.clampedMicroseconds)
        let anchor = Int((start ?? .epoch).microseconds)
        let distance = Int(instant.microseconds).subtractingReportingOverflow(anchor)
        guard !distance.overflow else { return nil }
        var count = distance.partialValue / step
        if distance.partialValue % step < 0 { count -= 1 }
        let ahead = (count + 1).multipliedReportingOverflow(by: step)
        let sum = ahead.partialValue.addingReportingOverflow(anchor)
        guard !ahead.overflow, !sum.overflow else { return nil }
        return Timestamp(microseconds: Int64(sum.partialValue))
    }
}
