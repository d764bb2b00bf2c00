import Core
import YAML

/// Days as a calendar file names them, in one text.
enum CalendarDays {
    /// The rules that a text means; nil where it means none.
    ///
    /// `2026-12-24`, `2026-12-24..2027-01-01`, `sat`, `mon-fri`, `12-25` in every year, `12-24..12-31` likewise.
    static func rules(_ text: String) -> [WorkCalendar.Rule]? {
        let text = text.lowercased()
        if let dots = text.firstRange(of: "..") {
            let (first, last) = (String(text[..<dots.lowerBound]), String(text[dots.upperBound...]))
            if let start = CivilDate(first), let end = CivilDate(last) {
                return start <= end ? [.range(start, end)] : nil
            }
            guard let start = dayOfYear(first), let end = dayOfYear(last) else { return nil }
            return daysOfYear(from: start, to: end)
        }
        if let date = CivilDate(text) { return [.date(date)] }
        if let day = dayOfYear(text) { return [.yearly(month: day.month, day: day.day)] }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map {
            weekdays.firstIndex(of: String($0))
        }
        guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2 else { return nil }
        // A week is a circle: `fri-mon` is four days.
        return (0...(last - first + 7) % 7).map { .weekly(weekday: (first + $0) % 7) }
    }

    static let rule = TextRule(
        noun: "days",
        expectation: "days: 2026-12-24, 2026-12-24..2027-01-01, sat, mon-fri, or in every year 12-25 or 12-24..12-31",
        schema: [.type("string")]
    ) { scalar in
        if rules(scalar.text) != nil { return nil }
        return TextRule.Complaint(hint: hint(scalar.text))
    }

    static let weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

    private static func hint(_ text: String) -> String? {
        let text = text.lowercased()
        if let dots = text.firstRange(of: "..") {
            let ends = [text[..<dots.lowerBound], text[dots.upperBound...]].map { CivilDate(String($0)) }
            if let first = ends[0], let last = ends[1], last < first {
                return "the first day comes first: \(last)..\(first)"
            }
        }
        let words = text.split(separator: "-").map(String.init)
        let short = words.map { word in
            word.count > 3 && weekdays.contains(String(word.prefix(3))) ? String(word.prefix(3)) : word
        }
        if short != words, rules(short.joined(separator: "-")) != nil {
            return "write '\(short.joined(separator: "-"))'"
        }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false).compactMap { Int($0) }
        if parts.count == 3 || parts.count == 2, text.allSatisfy({ $0.isNumber || $0 == "-" }) {
            return "there is no such day; dates are written year-month-day, with two digits for month and day"
        }
        return nil
    }

    /// A day of every year, written `MM-DD`; 29 February is one.
    private static func dayOfYear(_ text: String) -> CivilDate? {
        text.utf8.count == 5 ? CivilDate("2024-" + text) : nil
    }

    private static func daysOfYear(from first: CivilDate, to last: CivilDate) -> [WorkCalendar.Rule] {
        let year = 366
        let count = (last.daysSinceEpoch - first.daysSinceEpoch + year) % year
        return (0...count).map { offset in
            var day = first.advanced(byDays: offset)
            // The year after a leap year has no 29 February to step over.
            if day.year > first.year { day = last.advanced(byDays: offset - count) }
            return .yearly(month: day.month, day: day.day)
        }
    }
}
