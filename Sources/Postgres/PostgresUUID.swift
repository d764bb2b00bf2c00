/// A UUID, as two halves in network order.
package struct PostgresUUID: Sendable, Hashable {
    package var high: UInt64
    package var low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}

extension PostgresUUID: PostgresScalar {
    package static var postgresType: PostgresType { .uuid }
    package static var postgresArrayType: PostgresType { .uuidArray }

    package func encode(into buffer: inout ParameterBuffer) throws(EncodingProblem) {
        buffer.append(high)
        buffer.append(low)
    }

    package static func decode(_ bytes: RawSpan, type: PostgresType) throws(DecodingProblem) -> PostgresUUID {
        guard type == .uuid else { throw .unexpectedType(type, wanted: "PostgresUUID") }
        guard bytes.byteCount == 16 else { throw .malformed(type) }
        var reader = NetworkReader(offset: 0)
        let high = try reader.integer(UInt64.self, in: bytes, type: type)
        return PostgresUUID(high: high, low: try reader.integer(UInt64.self, in: bytes, type: type))
    }
}
