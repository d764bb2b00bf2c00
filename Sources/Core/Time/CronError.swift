/// Why a text is not a cron expression.
package struct CronError: Error, Hashable, Sendable {
    /// The sort of mistake; its raw value is the word that JSON answers carry.
    package enum Kind: String, CaseIterable, Sendable {
        case empty
        case tooLong = "too-long"
        case badCharacter = "bad-character"
        case fieldCount = "field-count"
        case unknownMacro = "unknown-macro"
        case unsupported
        case badValue = "bad-value"
        case badNumber = "bad-number"
        case outOfRange = "out-of-range"
        case reversedRange = "reversed-range"
        case zeroStep = "zero-step"
        case emptyItem = "empty-item"
        case never
    }

    /// The sort of mistake.
    package let kind: Kind
    /// The field it is in; nil when the text as a whole is wrong.
    package let field: CronField?
    /// The offending part, cut where it is long.
    package let text: String
    /// What is wrong, with the value, the allowed range and, where known, the fix; without the field's name.
    package let reason: String

    init(_ kind: Kind, field: CronField? = nil, text: String, _ reason: String) {
        self.kind = kind
        self.field = field
        self.text = CronError.cut(text)
        self.reason = reason
    }

    /// The text, or its beginning when it is too long to be read in a message.
    static func cut(_ text: some StringProtocol) -> String {
        text.utf8.count <= 40 ? String(text) : text.prefix(37) + "..."
    }

    /// The text, cut, in quotes.
    static func quote(_ text: some StringProtocol) -> String { "'\(cut(text))'" }
}

extension CronError: CustomStringConvertible {
    /// One sentence that names the field, what was found and what is allowed.
    package var description: String {
        guard let field else { return reason }
        return "\(field.name): \(reason)"
    }
}
