extension String: PostgresScalar {
    package static var postgresType: PostgresType { .text }
    package static var postgresArrayType: PostgresType { .textArray }

    package func encode(into buffer: inout ParameterBuffer) throws(EncodingProblem) { try buffer.append(text: self) }

    package static func decode(_ bytes: RawSpan, type: PostgresType) throws(DecodingProblem) -> String {
        switch type {
        case .text, .varchar, .bpchar, .name, .char, .unknown, .json:
            return unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
        case .jsonb:
            // The first byte is the version of the format.
            guard bytes.byteCount > 0, unsafe bytes.unsafeLoad(as: UInt8.self) == 1 else { throw .malformed(type) }
            return unsafe bytes.extracting(1..<bytes.byteCount)
                .withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
        default: throw .unexpectedType(type, wanted: "String")
        }
    }
}

/// The text of a JSON document, sent as jsonb.
package struct JSONText: Sendable, Hashable {
    package var text: String

    package init(_ text: String) { self.text = text }
}

extension JSONText: PostgresScalar {
    package static var postgresType: PostgresType { .jsonb }
    package static var postgresArrayType: PostgresType { .jsonbArray }

    package func encode(into buffer: inout ParameterBuffer) throws(EncodingProblem) {
        buffer.append(UInt8(1))
        try buffer.append(text: text)
    }

    package static func decode(_ bytes: RawSpan, type: PostgresType) throws(DecodingProblem) -> JSONText {
        guard type == .jsonb || type == .json else { throw .unexpectedType(type, wanted: "JSONText") }
        return JSONText(try String.decode(bytes, type: type))
    }
}
