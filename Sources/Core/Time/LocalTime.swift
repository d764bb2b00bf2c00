/// What a wall clock and the calendar beside it show, without saying where they hang.
///
/// One number: the seconds from 1970-01-01T00:00:00 on that clock. It is an instant only together with an offset.
package struct LocalTime: Hashable, Comparable, Sendable {
    /// Seconds from 1970-01-01T00:00:00 as the clock counts them.
    package var seconds: Int

    /// Makes the local time so many seconds from 1970-01-01T00:00:00.
    package init(seconds: Int) {
        self.seconds = seconds
    }

    /// Makes a local time of a date and a time of day.
    package init(_ date: CivilDate, hour: Int = 0, minute: Int = 0, second: Int = 0) {
        seconds = date.daysSinceEpoch * 86_400 + hour * 3600 + minute * 60 + second
    }

    /// Makes what a clock shows at an instant, so many seconds east of UTC.
    package init(_ instant: Timestamp, offset: Int) {
        seconds = instant.wholeSeconds + offset
    }

    /// Parses `YYYY-MM-DD`, `YYYY-MM-DDTHH:MM` or `YYYY-MM-DDTHH:MM:SS`; a space may stand for the `T`.
    package init?(_ text: some StringProtocol) {
        var digits = DigitReader(text)
        guard let date = digits.date() else { return nil }
        if digits.isAtEnd {
            self.init(date)
            return
        }
        guard digits.skipDateSeparator(), let hour = digits.number(width: 2), digits.skip(UInt8(ascii: ":")),
            let minute = digits.number(width: 2), hour < 24, minute < 60
        else { return nil }
        var second = 0
        if digits.skip(UInt8(ascii: ":")) {
            guard let value = digits.number(width: 2), value < 60 else { return nil }
            second = value
        }
        guard digits.isAtEnd else { return nil }
        self.init(date, hour: hour, minute: minute, second: second)
    }

    /// The number of the day counted from 1970-01-01.
    package var daysSinceEpoch: Int { seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400 }

    /// The seconds since midnight.
    package var secondOfDay: Int { seconds - daysSinceEpoch * 86_400 }

    /// The date.
    package var date: CivilDate { CivilDate(daysSinceEpoch: daysSinceEpoch) }

    /// The hour, 0 to 23.
    package var hour: Int { secondOfDay / 3600 }

    /// The minute, 0 to 59.
    package var minute: Int { secondOfDay / 60 % 60 }

    /// The second, 0 to 59.
    package var second: Int { secondOfDay % 60 }

    /// The time of day as `HH:MM`, with seconds only where there are any.
    package var clock: String {
        var text = TimeText()
        text.appendClock(secondOfDay: secondOfDay)
        return second == 0 ? String(text.string.dropLast(3)) : text.string
    }

    package static func < (left: LocalTime, right: LocalTime) -> Bool { left.seconds < right.seconds }
}

extension LocalTime: CustomStringConvertible {
    /// The local time as `YYYY-MM-DDTHH:MM:SS`.
    package var description: String {
        var text = TimeText()
        text.append(date)
        text.append(UInt8(ascii: "T"))
        text.appendClock(secondOfDay: secondOfDay)
        return text.string
    }
}
