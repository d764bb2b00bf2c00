/// Reads one-dimensional arrays from PostgreSQL's binary format.
enum ArrayReader {
    static func read<Element: PostgresDecodable>(
        _ bytes: RawSpan,
        type: PostgresType
    ) throws(DecodingProblem) -> [Element] {
        guard type.isArray else { throw .unexpectedType(type, wanted: "[\(Element.self)]") }
        var rest = NetworkReader(offset: 0)
        let dimensions = try rest.integer(Int32.self, in: bytes, type: type)
        _ = try rest.integer(Int32.self, in: bytes, type: type)
        let elementType = PostgresType(oid: try rest.integer(UInt32.self, in: bytes, type: type))
        guard dimensions != 0 else { return [] }
        guard dimensions == 1 else { throw .malformed(type) }
        let count = try rest.integer(Int32.self, in: bytes, type: type)
        _ = try rest.integer(Int32.self, in: bytes, type: type)
        guard count >= 0, Int(count) <= bytes.byteCount / 4 else { throw .malformed(type) }

        var elements: [Element] = []
        elements.reserveCapacity(Int(count))
        for _ in 0..<count {
            let length = Int(try rest.integer(Int32.self, in: bytes, type: type))
            guard length >= 0 else {
                elements.append(try Element.decodeNull())
                continue
            }
            guard rest.offset + length <= bytes.byteCount else { throw .malformed(type) }
            let element = bytes.extracting(rest.offset..<rest.offset + length)
            elements.append(try Element.decode(element, type: elementType))
            rest.offset += length
        }
        return elements
    }
}

/// A place in a run of bytes from which integers in network order are read.
struct NetworkReader {
    var offset: Int

    mutating func integer<Value: FixedWidthInteger & BitwiseCopyable>(
        _ value: Value.Type,
        in bytes: RawSpan,
        type: PostgresType
    ) throws(DecodingProblem) -> Value {
        let end = offset + MemoryLayout<Value>.size
        guard end <= bytes.byteCount else { throw .malformed(type) }
        defer { offset = end }
        // The bounds were checked above and every bit pattern is a valid integer.
        return Value(bigEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Value.self))
    }

    /// Reads the single integer that makes up the whole of a value.
    static func whole<Value: FixedWidthInteger & BitwiseCopyable>(
        _ value: Value.Type,
        in bytes: RawSpan,
        type: PostgresType
    ) throws(DecodingProblem) -> Value {
        guard bytes.byteCount == MemoryLayout<Value>.size else { throw .malformed(type) }
        var reader = NetworkReader(offset: 0)
        return try reader.integer(value, in: bytes, type: type)
    }
}
