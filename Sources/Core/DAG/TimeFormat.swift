/// A way to write a time, by the codes of `strftime`.
package struct TimeFormat: Hashable, Sendable {
    private var pieces: [Piece]

    private enum Piece: Hashable, Sendable {
        case text(String)
        case code(Character)
    }

    /// The codes that are known.
    package static let codes = "%Y %y %m %d %e %j %H %I %M %S %f %p %a %A %b %B %u %w %V %G %F %T %s %z %%"

    /// Parses a format.
    /// - Throws: A problem at the code that is not known.
    init(_ text: String) throws(TemplateProblem) {
        let known = Set(TimeFormat.codes.filter { $0 != " " })
        pieces = []
        var plain = ""
        var offset = 0
        var characters = Array(text)[...]
        while let character = characters.popFirst() {
            defer { offset += character.utf8.count }
            guard character == "%" else {
                plain.append(character)
                continue
            }
            guard let code = characters.popFirst(), known.contains(code) else {
                throw TemplateProblem("unknown code in the format; known: \(TimeFormat.codes)", at: offset)
            }
            offset += 1
            if code == "%" {
                plain.append("%")
                continue
            }
            if !plain.isEmpty { pieces.append(.text(plain)) }
            plain = ""
            pieces.append(.code(code))
        }
        if !plain.isEmpty { pieces.append(.text(plain)) }
    }

    /// Writes an instant as the zone's clocks show it.
    func render(_ instant: Timestamp, in zone: TimeZoneRules) -> String {
        let offset = zone.offset(at: instant)
        return render(LocalTime(instant, offset: offset), offset: offset, microsecond: instant.microsecondOfSecond)
    }

    /// Writes a date, at midnight in UTC where the format asks for more.
    func render(_ date: CivilDate) -> String {
        render(LocalTime(date), offset: 0, microsecond: 0)
    }

    private func render(_ local: LocalTime, offset: Int, microsecond: Int) -> String {
        var text = ""
        for piece in pieces {
            switch piece {
            case .text(let plain): text += plain
            case .code(let code):
                text += TimeFormat.dateCode(code, local) ?? TimeFormat.clockCode(code, local, offset, microsecond)
            }
        }
        return text
    }

    private static func dateCode(_ code: Character, _ local: LocalTime) -> String? {
        let date = local.date
        switch code {
        case "Y": return padded(date.year, 4)
        case "y": return padded(((date.year % 100) + 100) % 100, 2)
        case "m": return padded(date.month, 2)
        case "d": return padded(date.day, 2)
        case "e": return date.day < 10 ? " \(date.day)" : "\(date.day)"
        case "j": return padded(dayOfYear(date), 3)
        case "a": return String(weekdays[date.weekday].prefix(3))
        case "A": return weekdays[date.weekday]
        case "b": return String(months[date.month - 1].prefix(3))
        case "B": return months[date.month - 1]
        case "u": return String(date.weekday == 0 ? 7 : date.weekday)
        case "w": return String(date.weekday)
        case "V": return padded(isoWeek(date).week, 2)
        case "G": return padded(isoWeek(date).year, 4)
        case "F": return date.description
        default: return nil
        }
    }

    private static func clockCode(_ code: Character, _ local: LocalTime, _ offset: Int, _ microsecond: Int) -> String {
        switch code {
        case "H": return padded(local.hour, 2)
        case "I": return padded((local.hour + 11) % 12 + 1, 2)
        case "M": return padded(local.minute, 2)
        case "S": return padded(local.second, 2)
        case "f": return padded(microsecond, 6)
        case "p": return local.hour < 12 ? "AM" : "PM"
        case "T": return padded(local.hour, 2) + ":" + padded(local.minute, 2) + ":" + padded(local.second, 2)
        case "s": return String(local.seconds - offset)
        default: return (offset < 0 ? "-" : "+") + padded(abs(offset) / 3600, 2) + padded(abs(offset) / 60 % 60, 2)
        }
    }

    private static func padded(_ value: Int, _ width: Int) -> String {
        let digits = String(value.magnitude)
        let zeros = String(repeating: "0", count: max(0, width - digits.utf8.count))
        return (value < 0 ? "-" : "") + zeros + digits
    }

    private static func dayOfYear(_ date: CivilDate) -> Int {
        date.daysSinceEpoch - CivilDate(year: date.year, month: 1, day: 1).daysSinceEpoch + 1
    }

    /// The week that holds the date's Thursday decides both.
    private static func isoWeek(_ date: CivilDate) -> (year: Int, week: Int) {
        let thursday = date.advanced(byDays: 4 - (date.weekday == 0 ? 7 : date.weekday))
        return (thursday.year, (dayOfYear(thursday) - 1) / 7 + 1)
    }

    private static let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
}
