/// A value that can be a parameter of a statement.
///
/// Bool, Int16, Int32, Int, Double, String, [UInt8] (bytea), `JSONText`, `PostgresTimestamp`, `PostgresUUID`;
/// optionals of these; arrays of these and of their optionals.
package protocol PostgresEncodable: Sendable {
    /// The type that the parameter is declared with, whatever the value.
    static var postgresType: PostgresType { get }

    /// Appends the value in PostgreSQL's binary format, or marks it as NULL.
    func encode(into buffer: inout ParameterBuffer) throws(EncodingProblem)
}

/// Why a value cannot be sent as a parameter.
package enum EncodingProblem: Error, Equatable {
    case textHoldsZeroByte
    case timestampOutOfRange
    case arrayTooLong
    case valueTooLong
}

/// A value that can be read from a column.
package protocol PostgresDecodable {
    /// Reads a value that is not NULL from PostgreSQL's binary format.
    static func decode(_ bytes: RawSpan, type: PostgresType) throws(DecodingProblem) -> Self

    /// The value that stands for NULL; throws where there is none.
    static func decodeNull() throws(DecodingProblem) -> Self
}

/// Why a column cannot be read as the type asked for.
package enum DecodingProblem: Error, Equatable {
    case null
    case unexpectedType(PostgresType, wanted: String)
    case malformed(PostgresType)
    case outOfRange(wanted: String)
    case noSuchColumn(count: Int)
}

extension PostgresDecodable {
    package static func decodeNull() throws(DecodingProblem) -> Self { throw .null }
}

/// A type whose arrays can be parameters and columns.
package protocol PostgresArrayElement: Sendable {
    /// The type of an array of these.
    static var postgresArrayType: PostgresType { get }

    /// Appends a whole array in binary format.
    static func encodeArray(_ elements: [Self], into buffer: inout ParameterBuffer) throws(EncodingProblem)

    /// Reads a whole array from binary format.
    static func decodeArray(_ bytes: RawSpan, type: PostgresType) throws(DecodingProblem) -> [Self]
}

/// A type that stands for one type of PostgreSQL, alone and as the element of arrays.
package protocol PostgresScalar: PostgresEncodable, PostgresDecodable, PostgresArrayElement {}

extension PostgresScalar {
    package static func encodeArray(
        _ elements: [Self],
        into buffer: inout ParameterBuffer
    ) throws(EncodingProblem) {
        try buffer.appendArray(elements)
    }

    package static func decodeArray(_ bytes: RawSpan, type: PostgresType) throws(DecodingProblem) -> [Self] {
        try ArrayReader.read(bytes, type: type)
    }
}

extension Optional: PostgresEncodable where Wrapped: PostgresEncodable {
    package static var postgresType: PostgresType { Wrapped.postgresType }

    package func encode(into buffer: inout ParameterBuffer) throws(EncodingProblem) {
        switch self {
        case .some(let value): try value.encode(into: &buffer)
        case .none: buffer.markNull()
        }
    }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
    package static func decode(_ bytes: RawSpan, type: PostgresType) throws(DecodingProblem) -> Self {
        try Wrapped.decode(bytes, type: type)
    }

    package static func decodeNull() throws(DecodingProblem) -> Self { .none }
}

extension Optional: PostgresArrayElement where Wrapped: PostgresScalar {
    package static var postgresArrayType: PostgresType { Wrapped.postgresArrayType }

    package static func encodeArray(
        _ elements: [Self],
        into buffer: inout ParameterBuffer
    ) throws(EncodingProblem) {
        try buffer.appendArray(elements)
    }

    package static func decodeArray(_ bytes: RawSpan, type: PostgresType) throws(DecodingProblem) -> [Self] {
        try ArrayReader.read(bytes, type: type)
    }
}

extension Array: PostgresEncodable where Element: PostgresArrayElement {
    package static var postgresType: PostgresType { Element.postgresArrayType }

    package func encode(into buffer: inout ParameterBuffer) throws(EncodingProblem) {
        try Element.encodeArray(self, into: &buffer)
    }
}

extension Array: PostgresDecodable where Element: PostgresArrayElement {
    package static func decode(_ bytes: RawSpan, type: PostgresType) throws(DecodingProblem) -> Self {
        try Element.decodeArray(bytes, type: type)
    }
}

extension Array: PostgresArrayElement where Element == UInt8 {
    package static var postgresArrayType: PostgresType { .byteaArray }
}

extension Array: PostgresScalar where Element == UInt8 {}

/// Bytes are no numbers to PostgreSQL: an array of them is one bytea.
extension UInt8: PostgresArrayElement {
    package static var postgresArrayType: PostgresType { .bytea }

    package static func encodeArray(
        _ elements: [UInt8],
        into buffer: inout ParameterBuffer
    ) throws(EncodingProblem) {
        buffer.append(elements)
    }

    package static func decodeArray(_ bytes: RawSpan, type: PostgresType) throws(DecodingProblem) -> [UInt8] {
        guard type == .bytea else { throw .unexpectedType(type, wanted: "[UInt8]") }
        return unsafe bytes.withUnsafeBytes { unsafe [UInt8]($0) }
    }
}
