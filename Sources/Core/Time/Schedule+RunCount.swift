extension Schedule {
    /// How many ticks from one instant on and before another the calendar lets run; beyond a limit they need not be
    /// counted.
    ///
    /// A whole day of one cron, or any span of an interval, is counted by what the rule says of a day, and not tick by
    /// tick: a year of a schedule may have millions.
    package func runCount(from: Timestamp, to: Timestamp, limit: Int) -> Int {
        guard from < to else { return 0 }
        let count = timetable.shift == nil && timetable.instants.isEmpty ? countByRule(from: from, to: to) : nil
        return min(limit, count ?? runs(from: from, to: to, limit: limit).count)
    }

    /// Nil where the ticks must be looked for one by one.
    private func countByRule(from: Timestamp, to: Timestamp) -> Int? {
        if let every = timetable.every, timetable.crons.isEmpty, calendar == nil {
            let (first, last) = (max(from, timetable.start ?? from), min(to, timetable.end ?? to))
            guard first < last else { return 0 }
            let (step, anchor) = (Int(every.clampedMicroseconds), Int((timetable.start ?? .epoch).microseconds))
            func before(_ instant: Timestamp) -> Int {
                let distance = Int(instant.microseconds) - anchor
                return distance / step + (distance % step > 0 ? 1 : 0)
            }
            return before(last) - before(first)
        }
        guard timetable.every == nil, let cron = timetable.crons.first, timetable.crons.count == 1,
            timetable.start.map({ $0 <= from }) ?? true, timetable.end.map({ to <= $0 }) ?? true,
            isPlainDay(from: from, to: to)
        else { return nil }
        let date = timetable.zone.local(from).date
        guard calendar?.allows(date) ?? true else { return 0 }
        return cron.pattern.matches(date) ? cron.pattern.timesOfDay : 0
    }

    /// Whether it is one day from midnight to midnight, near which no clock changes.
    private func isPlainDay(from: Timestamp, to: Timestamp) -> Bool {
        let day = Duration.seconds(86_400)
        let zone = timetable.zone
        let segment = zone.segment(at: from.wholeSeconds)
        return to - from == day && zone.local(from).seconds % 86_400 == 0 && from.microsecondOfSecond == 0
            && segment.start < from.wholeSeconds - 86_400 && segment.end > to.wholeSeconds
    }
}

extension CronPattern {
    /// Whether it matches some time of a date.
    fileprivate func matches(_ date: CivilDate) -> Bool {
        matchingDays(year: date.year, month: date.month) & 1 << UInt32(date.day) != 0
    }

    /// How many times of a date match, if any does.
    fileprivate var timesOfDay: Int {
        [CronField.second, .minute, .hour].reduce(1) { $0 * values(of: $1).count }
    }
}
