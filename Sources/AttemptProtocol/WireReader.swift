package import Core

/// Reads the fields that `WireWriter` writes; unknown tags are the caller's to skip.
package struct WireReader: Sendable {
    private var rest: ArraySlice<UInt8>

    /// Begins at the first field.
    package init(_ bytes: some Sequence<UInt8>) {
        rest = ArraySlice(bytes)
    }

    /// Begins at the first field of bytes that are a slice already.
    package init(_ bytes: ArraySlice<UInt8>) {
        rest = bytes
    }

    /// The next field, or nil at the end.
    package mutating func next() throws(WireError) -> Field? {
        guard let tag = rest.popFirst() else { return nil }
        guard rest.count >= 4 else { throw .truncated }
        let length = Int(WireReader.number32(rest.prefix(4)))
        rest = rest.dropFirst(4)
        guard rest.count >= length else { throw .truncated }
        let value = rest.prefix(length)
        rest = rest.dropFirst(length)
        return Field(tag: tag, bytes: value)
    }

    /// A little-endian number of four bytes.
    package static func number32(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// One tag with its value.
    package struct Field: Sendable {
        /// What the value means.
        package let tag: UInt8
        /// The value, uninterpreted.
        package let bytes: ArraySlice<UInt8>

        /// The value as a text; bytes that are not UTF-8 become replacement characters.
        package var text: String { String(decoding: bytes, as: UTF8.self) }

        /// The value as a number; 0 for an empty one.
        package var number: Int64 { Int64(bitPattern: bits(bytes)) }

        /// The value as a length of time.
        package var duration: Duration { .nanoseconds(number) }

        /// The value as an instant.
        package var timestamp: Timestamp { Timestamp(microseconds: number) }

        /// The value as an identity.
        package func attemptID() throws(WireError) -> AttemptID {
            guard bytes.count == 16 else { throw .malformed("an attempt's identity") }
            return AttemptID(high: bits(bytes.prefix(8)), low: bits(bytes.suffix(8)))
        }

        private func bits(_ bytes: ArraySlice<UInt8>) -> UInt64 {
            bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
    }
}

/// What is wrong with bytes that were to be a message or a record.
package enum WireError: Error, Hashable, Sendable, CustomStringConvertible {
    /// They end in the middle of a field.
    case truncated
    /// A part is missing or has the wrong form.
    case malformed(String)
    /// A message is longer than is ever sent.
    case tooLong(Int)

    package var description: String {
        switch self {
        case .truncated: "the message ends in the middle"
        case .malformed(let part): "the message has \(part) that is missing or has the wrong form"
        case .tooLong(let length): "the message is \(length) bytes long, which is more than is ever sent"
        }
    }
}
