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
        return (0...WorkCalendar.daysSearched).lazy.map { day + $0 * step }.first { allows(day: $0) }
    }

    /// The nearest allowed day beyond a day in the direction of a step; nil when 50 years have none.
    func firstAllowed(from day: Int, step: Int) -> Int? {
        (1...CronExpression.yearsSearched * 366).lazy.map { day + $0 * step }.first { allows(day: $0) }
    }

    /// A set of days.
    private struct Days: Hashable {
        private var dates: Set<Int> = []
        private var ranges: Set<ClosedRange<Int>> = []
        private var weekdays: UInt8 = 0
        /// Month times 32 plus day.
        private var yearly: Set<Int> = []

        init(_ rules: [Rule]) {
            for rule in rules {
                switch rule {
                case .date(let date): dates.insert(date.daysSinceEpoch)
                case .range(let first, let last):
                    if first <= last { ranges.insert(first.daysSinceEpoch...last.daysSinceEpoch) }
                case .weekly(let weekday): weekdays |= 1 << UInt8(weekday % 7)
                case .yearly(let month, let day): yearly.insert(month * 32 + day)
                }
            }
        }

        var isEmpty: Bool { dates.isEmpty && ranges.isEmpty && weekdays == 0 && yearly.isEmpty }

        func contains(_ date: CivilDate, day: Int) -> Bool {
            weekdays & 1 << UInt8(CivilDate.weekday(daysSinceEpoch: day)) != 0
                || yearly.contains(date.month * 32 + date.day)
                || dates.contains(day)
                || ranges.contains { $0.contains(day) }
        }

        mutating func formUnion(_ other: Days) {
            dates.formUnion(other.dates)
            ranges.formUnion(other.ranges)
            weekdays |= other.weekdays
            yearly.formUnion(other.yearly)
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
