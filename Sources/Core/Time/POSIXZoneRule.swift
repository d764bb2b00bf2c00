/// The rule at the end of a TZif file for the years after its table, as in `CET-1CEST,M3.5.0,M10.5.0/3`.
struct POSIXZoneRule: Hashable, Sendable {
    /// The day of a year on which the clocks change.
    enum Day: Hashable, Sendable {
        /// `Jn`: 1 to 365; 29 February is never counted.
        case julian(Int)
        /// `n`: 0 to 365; 29 February is counted.
        case ordinal(Int)
        /// `Mm.w.d`: the w-th weekday d of month m; 5 is the last.
        case weekday(month: Int, week: Int, weekday: Int)

        func daysSinceEpoch(year: Int) -> Int {
            switch self {
            case .julian(let number):
                let first = CivilDate(year: year, month: 1, day: 1).daysSinceEpoch
                return first + number - 1 + (number > 59 && CivilDate.isLeap(year) ? 1 : 0)
            case .ordinal(let number):
                return CivilDate(year: year, month: 1, day: 1).daysSinceEpoch + number
            case .weekday(let month, let week, let weekday):
                let first = CivilDate(year: year, month: month, day: 1).daysSinceEpoch
                let ahead = (weekday - CivilDate.weekday(daysSinceEpoch: first) + 7) % 7
                var day = ahead + (week - 1) * 7
                if day >= CivilDate.daysInMonth(month, year: year) { day -= 7 }
                return first + day
            }
        }
    }

    /// A yearly change of the clocks, in the local time that holds before it.
    struct Change: Hashable, Sendable {
        var day: Day
        /// Seconds after midnight; may be negative or beyond a day.
        var time: Int
    }

    /// Daylight saving time: its offset, and when it begins and ends.
    struct Daylight: Hashable, Sendable {
        var offset: Int
        var begin: Change
        var end: Change
    }

    /// Seconds east of UTC of standard time.
    var standardOffset: Int
    var daylight: Daylight?

    /// The stretch of one offset that holds a second.
    func segment(at second: Int) -> TimeZoneRules.Segment {
        guard let daylight else {
            return TimeZoneRules.Segment(
                start: TimeZoneRules.distantPast,
                end: TimeZoneRules.distantFuture,
                offset: standardOffset
            )
        }
        let year = LocalTime(seconds: second + standardOffset).date.year
        var segment = TimeZoneRules.Segment(
            start: TimeZoneRules.distantPast,
            end: TimeZoneRules.distantFuture,
            offset: standardOffset
        )
        // Two years on either side: a rule may put its changes beyond the year's ends, or make one season fill a year.
        for candidate in year - 2...year + 2 {
            let begin = instant(of: daylight.begin, year: candidate, offset: standardOffset)
            let end = instant(of: daylight.end, year: candidate, offset: daylight.offset)
            let changes =
                begin < end
                ? [(begin, daylight.offset), (end, standardOffset)]
                : [
                    (end, standardOffset), (begin, daylight.offset),
                ]
            for (instant, offset) in changes {
                if instant > second {
                    segment.end = min(segment.end, instant)
                } else if instant > segment.start || instant == segment.start && offset == daylight.offset {
                    // Where one summer ends as the next begins, summer never ends.
                    segment.start = instant
                    segment.offset = offset
                }
            }
        }
        return segment
    }

    private func instant(of change: Change, year: Int, offset: Int) -> Int {
        change.day.daysSinceEpoch(year: year) * 86_400 + change.time - offset
    }
}

extension POSIXZoneRule {
    /// Parses a rule; nil when it is not one.
    init?(_ text: [UInt8]) {
        var reader = POSIXRuleReader(text)
        guard reader.skipName(), let standard = reader.signedTime(maximumHours: 24) else { return nil }
        standardOffset = -standard
        daylight = nil
        if reader.isAtEnd { return }
        guard reader.skipName() else { return nil }
        var offset = standardOffset + 3600
        if reader.peek != UInt8(ascii: ",") {
            guard let value = reader.signedTime(maximumHours: 24) else { return nil }
            offset = -value
        }
        guard let begin = reader.change(), let end = reader.change(), reader.isAtEnd else { return nil }
        daylight = Daylight(offset: offset, begin: begin, end: end)
    }
}

/// A cursor over the bytes of a POSIX rule.
private struct POSIXRuleReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { position == bytes.count }

    var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func skip(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        position += 1
        return true
    }

    /// Steps over `CEST` or `<+0330>`.
    mutating func skipName() -> Bool {
        if skip(UInt8(ascii: "<")) {
            while let byte = peek, byte != UInt8(ascii: ">") { position += 1 }
            return skip(UInt8(ascii: ">"))
        }
        let begin = position
        while let byte = peek, (byte | 0x20) &- 97 < 26 { position += 1 }
        return position - begin >= 3
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int? {
        var value = 0
        let begin = position
        while let byte = peek, byte &- 48 < 10, position - begin < 4 {
            value = value * 10 + Int(byte &- 48)
            position += 1
        }
        return position > begin && range.contains(value) ? value : nil
    }

    /// Reads `[+-]h[h[h]][:mm[:ss]]` in seconds.
    mutating func signedTime(maximumHours: Int) -> Int? {
        let isNegative = skip(UInt8(ascii: "-"))
        if !isNegative { _ = skip(UInt8(ascii: "+")) }
        guard let hours = number(0...maximumHours) else { return nil }
        var total = hours * 3600
        if skip(UInt8(ascii: ":")) {
            guard let minutes = number(0...59) else { return nil }
            total += minutes * 60
            if skip(UInt8(ascii: ":")) {
                guard let seconds = number(0...59) else { return nil }
                total += seconds
            }
        }
        return isNegative ? -total : total
    }

    /// Reads `,date[/time]`.
    mutating func change() -> POSIXZoneRule.Change? {
        guard skip(UInt8(ascii: ",")), let day = day() else { return nil }
        guard skip(UInt8(ascii: "/")) else { return POSIXZoneRule.Change(day: day, time: 7200) }
        guard let time = signedTime(maximumHours: 167) else { return nil }
        return POSIXZoneRule.Change(day: day, time: time)
    }

    private mutating func day() -> POSIXZoneRule.Day? {
        if skip(UInt8(ascii: "J")) { return number(1...365).map { .julian($0) } }
        guard skip(UInt8(ascii: "M")) else { return number(0...365).map { .ordinal($0) } }
        guard let month = number(1...12), skip(UInt8(ascii: ".")), let week = number(1...5),
            skip(UInt8(ascii: ".")), let weekday = number(0...6)
        else { return nil }
        return .weekday(month: month, week: week, weekday: weekday)
    }
}
