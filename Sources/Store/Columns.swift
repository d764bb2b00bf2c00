package import Core
package import Postgres

extension Timestamp: PostgresScalar {
    package static var postgresType: PostgresType { .timestamptz }
    package static var postgresArrayType: PostgresType { .timestamptzArray }

    package func encode(into buffer: inout ParameterBuffer) throws(EncodingProblem) {
        try PostgresTimestamp(microseconds: Int(microseconds)).encode(into: &buffer)
    }

    package static func decode(_ bytes: RawSpan, type: PostgresType) throws(DecodingProblem) -> Timestamp {
        Timestamp(microseconds: Int64(try PostgresTimestamp.decode(bytes, type: type).microseconds))
    }
}

extension AttemptID: PostgresScalar {
    package static var postgresType: PostgresType { .uuid }
    package static var postgresArrayType: PostgresType { .uuidArray }

    package func encode(into buffer: inout ParameterBuffer) throws(EncodingProblem) {
        try PostgresUUID(high: high, low: low).encode(into: &buffer)
    }

    package static func decode(_ bytes: RawSpan, type: PostgresType) throws(DecodingProblem) -> AttemptID {
        let id = try PostgresUUID.decode(bytes, type: type)
        return AttemptID(high: id.high, low: id.low)
    }
}

/// A state or kind that the schema CHECKs, so that its raw value is always one of the cases.
package protocol StoredWord: PostgresScalar, RawRepresentable<String> {}

extension StoredWord {
    package static var postgresType: PostgresType { .text }
    package static var postgresArrayType: PostgresType { .textArray }

    package func encode(into buffer: inout ParameterBuffer) throws(EncodingProblem) {
        try rawValue.encode(into: &buffer)
    }

    package static func decode(_ bytes: RawSpan, type: PostgresType) throws(DecodingProblem) -> Self {
        guard let value = Self(rawValue: try String.decode(bytes, type: type)) else { throw .malformed(type) }
        return value
    }
}

extension RunState: StoredWord {}
extension RunType: StoredWord {}
extension TaskState: StoredWord {}
extension AttemptState: StoredWord {}
