/// The identity of one attempt: 128 bits, ordered by the time at which they were made (UUID version 7, RFC 9562).
package struct AttemptID: Hashable, Sendable {
    /// The first eight bytes: 48 bits of milliseconds since 1970, the version, 12 random bits.
    package let high: UInt64
    /// The last eight bytes: the variant and 62 random bits.
    package let low: UInt64

    /// Takes the two halves as they are.
    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Makes an identity from a time and 74 bits of chance, which the caller supplies.
    package init(milliseconds: Int64, random: (UInt64, UInt64)) {
        high = UInt64(bitPattern: milliseconds) << 16 | 0x7000 | random.0 & 0x0FFF
        low = 0x8000_0000_0000_0000 | random.1 >> 2
    }

    /// Before every identity that is made from this instant on, and behind all that were made before it.
    package init(bound instant: Timestamp) {
        self.init(high: UInt64(bitPattern: max(0, instant.microseconds) / 1_000) << 16, low: 0)
    }

    /// Reads the form with hyphens, in either case; nil for anything else.
    package init?(_ text: String) {
        var digits: [UInt64] = []
        digits.reserveCapacity(32)
        for (position, byte) in text.utf8.enumerated() {
            if position == 8 || position == 13 || position == 18 || position == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digits.append(UInt64(byte - 48))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digits.append(UInt64(byte - 87))
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digits.append(UInt64(byte - 55))
            default: return nil
            }
        }
        guard digits.count == 32, text.utf8.count == 36 else { return nil }
        high = digits[..<16].reduce(0) { $0 << 4 | $1 }
        low = digits[16...].reduce(0) { $0 << 4 | $1 }
    }
}

extension AttemptID: Comparable {
    package static func < (left: AttemptID, right: AttemptID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}

extension AttemptID: CustomStringConvertible {
    /// The form with hyphens, 36 lower-case characters; safe as a file name.
    package var description: String {
        let digits = Array("0123456789abcdef".utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(36)
        for (half, breaks) in [(high, [8, 12]), (low, [0, 4])] {
            for position in 0..<16 {
                if breaks.contains(position), !bytes.isEmpty { bytes.append(UInt8(ascii: "-")) }
                bytes.append(digits[Int(half >> UInt64(60 - 4 * position) & 15)])
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
