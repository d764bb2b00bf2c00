import Glibc

/// Bytes of parameters in PostgreSQL's binary format, one value after the other.
package struct ParameterBuffer: ~Copyable {
    private(set) var bytes: [UInt8] = []
    private var isNull = false

    init() {}

    /// Says that the value being encoded is NULL.
    package mutating func markNull() { isNull = true }

    /// Appends an integer in network order.
    package mutating func append(_ value: some FixedWidthInteger) {
        unsafe withUnsafeBytes(of: value.bigEndian) { unsafe bytes.append(contentsOf: $0) }
    }

    /// Appends bytes as they are.
    package mutating func append(_ value: [UInt8]) { bytes.append(contentsOf: value) }

    /// Appends text in UTF-8; PostgreSQL cannot hold a zero byte in text.
    package mutating func append(text: String) throws(EncodingProblem) {
        var text = text
        let isClean = text.withUTF8 { utf8 in
            guard let start = utf8.baseAddress else { return true }
            guard unsafe memchr(start, 0, utf8.count) == nil else { return false }
            unsafe bytes.append(contentsOf: utf8)
            return true
        }
        guard isClean else { throw .textHoldsZeroByte }
    }

    /// Appends a one-dimensional array.
    mutating func appendArray<Element: PostgresEncodable>(_ elements: [Element]) throws(EncodingProblem) {
        guard let count = Int32(exactly: elements.count) else { throw .arrayTooLong }
        append(Int32(count == 0 ? 0 : 1))
        let hasNulls = bytes.count
        append(Int32(0))
        append(Element.postgresType.oid)
        guard count > 0 else { return }
        append(count)
        append(Int32(1))
        for element in elements {
            let place = bytes.count
            append(Int32(0))
            let length = try encode(element)
            if length < 0 { bytes[hasNulls + 3] = 1 }
            patch(length, at: place)
        }
    }

    /// Encodes one value and returns its length in bytes, -1 for NULL.
    mutating func encode(_ value: some PostgresEncodable) throws(EncodingProblem) -> Int32 {
        let start = bytes.count
        isNull = false
        try value.encode(into: &self)
        if isNull {
            isNull = false
            return -1
        }
        guard let length = Int32(exactly: bytes.count - start) else { throw .valueTooLong }
        return length
    }

    /// Empties the buffer for the next statement, and lets go of memory that only one huge value needed.
    mutating func reset() {
        bytes.removeAll(keepingCapacity: bytes.capacity <= 1 << 20)
        isNull = false
    }

    private mutating func patch(_ length: Int32, at place: Int) {
        let length = UInt32(bitPattern: length)
        for index in 0..<4 {
            bytes[place + index] = UInt8(truncatingIfNeeded: length >> UInt32(24 - 8 * index))
        }
    }
}
