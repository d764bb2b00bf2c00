package import Core

/// What the text of a value must be.
package struct TextRule: Sendable {
    /// What the value is called in tables, such as `duration`.
    package var noun: String
    /// What is expected, for sentences, such as "a duration, such as 15m".
    package var expectation: String
    /// The rule as members of a JSON Schema.
    package var schema: [JSONValue.Member]
    /// Says what is wrong with a value; nil where nothing is.
    package var complaint: @Sendable (Node.Scalar) -> Complaint?

    /// What is wrong with a text.
    package struct Complaint: Sendable {
        /// The sentence; nil where the expectation says enough.
        package var message: String?
        package var hint: String?
        /// Where in the text, in bytes.
        package var offset = 0

        /// Makes a complaint.
        package init(_ message: String? = nil, hint: String? = nil, offset: Int = 0) {
            self.message = message
            self.hint = hint
            self.offset = offset
        }
    }

    /// Makes a rule.
    package init(
        noun: String,
        expectation: String,
        schema: [JSONValue.Member],
        complaint: @escaping @Sendable (Node.Scalar) -> Complaint?
    ) {
        self.noun = noun
        self.expectation = expectation
        self.schema = schema
        self.complaint = complaint
    }

    /// Any text.
    package static let any = TextRule(noun: "text", expectation: "a text", schema: [.type("string")]) { _ in nil }

    /// The name of a task, a param, an output, a pool, a runner or a label.
    package static let name = TextRule(
        noun: "name",
        expectation: "a name: a letter or '_', then letters, digits, '_' and '-', at most 100 in all",
        schema: [.type("string"), .pattern("^[A-Za-z_][A-Za-z0-9_-]{0,99}$")]
    ) { isName($0.text) ? nil : Complaint() }

    /// A path from the root of the file system.
    package static let absolutePath = TextRule(
        noun: "absolute path",
        expectation: "an absolute path",
        schema: [.type("string"), .pattern("^/")]
    ) { $0.text.hasPrefix("/") ? nil : Complaint(hint: "begin it with '/'") }

    /// Says whether a text is a name.
    package static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, first &- 48 >= 10 else { return false }
        return isNamePart(text)
    }

    /// Says whether a text is a name, or would be one if it did not begin with a digit.
    package static func isNamePart(_ text: String) -> Bool {
        (1...100).contains(text.utf8.count) && text.utf8.first != UInt8(ascii: "-")
            && text.utf8.allSatisfy { byte in
                byte &- 48 < 10 || (byte | 0x20) &- 97 < 26 || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
            }
    }

    /// One of some words.
    package static func choice(_ words: [String]) -> TextRule {
        let list = words.joined(separator: ", ")
        return TextRule(
            noun: words.map { "`\($0)`" }.joined(separator: ", "),
            expectation: words.count == 1 ? "'\(list)'" : "one of: \(list)",
            schema: [JSONValue.Member(name: "enum", value: .array(words.map { .string($0) }))]
        ) { scalar in
            if words.contains(scalar.text) { return nil }
            return Complaint(hint: Spelling.nearest(to: scalar.text, among: words).map { "did you mean '\($0)'?" })
        }
    }

    /// A whole number, written without quotes.
    package static func integer(_ range: ClosedRange<Int>) -> TextRule {
        TextRule(
            noun: "whole number",
            expectation: "a whole number from \(range.lowerBound) to \(range.upperBound)",
            schema: [.type("integer"), .number("minimum", range.lowerBound), .number("maximum", range.upperBound)]
        ) { scalar in
            guard let value = Int(scalar.text), range.contains(value) else { return Complaint() }
            return scalar.style == .plain ? nil : Complaint(hint: "write \(scalar.text) without quotes")
        }
    }

    /// A decimal number, written without quotes.
    package static func number(_ range: ClosedRange<Double>) -> TextRule {
        let low = TextRule.spell(range.lowerBound)
        let high = TextRule.spell(range.upperBound)
        return TextRule(
            noun: "number",
            expectation: "a number from \(low) to \(high)",
            schema: [
                .type("number"), JSONValue.Member(name: "minimum", value: .number(low)),
                JSONValue.Member(name: "maximum", value: .number(high)),
            ]
        ) { scalar in
            guard ValueType.number.accepts(scalar.text), let value = Double(scalar.text), range.contains(value)
            else { return Complaint() }
            return scalar.style == .plain ? nil : Complaint(hint: "write \(scalar.text) without quotes")
        }
    }

    /// A length of time above zero; zero too where the rule says so.
    package static func duration(from least: Duration) -> TextRule {
        let bound = least > .zero ? " of at least \(DurationText.spell(least))" : ""
        return TextRule(
            noun: "duration",
            expectation: "a duration\(bound), such as 90s, 15m, 2h, 7d or PT1H30M",
            schema: [.type("string"), .pattern("^([0-9]+[smhd]|P[0-9WDTHMS.]+)$")]
        ) { scalar in
            guard let value = DurationText.parse(scalar.text) else {
                let isNumber = Int(scalar.text) != nil
                return Complaint(hint: isNumber ? "add a unit: \(scalar.text)s, \(scalar.text)m, …" : nil)
            }
            return value >= least ? nil : Complaint()
        }
    }

    /// A size in bytes with a unit.
    package static func size(_ range: ClosedRange<Int64>) -> TextRule {
        TextRule(
            noun: "size",
            expectation:
                "a size from \(SizeText.spell(range.lowerBound)) to \(SizeText.spell(range.upperBound)), such as 512MiB or 2GiB",
            schema: [.type("string"), .pattern("^[0-9]+ ?([kKMGT]i?B|B)$")]
        ) { scalar in
            guard let value = SizeText.parse(scalar.text) else {
                let isNumber = Int64(scalar.text) != nil
                return Complaint(hint: isNumber ? "add a unit: \(scalar.text)MiB, \(scalar.text)GiB, …" : nil)
            }
            return range.contains(value) ? nil : Complaint()
        }
    }

    private static func spell(_ value: Double) -> String {
        value == value.rounded() ? String(Int(value)) : String(value)
    }
}

extension JSONValue.Member {
    /// The member `type` of a schema.
    package static func type(_ name: String) -> JSONValue.Member { .init(name: "type", value: .string(name)) }

    /// The member `pattern` of a schema.
    package static func pattern(_ text: String) -> JSONValue.Member { .init(name: "pattern", value: .string(text)) }

    /// A member of a schema that is a whole number.
    package static func number(_ name: String, _ value: Int) -> JSONValue.Member {
        .init(name: name, value: .number(String(value)))
    }
}
