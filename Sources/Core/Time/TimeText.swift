/// The bytes of a date or time being written.
struct TimeText {
    private var bytes: [UInt8] = []

    init() {
        bytes.reserveCapacity(32)
    }

    var string: String { String(decoding: bytes, as: UTF8.self) }

    mutating func append(_ byte: UInt8) {
        bytes.append(byte)
    }

    mutating func appendTwo(_ value: Int) {
        bytes.append(48 &+ UInt8(truncatingIfNeeded: value / 10))
        bytes.append(48 &+ UInt8(truncatingIfNeeded: value % 10))
    }

    mutating func append(_ date: CivilDate) {
        if (0...9999).contains(date.year) {
            appendTwo(date.year / 100)
            appendTwo(date.year % 100)
        } else {
            // ISO 8601's expanded form: no other spelling sorts apart from four digits.
            bytes.append(contentsOf: (date.year < 0 ? "-" : "+").utf8)
            let digits = String(date.year.magnitude)
            bytes.append(contentsOf: repeatElement(48, count: max(0, 6 - digits.utf8.count)))
            bytes.append(contentsOf: digits.utf8)
        }
        bytes.append(UInt8(ascii: "-"))
        appendTwo(date.month)
        bytes.append(UInt8(ascii: "-"))
        appendTwo(date.day)
    }

    mutating func appendClock(secondOfDay: Int, separator: UInt8? = UInt8(ascii: ":")) {
        appendTwo(secondOfDay / 3600)
        if let separator { bytes.append(separator) }
        appendTwo(secondOfDay / 60 % 60)
        if let separator { bytes.append(separator) }
        appendTwo(secondOfDay % 60)
    }

    mutating func appendFraction(microseconds: Int) {
        bytes.append(UInt8(ascii: "."))
        appendTwo(microseconds / 10_000)
        appendTwo(microseconds / 100 % 100)
        appendTwo(microseconds % 100)
    }

    /// Writes `+02:00`, with seconds only where the offset has them.
    mutating func appendOffset(_ offset: Int) {
        bytes.append(offset < 0 ? UInt8(ascii: "-") : UInt8(ascii: "+"))
        let seconds = abs(offset)
        appendTwo(seconds / 3600)
        bytes.append(UInt8(ascii: ":"))
        appendTwo(seconds / 60 % 60)
        if seconds % 60 != 0 {
            bytes.append(UInt8(ascii: ":"))
            appendTwo(seconds % 60)
        }
    }
}
