/// An instant: microseconds since 1970-01-01T00:00:00Z, as PostgreSQL resolves them.
///
/// Leap seconds are not counted, as in POSIX. Arithmetic that would leave the range stops at its end.
package struct Timestamp: Hashable, Comparable, Sendable {
    /// Microseconds since 1970-01-01T00:00:00Z.
    package var microseconds: Int64

    /// The beginning of 1970 in UTC.
    package static let epoch = Timestamp(microseconds: 0)

    /// Makes the instant so many microseconds after 1970-01-01T00:00:00Z.
    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// Makes the instant so many whole seconds after 1970-01-01T00:00:00Z.
    package init(seconds: Int) {
        let (product, overflow) = Int64(seconds).multipliedReportingOverflow(by: 1_000_000)
        microseconds = overflow ? (seconds < 0 ? .min : .max) : product
    }

    /// Makes the instant at which a clock, so many seconds east of UTC, shows a local time.
    package init(_ local: LocalTime, offset: Int) {
        self.init(seconds: local.seconds - offset)
    }

    /// Parses RFC 3339 with any offset, letter case and a fraction of up to nine digits; nil for anything else.
    ///
    /// Digits below the microsecond are cut off. A leap second `:60` is the first second of the next minute.
    package init?(rfc3339 text: some StringProtocol) {
        var digits = DigitReader(text)
        guard let date = digits.date(), digits.skipDateSeparator(),
            let hour = digits.number(width: 2), digits.skip(UInt8(ascii: ":")),
            let minute = digits.number(width: 2), digits.skip(UInt8(ascii: ":")),
            let second = digits.number(width: 2), hour < 24, minute < 60, second <= 60
        else { return nil }
        var fraction = 0
        if digits.skip(UInt8(ascii: ".")) {
            guard let value = digits.fractionInMicroseconds() else { return nil }
            fraction = value
        }
        guard let offset = digits.offsetInSeconds(), digits.isAtEnd else { return nil }
        let local = LocalTime(date, hour: hour, minute: minute, second: second)
        microseconds = Int64(local.seconds - offset) * 1_000_000 + Int64(fraction)
    }

    /// The seconds since 1970, rounded down.
    package var wholeSeconds: Int {
        let quotient = microseconds / 1_000_000
        return Int(microseconds < quotient * 1_000_000 ? quotient - 1 : quotient)
    }

    /// The microseconds past the whole second, 0 to 999,999.
    package var microsecondOfSecond: Int {
        let remainder = Int(microseconds % 1_000_000)
        return remainder < 0 ? remainder + 1_000_000 : remainder
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microseconds < right.microseconds
    }

    /// The instant so much later; what lies below the microsecond is cut off.
    package static func + (left: Timestamp, right: Duration) -> Timestamp {
        let delta = right.clampedMicroseconds
        let (sum, overflow) = left.microseconds.addingReportingOverflow(delta)
        return Timestamp(microseconds: overflow ? (delta < 0 ? .min : .max) : sum)
    }

    /// The instant so much earlier; what lies below the microsecond is cut off.
    package static func - (left: Timestamp, right: Duration) -> Timestamp {
        let delta = right.clampedMicroseconds
        let (difference, overflow) = left.microseconds.subtractingReportingOverflow(delta)
        return Timestamp(microseconds: overflow ? (delta < 0 ? .max : .min) : difference)
    }

    /// The time that passes from the right instant to the left one.
    package static func - (left: Timestamp, right: Timestamp) -> Duration {
        let (difference, overflow) = left.microseconds.subtractingReportingOverflow(right.microseconds)
        return .microseconds(overflow ? (left < right ? Int64.min : Int64.max) : difference)
    }

    /// Moves the instant to later.
    package static func += (left: inout Timestamp, right: Duration) { left = left + right }

    /// Moves the instant to earlier.
    package static func -= (left: inout Timestamp, right: Duration) { left = left - right }
}

extension Timestamp: CustomStringConvertible {
    /// The instant in UTC with six digits of fraction, as in `2026-08-21T04:30:00.000000Z`.
    package var rfc3339: String { utcText(separator: UInt8(ascii: ":"), hasFraction: true) }

    /// The instant in UTC without its fraction, as in `2026-08-21T04:30:00Z`.
    package var rfc3339Seconds: String { utcText(separator: UInt8(ascii: ":"), hasFraction: false) }

    /// The instant in UTC without colons, as in `2026-08-21T043000Z`: safe in file names and in the ids of runs.
    package var runKey: String { utcText(separator: nil, hasFraction: false) }

    /// The instant without its fraction on a clock so many seconds east of UTC, as in `2026-08-21T06:30:00+02:00`.
    package func rfc3339(offset: Int) -> String {
        let local = LocalTime(self, offset: offset)
        var text = TimeText()
        text.append(local.date)
        text.append(UInt8(ascii: "T"))
        text.appendClock(secondOfDay: local.secondOfDay)
        text.appendOffset(offset)
        return text.string
    }

    package var description: String { rfc3339 }

    private func utcText(separator: UInt8?, hasFraction: Bool) -> String {
        let local = LocalTime(self, offset: 0)
        var text = TimeText()
        text.append(local.date)
        text.append(UInt8(ascii: "T"))
        text.appendClock(secondOfDay: local.secondOfDay, separator: separator)
        if hasFraction { text.appendFraction(microseconds: microsecondOfSecond) }
        text.append(UInt8(ascii: "Z"))
        return text.string
    }
}

extension Duration {
    /// The whole microseconds in this duration, stopped at the ends of the range.
    package var clampedMicroseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, sumOverflow) = product.addingReportingOverflow(attoseconds / 1_000_000_000_000)
        return sumOverflow ? (seconds < 0 ? .min : .max) : sum
    }
}
