/// Which days a schedule may run on: allowed and blocked days, where blocked beats allowed.
///
/// A day is allowed when no rule blocks it and, if there are rules that allow days at all, one of them allows it.
package struct WorkCalendar: Hashable, Sendable {
    /// A rule that names days.
    package enum Rule: Hashable, Sendable {
        /// One day.
        case date(CivilDate)
        /// All days from the first to the last.
        case range(CivilDate, CivilDate)
        /// A day of every week, 0 for Sunday to 6 for Saturday.
        case weekly(weekday: Int)
        /// A day of every year; 29 February in leap years only.
        case yearly(month: Int, day: Int)
    }

    /// How far a moved tick goes to find a day, in days; beyond it the tick counts as blocked.
    static let daysSearched = 366

    private var allowed: Days
    private var blocked: Days

    /// Makes a calendar of its own rules and those of the calendars it includes.
    package init(allowed: [Rule] = [], blocked: [Rule] = [], including included: [WorkCalendar] = []) {
        self.allowed = Days(allowed)
        self.blocked = Days(blocked)
        for calendar in included {
            self.allowed.formUnion(calendar.allowed)
            self.blocked.formUnion(calendar.blocked)
        }
    }

    /// Whether a schedule may run on a day.
    package func allows(_ date: CivilDate) -> Bool {
        allows(day: date.daysSinceEpoch)
    }

    func allows(day: Int) -> Bool {
        let date = CivilDate(daysSinceEpoch: day)
        if blocked.contains(date, day: day) { return false }
        return allowed.isEmpty || allowed.contains(date, day: day)
    }

    /// The day itself when it is allowed, else the nearest allowed one in that direction; nil when a year has none.
    package func nearestAllowed(to date: CivilDate, _ shift: CalendarShift) -> CivilDate? {
        nearestAllowed(to: date.daysSinceEpoch, shift).map(CivilDate.init(daysSinceEpoch:))
    }

    func nearestAllowed(to day: Int, _ shift: CalendarShift) -> Int? {
        let step = shift == .nextDay ? 1 : -1
        return firstAllowed(from: day - step, step: step, through: day + WorkCalendar.daysSearched * step)
    }

    /// The nearest allowed day beyond a day in the direction of a step, 1 or -1; nil when there is none up to the last.
    func firstAllowed(from day: Int, step: Int, through last: Int) -> Int? {
        var day = day + step
        while (last - day) * step >= 0 {
            if let range = blocked.range(around: day) {
                day = (step > 0 ? range.upperBound : range.lowerBound) + step
            } else if allows(day: day) {
                return day
            } else if allowed.isRangesAlone, allowed.range(around: day) == nil {
                guard let range = allowed.range(beyond: day, step: step) else { return nil }
                day = step > 0 ? range.lowerBound : range.upperBound
            } else {
                day += step
            }
        }
        return nil
    }

    /// A set of days.
    private struct Days: Hashable {
        /// Single days and ranges, ascending, with days between them that belong to none.
        private var ranges: [ClosedRange<Int>] = []
        private var weekdays: UInt8 = 0
        /// The months' days as bits; empty when there are none.
        private var yearly: [UInt32] = []

        init(_ rules: [Rule]) {
            for rule in rules {
                switch rule {
                case .date(let date): ranges.append(date.daysSinceEpoch...date.daysSinceEpoch)
                case .range(let first, let last):
                    if first <= last { ranges.append(first.daysSinceEpoch...last.daysSinceEpoch) }
                case .weekly(let weekday): weekdays |= 1 << UInt8(weekday % 7)
                case .yearly(let month, let day):
                    if yearly.isEmpty { yearly = Array(repeating: 0, count: 13) }
                    yearly[month] |= 1 << UInt32(day)
                }
            }
            joinRanges()
        }

        var isEmpty: Bool { ranges.isEmpty && hasNoRepeatedDays }

        /// Whether there are days, and none of every week or year.
        var isRangesAlone: Bool { !ranges.isEmpty && hasNoRepeatedDays }

        private var hasNoRepeatedDays: Bool { weekdays == 0 && yearly.isEmpty }

        func contains(_ date: CivilDate, day: Int) -> Bool {
            weekdays & 1 << UInt8(CivilDate.weekday(daysSinceEpoch: day)) != 0
                || !yearly.isEmpty && yearly[date.month] & 1 << UInt32(date.day) != 0
                || range(around: day) != nil
        }

        func range(around day: Int) -> ClosedRange<Int>? {
            let index = indexOfRange(endingAtOrAfter: day)
            return index < ranges.count && ranges[index].lowerBound <= day ? ranges[index] : nil
        }

        /// The nearest range in the direction of a step, seen from a day that is in none.
        func range(beyond day: Int, step: Int) -> ClosedRange<Int>? {
            let index = indexOfRange(endingAtOrAfter: day) - (step > 0 ? 0 : 1)
            return ranges.indices.contains(index) ? ranges[index] : nil
        }

        mutating func formUnion(_ other: Days) {
            ranges += other.ranges
            joinRanges()
            weekdays |= other.weekdays
            if yearly.isEmpty {
                yearly = other.yearly
            } else {
                for (month, days) in other.yearly.enumerated() { yearly[month] |= days }
            }
        }

        private func indexOfRange(endingAtOrAfter day: Int) -> Int {
            var (low, high) = (0, ranges.count)
            while low < high {
                let middle = (low + high) / 2
                if ranges[middle].upperBound >= day { high = middle } else { low = middle + 1 }
            }
            return low
        }

        private mutating func joinRanges() {
            ranges.sort { $0.lowerBound < $1.lowerBound }
            var joined: [ClosedRange<Int>] = []
            for range in ranges {
                if let last = joined.last, range.lowerBound <= last.upperBound + 1 {
                    joined[joined.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
                } else {
                    joined.append(range)
                }
            }
            ranges = joined
        }
    }
}

/// Where a tick on a blocked day goes.
package enum CalendarShift: String, CaseIterable, Hashable, Sendable {
    /// To the same wall-clock time of the next allowed day.
    case nextDay = "next_day"
    /// To the same wall-clock time of the previous allowed day.
    case previousDay = "previous_day"
}
