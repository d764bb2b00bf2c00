package import Core

/// Bytes made of fields, each a tag, a length and a value, so that a reader can skip what it does not know.
package struct WireWriter: Sendable {
    /// What has been written so far.
    package private(set) var bytes: [UInt8] = []

    /// Starts empty.
    package init() {}

    /// Adds raw bytes as a field.
    package mutating func put(_ tag: UInt8, _ value: some Collection<UInt8>) {
        bytes.append(tag)
        putLength(value.count)
        bytes.append(contentsOf: value)
    }

    /// Adds a text as a field.
    package mutating func put(_ tag: UInt8, _ value: String) {
        put(tag, value.utf8)
    }

    /// Adds a number as a field of eight bytes.
    package mutating func put(_ tag: UInt8, _ value: Int64) {
        bytes.append(tag)
        putLength(8)
        putBits(UInt64(bitPattern: value))
    }

    /// Adds an identity as a field of sixteen bytes.
    package mutating func put(_ tag: UInt8, _ value: AttemptID) {
        bytes.append(tag)
        putLength(16)
        putBits(value.high)
        putBits(value.low)
    }

    /// Adds a length of time as a field, in nanoseconds.
    package mutating func put(_ tag: UInt8, _ value: Duration) {
        put(tag, value.clampedNanoseconds)
    }

    private mutating func putLength(_ length: Int) {
        let length = UInt32(length)
        for shift: UInt32 in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: length >> shift)) }
    }

    private mutating func putBits(_ value: UInt64) {
        var value = value
        for _ in 0..<8 {
            bytes.append(UInt8(truncatingIfNeeded: value))
            value >>= 8
        }
    }
}

extension Duration {
    /// The whole nanoseconds in this duration, stopped at the ends of the range.
    package var clampedNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, sumOverflow) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return sumOverflow ? (seconds < 0 ? .min : .max) : sum
    }
}
