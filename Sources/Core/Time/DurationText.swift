/// The text forms of a length of time: `90s`, `15m`, `2h`, `7d`, ISO 8601, and what people read.
package enum DurationText {
    /// Parses a number with one of the units `s`, `m`, `h`, `d`, or an ISO 8601 duration such as `PT1H30M`.
    ///
    /// Nil for anything else, for negative ones and for those beyond 100,000 days. ISO years and months are refused: they
    /// have no fixed length.
    package static func parse(_ text: some StringProtocol) -> Duration? {
        let bytes = Array(text.utf8)
        guard let last = bytes.last else { return nil }
        if bytes.first == UInt8(ascii: "P") { return parseISO(bytes[1...]) }
        guard let unit = seconds(ofUnit: last, units: "smhd"), let count = number(bytes.dropLast()) else { return nil }
        return duration(seconds: count * unit, attoseconds: 0)
    }

    /// The length in its two largest units, as in `12 m 4 s`, `3 d 4 h`, `4.2 s` or `340 ms`.
    package static func format(_ duration: Duration) -> String {
        let (wholeSeconds, attoseconds) = duration.components
        if duration < .zero { return "-" + format(.zero - duration) }
        let milliseconds = attoseconds / 1_000_000_000_000_000
        switch wholeSeconds {
        case 0: return "\(milliseconds) ms"
        case 1..<10: return milliseconds < 100 ? "\(wholeSeconds) s" : "\(wholeSeconds).\(milliseconds / 100) s"
        case 10..<60: return "\(wholeSeconds) s"
        case 60..<3600: return pair(wholeSeconds / 60, "m", wholeSeconds % 60, "s")
        case 3600..<86_400: return pair(wholeSeconds / 3600, "h", wholeSeconds / 60 % 60, "m")
        default: return pair(wholeSeconds / 86_400, "d", wholeSeconds / 3600 % 24, "h")
        }
    }

    /// The length as DAG files spell it, in the largest unit that divides it: `90s`, `15m`, `7d`.
    package static func spell(_ duration: Duration) -> String {
        let (wholeSeconds, attoseconds) = duration.components
        if attoseconds != 0 || wholeSeconds < 0 { return "PT\(seconds(duration))S" }
        for (size, unit) in [(86_400, "d"), (3600, "h"), (60, "m")] as [(Int64, String)]
        where wholeSeconds > 0 && wholeSeconds % size == 0 {
            return "\(wholeSeconds / size)\(unit)"
        }
        return "\(wholeSeconds)s"
    }

    private static func seconds(_ duration: Duration) -> String {
        let microseconds = duration.clampedMicroseconds
        let fraction = String(microseconds.magnitude % 1_000_000)
        let padded = String(repeating: "0", count: 6 - fraction.utf8.count) + fraction
        return "\(microseconds < 0 ? "-" : "")\(microseconds.magnitude / 1_000_000).\(padded)"
    }

    private static func pair(_ first: Int64, _ firstUnit: String, _ second: Int64, _ secondUnit: String) -> String {
        second == 0 ? "\(first) \(firstUnit)" : "\(first) \(firstUnit) \(second) \(secondUnit)"
    }

    private static func seconds(ofUnit unit: UInt8, units: String) -> Int? {
        guard units.utf8.contains(unit) else { return nil }
        return switch unit | 0x20 {
        case UInt8(ascii: "s"): 1
        case UInt8(ascii: "m"): 60
        case UInt8(ascii: "h"): 3600
        case UInt8(ascii: "d"): 86_400
        default: 7 * 86_400
        }
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard (1...10).contains(digits.count), digits.allSatisfy({ $0 &- 48 < 10 }) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 &- 48) }
    }

    /// Reads what follows the `P`: numbers with units in descending order, a fraction only on the seconds.
    private static func parseISO(_ bytes: ArraySlice<UInt8>) -> Duration? {
        var units = Array("WD".utf8)
        var begin = bytes.startIndex
        var total = 0
        var attoseconds = 0
        var hasUnit = false
        var isTime = false
        for (index, byte) in zip(bytes.indices, bytes) {
            if byte &- 48 < 10 || byte == UInt8(ascii: ".") { continue }
            let digits = bytes[begin..<index]
            begin = index + 1
            if byte == UInt8(ascii: "T") {
                guard digits.isEmpty, !isTime else { return nil }
                isTime = true
                units = Array("HMS".utf8)
                hasUnit = false
                continue
            }
            guard let position = units.firstIndex(of: byte),
                let unit = seconds(ofUnit: byte, units: "WDHMS")
            else { return nil }
            units.removeSubrange(...position)
            var whole = digits
            if let point = digits.firstIndex(of: UInt8(ascii: ".")) {
                guard byte == UInt8(ascii: "S"), let fraction = fraction(digits[(point + 1)...]) else { return nil }
                attoseconds = fraction
                whole = digits[..<point]
            }
            guard let count = number(whole) else { return nil }
            total += count * unit
            hasUnit = true
        }
        guard hasUnit, begin == bytes.endIndex else { return nil }
        return duration(seconds: total, attoseconds: attoseconds)
    }

    /// The attoseconds of one to nine digits after the point.
    private static func fraction(_ digits: ArraySlice<UInt8>) -> Int? {
        guard digits.count <= 9, var value = number(digits) else { return nil }
        for _ in digits.count..<18 { value *= 10 }
        return value
    }

    private static func duration(seconds: Int, attoseconds: Int) -> Duration? {
        guard seconds <= 100_000 * 86_400 else { return nil }
        return Duration(secondsComponent: Int64(seconds), attosecondsComponent: Int64(attoseconds))
    }
}
