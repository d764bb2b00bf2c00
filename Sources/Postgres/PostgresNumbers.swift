extension Bool: PostgresScalar {
    package static var postgresType: PostgresType { .bool }
    package static var postgresArrayType: PostgresType { .boolArray }

    package func encode(into buffer: inout ParameterBuffer) throws(EncodingProblem) {
        buffer.append(UInt8(self ? 1 : 0))
    }

    package static func decode(_ bytes: RawSpan, type: PostgresType) throws(DecodingProblem) -> Bool {
        guard type == .bool else { throw .unexpectedType(type, wanted: "Bool") }
        return try NetworkReader.whole(UInt8.self, in: bytes, type: type) != 0
    }
}

extension Int16: PostgresScalar {
    package static var postgresType: PostgresType { .int2 }
    package static var postgresArrayType: PostgresType { .int2Array }

    package func encode(into buffer: inout ParameterBuffer) throws(EncodingProblem) { buffer.append(self) }

    package static func decode(_ bytes: RawSpan, type: PostgresType) throws(DecodingProblem) -> Int16 {
        try decodeInteger(bytes, type: type)
    }
}

extension Int32: PostgresScalar {
    package static var postgresType: PostgresType { .int4 }
    package static var postgresArrayType: PostgresType { .int4Array }

    package func encode(into buffer: inout ParameterBuffer) throws(EncodingProblem) { buffer.append(self) }

    package static func decode(_ bytes: RawSpan, type: PostgresType) throws(DecodingProblem) -> Int32 {
        try decodeInteger(bytes, type: type)
    }
}

extension Int: PostgresScalar {
    package static var postgresType: PostgresType { .int8 }
    package static var postgresArrayType: PostgresType { .int8Array }

    package func encode(into buffer: inout ParameterBuffer) throws(EncodingProblem) { buffer.append(Int64(self)) }

    package static func decode(_ bytes: RawSpan, type: PostgresType) throws(DecodingProblem) -> Int {
        try decodeInteger(bytes, type: type)
    }
}

extension Double: PostgresScalar {
    package static var postgresType: PostgresType { .float8 }
    package static var postgresArrayType: PostgresType { .float8Array }

    package func encode(into buffer: inout ParameterBuffer) throws(EncodingProblem) { buffer.append(bitPattern) }

    package static func decode(_ bytes: RawSpan, type: PostgresType) throws(DecodingProblem) -> Double {
        switch type {
        case .float8: Double(bitPattern: try NetworkReader.whole(UInt64.self, in: bytes, type: type))
        case .float4: Double(Float(bitPattern: try NetworkReader.whole(UInt32.self, in: bytes, type: type)))
        default: throw .unexpectedType(type, wanted: "Double")
        }
    }
}

/// Reads an integer of any width as another, as long as the value fits.
private func decodeInteger<Value: FixedWidthInteger>(
    _ bytes: RawSpan,
    type: PostgresType
) throws(DecodingProblem) -> Value {
    let value: Int64
    switch type {
    case .int8: value = try NetworkReader.whole(Int64.self, in: bytes, type: type)
    case .int4: value = Int64(try NetworkReader.whole(Int32.self, in: bytes, type: type))
    case .int2: value = Int64(try NetworkReader.whole(Int16.self, in: bytes, type: type))
    case .objectID: value = Int64(try NetworkReader.whole(UInt32.self, in: bytes, type: type))
    default: throw .unexpectedType(type, wanted: "\(Value.self)")
    }
    guard let fitting = Value(exactly: value) else { throw .outOfRange(wanted: "\(Value.self)") }
    return fitting
}
