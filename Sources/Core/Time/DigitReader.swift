/// A cursor over the bytes of a text that has numbers of fixed width in it.
struct DigitReader {
    private var bytes: [UInt8]
    private var position = 0

    init(_ text: some StringProtocol) {
        bytes = Array(text.utf8)
    }

    var isAtEnd: Bool { position == bytes.count }

    /// Steps over one byte if it is the given one.
    mutating func skip(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    /// Steps over the `T`, `t` or space between a date and a time.
    mutating func skipDateSeparator() -> Bool {
        skip(UInt8(ascii: "T")) || skip(UInt8(ascii: "t")) || skip(UInt8(ascii: " "))
    }

    /// Reads exactly so many digits.
    mutating func number(width: Int) -> Int? {
        guard position + width <= bytes.count else { return nil }
        var value = 0
        for index in position..<position + width {
            let digit = bytes[index] &- 48
            guard digit < 10 else { return nil }
            value = value * 10 + Int(digit)
        }
        position += width
        return value
    }

    /// Reads `YYYY-MM-DD` of a day that exists.
    mutating func date() -> CivilDate? {
        guard let year = number(width: 4), skip(UInt8(ascii: "-")), let month = number(width: 2),
            skip(UInt8(ascii: "-")), let day = number(width: 2)
        else { return nil }
        let date = CivilDate(year: year, month: month, day: day)
        return date.isValid ? date : nil
    }

    /// Reads a fraction of one to nine digits after its point, in microseconds; what lies below is cut off.
    mutating func fractionInMicroseconds() -> Int? {
        var value = 0
        var count = 0
        while position < bytes.count, bytes[position] &- 48 < 10 {
            if count < 6 { value = value * 10 + Int(bytes[position] &- 48) }
            count += 1
            position += 1
        }
        guard (1...9).contains(count) else { return nil }
        while count < 6 {
            value *= 10
            count += 1
        }
        return value
    }

    /// Reads `Z`, `z`, `+HH:MM`, `-HH:MM`, and with seconds where old local mean times have them.
    mutating func offsetInSeconds() -> Int? {
        if skip(UInt8(ascii: "Z")) || skip(UInt8(ascii: "z")) { return 0 }
        let isNegative = skip(UInt8(ascii: "-"))
        guard isNegative || skip(UInt8(ascii: "+")), let hours = number(width: 2), skip(UInt8(ascii: ":")),
            let minutes = number(width: 2), hours < 24, minutes < 60
        else { return nil }
        var total = hours * 3600 + minutes * 60
        if skip(UInt8(ascii: ":")) {
            guard let seconds = number(width: 2), seconds < 60 else { return nil }
            total += seconds
        }
        return isNegative ? -total : total
    }
}
