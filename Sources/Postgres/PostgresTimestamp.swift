/// An instant, sent as timestamptz.
package struct PostgresTimestamp: Sendable, Hashable {
    /// Microseconds since 1970-01-01T00:00:00Z; the largest and the smallest Int are PostgreSQL's infinities.
    package var microseconds: Int

    package init(microseconds: Int) { self.microseconds = microseconds }

    package static let infinity = PostgresTimestamp(microseconds: .max)
    package static let negativeInfinity = PostgresTimestamp(microseconds: .min)

    /// PostgreSQL counts from 2000-01-01T00:00:00Z.
    private static let epoch = 946_684_800_000_000
}

extension PostgresTimestamp: PostgresScalar {
    package static var postgresType: PostgresType { .timestamptz }
    package static var postgresArrayType: PostgresType { .timestamptzArray }

    package func encode(into buffer: inout ParameterBuffer) throws(EncodingProblem) {
        guard self != .infinity, self != .negativeInfinity else { return buffer.append(Int64(microseconds)) }
        let (value, overflow) = microseconds.subtractingReportingOverflow(Self.epoch)
        guard !overflow else { throw .timestampOutOfRange }
        buffer.append(Int64(value))
    }

    package static func decode(_ bytes: RawSpan, type: PostgresType) throws(DecodingProblem) -> PostgresTimestamp {
        guard type == .timestamptz else { throw .unexpectedType(type, wanted: "PostgresTimestamp") }
        let value = Int(try NetworkReader.whole(Int64.self, in: bytes, type: type))
        guard value != .max, value != .min else { return PostgresTimestamp(microseconds: value) }
        let (microseconds, overflow) = value.addingReportingOverflow(epoch)
        guard !overflow else { throw .outOfRange(wanted: "PostgresTimestamp") }
        return PostgresTimestamp(microseconds: microseconds)
    }
}
