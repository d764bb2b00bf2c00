/// A span by which a time is moved: by the calendar for its months and days, exactly for its seconds.
struct DateShift: Hashable, Sendable {
    var months = 0
    var days = 0
    var seconds = 0

    private static let largest = 1_000_000_000

    /// Parses `-1d`, `+2h30m`, `1mo`, `-1y` or ISO 8601 such as `-P1M` and `PT1H`; nil for anything else.
    init?(_ text: String) {
        var rest = Substring(text)
        var sign = 1
        if let first = rest.first, first == "-" || first == "+" {
            sign = first == "-" ? -1 : 1
            rest.removeFirst()
        }
        guard !rest.isEmpty else { return nil }
        let isISO = rest.first == "P"
        if isISO { rest.removeFirst() }
        var isTime = false
        var count = 0
        while !rest.isEmpty {
            if isISO, !isTime, rest.first == "T" {
                isTime = true
                rest.removeFirst()
            }
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard let number = Int(digits), number <= DateShift.largest else { return nil }
            rest = rest.dropFirst(digits.count)
            let unit = String(rest.prefix { $0.isLetter && !(isISO && $0 == "T") })
            guard add(sign * number, unit: isISO ? (isTime ? "T" : "P") + unit : unit) else { return nil }
            rest = rest.dropFirst(unit.count)
            count += 1
        }
        guard count > 0 else { return nil }
    }

    private mutating func add(_ number: Int, unit: String) -> Bool {
        switch unit {
        case "s", "TS": seconds += number
        case "m", "min", "TM": seconds += number * 60
        case "h", "TH": seconds += number * 3600
        case "d", "PD": days += number
        case "w", "PW": days += number * 7
        case "mo", "PM": months += number
        case "y", "PY": months += number * 12
        default: return false
        }
        return true
    }

    /// Moves an instant; its days and months are those of the zone's calendar.
    func apply(to instant: Timestamp, in zone: TimeZoneRules) -> Timestamp {
        var moved = instant
        if months != 0 || days != 0 {
            let local = zone.local(instant)
            let target = LocalTime(seconds: apply(to: local.date).daysSinceEpoch * 86_400 + local.secondOfDay)
            moved = zone.instant(of: target) + .microseconds(instant.microsecondOfSecond)
        }
        return moved + .seconds(seconds)
    }

    /// Moves a date; the last day of a month stays in the month.
    func apply(to date: CivilDate) -> CivilDate {
        let count = date.year * 12 + date.month - 1 + months
        let year = count >= 0 ? count / 12 : (count - 11) / 12
        let month = count - year * 12 + 1
        let day = min(date.day, CivilDate.daysInMonth(month, year: year))
        return CivilDate(year: year, month: month, day: day).advanced(byDays: days)
    }
}
