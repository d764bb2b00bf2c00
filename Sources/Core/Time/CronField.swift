/// One of the fields of a cron expression.
package enum CronField: Int, CaseIterable, Hashable, Sendable {
    case second
    case minute
    case hour
    case dayOfMonth
    case month
    case dayOfWeek

    /// The field's name as messages and JSON spell it.
    package var name: String {
        switch self {
        case .second: "second"
        case .minute: "minute"
        case .hour: "hour"
        case .dayOfMonth: "day-of-month"
        case .month: "month"
        case .dayOfWeek: "day-of-week"
        }
    }

    /// The values the field may have; Sunday is both 0 and 7.
    package var range: ClosedRange<Int> {
        switch self {
        case .second, .minute: 0...59
        case .hour: 0...23
        case .dayOfMonth: 1...31
        case .month: 1...12
        case .dayOfWeek: 0...7
        }
    }

    /// How many different values the field has.
    var cycle: Int { self == .dayOfWeek ? 7 : range.count }

    /// The range in words, with names where the field has them.
    var allowed: String {
        switch self {
        case .month: "1-12 or JAN-DEC"
        case .dayOfWeek: "0-7 or SUN-SAT"
        default: "\(range.lowerBound)-\(range.upperBound)"
        }
    }

    /// The names of the values, from the lowest on.
    var fullNames: [String] {
        switch self {
        case .month: CronField.monthNames
        case .dayOfWeek: CronField.weekdayNames
        default: []
        }
    }

    /// The value of a three-letter name.
    func value(named name: String) -> Int? {
        guard name.utf8.count == 3 else { return nil }
        return fullNames.firstIndex { $0.prefix(3).uppercased() == name.uppercased() }.map { $0 + range.lowerBound }
    }

    /// The three-letter name of a full one, as in `MON` for `Monday`.
    func abbreviation(ofFullName name: String) -> String? {
        fullNames.first { $0.utf8.count > 3 && $0.uppercased() == name.uppercased() }.map { $0.prefix(3).uppercased() }
    }

    static let monthNames = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]

    static let weekdayNames = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
}
