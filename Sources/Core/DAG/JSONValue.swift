/// A JSON document as a tree; numbers stay the text they were, so that none loses a digit.
package indirect enum JSONValue: Hashable, Sendable {
    case null
    case boolean(Bool)
    case number(String)
    case string(String)
    case array([JSONValue])
    /// The members in the document's order; a later one of the same name wins.
    case object([Member])

    /// A name and its value.
    package struct Member: Hashable, Sendable {
        package var name: String
        package var value: JSONValue

        /// Pairs a name with its value.
        package init(name: String, value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    /// Parses a document by RFC 8259; nil for anything else and for nesting deeper than 64.
    package init?(parsing text: String) {
        var reader = JSONReader(text)
        guard let value = reader.document() else { return nil }
        self = value
    }

    /// The member of that name in an object; nil where there is none.
    package subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.name == name }?.value
    }

    /// The value as a variable shows it: a text as it is, anything else as JSON; nil for null.
    package var plainText: String? {
        switch self {
        case .null: nil
        case .string(let text): text
        case .boolean, .number, .array, .object: description
        }
    }

    /// Spells a finite number as JSON does.
    static func number(of value: Double) -> String {
        let text = "\(value)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}

extension JSONValue: CustomStringConvertible {
    /// The document without white space.
    package var description: String {
        var text = ""
        write(to: &text)
        return text
    }

    private func write(to text: inout String) {
        switch self {
        case .null: text += "null"
        case .boolean(let value): text += value ? "true" : "false"
        case .number(let digits): text += digits
        case .string(let value): JSONValue.writeString(value, to: &text)
        case .array(let elements):
            text += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { text += "," }
                element.write(to: &text)
            }
            text += "]"
        case .object(let members):
            text += "{"
            for (index, member) in members.enumerated() {
                if index > 0 { text += "," }
                JSONValue.writeString(member.name, to: &text)
                text += ":"
                member.value.write(to: &text)
            }
            text += "}"
        }
    }

    private static func writeString(_ value: String, to text: inout String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}

extension JSONValue {
    /// An object of texts, members in ascending order.
    package init(texts: [String: String]) {
        self = .object(texts.keys.sorted().map { Member(name: $0, value: .string(texts[$0] ?? "")) })
    }
}
