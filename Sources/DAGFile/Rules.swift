import Core
import YAML

/// What the texts in a DAG file must be.
enum Rules {
    static let variable = TextRule(
        noun: "name of a variable",
        expectation: "letters, digits and '_', not beginning with a digit",
        schema: [.type("string"), .pattern("^(?!ROTA_)[A-Za-z_][A-Za-z0-9_]*$")]
    ) { scalar in
        guard TextRule.isName(scalar.text), !scalar.text.contains("-") else { return TextRule.Complaint() }
        guard scalar.text.hasPrefix("ROTA_") else { return nil }
        return TextRule.Complaint("'\(scalar.text)' cannot be set: names that begin with ROTA_ are Rota's own")
    }

    static let tag = TextRule(
        noun: "text",
        expectation: "a text of at most 100 characters",
        schema: [.type("string"), .number("minLength", 1), .number("maxLength", 100)]
    ) { (1...100).contains($0.text.unicodeScalars.count) ? nil : TextRule.Complaint() }

    static let url = TextRule(
        noun: "URL",
        expectation: "a URL that begins with https:// or http://",
        schema: [.type("string"), .pattern("^https?://")]
    ) { scalar in
        let isURL = scalar.text.hasPrefix("https://") || scalar.text.hasPrefix("http://")
        return isURL && !hasSpaceOutsideTemplates(scalar.text) ? nil : TextRule.Complaint()
    }

    private static func hasSpaceOutsideTemplates(_ text: String) -> Bool {
        var rest = text[...]
        var outside = ""
        while let start = rest.firstRange(of: "{{"), let end = rest[start.upperBound...].firstRange(of: "}}") {
            outside += rest[..<start.lowerBound]
            rest = rest[end.upperBound...]
        }
        return (outside + rest).contains(where: \.isWhitespace)
    }

    static let method = TextRule(
        noun: "method",
        expectation: "a method in capitals, such as POST",
        schema: [.type("string"), .pattern("^[A-Z]{3,20}$")]
    ) { scalar in
        if scalar.text == "CONNECT" { return TextRule.Complaint("CONNECT opens a tunnel and asks nothing") }
        let isMethod =
            (3...20).contains(scalar.text.utf8.count) && scalar.text.utf8.allSatisfy { (65...90).contains($0) }
        guard !isMethod else { return nil }
        return TextRule.Complaint(hint: "write it as '\(scalar.text.shortened.uppercased())'")
    }

    /// A number, or the name of a class.
    static let priority = TextRule(
        noun: "whole number or name of a class",
        expectation: "a whole number from -1000000 to 1000000, or the name of a priority class",
        schema: [JSONValue.Member(name: "type", value: .array([.string("integer"), .string("string")]))]
    ) { scalar in
        if Int(scalar.text) != nil { return TextRule.integer(-1_000_000...1_000_000).complaint(scalar) }
        return TextRule.name.complaint(scalar)
    }

    static let header = TextRule(
        noun: "name of a header",
        expectation: "letters, digits and '-'",
        schema: [.type("string"), .pattern("^[A-Za-z0-9-]{1,100}$")]
    ) { scalar in
        let isHeader =
            (1...100).contains(scalar.text.utf8.count)
            && scalar.text.utf8.allSatisfy { $0 == 45 || (48...57).contains($0) || (65...90).contains($0 & 0xDF) }
        guard isHeader else { return TextRule.Complaint() }
        guard ["host", "content-length", "transfer-encoding", "connection"].contains(scalar.text.lowercased()) else {
            return nil
        }
        return TextRule.Complaint("'\(scalar.text)' cannot be set: it follows from the request")
    }

    static let status = TextRule(
        noun: "status",
        expectation: "a status such as 200, or a hundred of them such as 2xx",
        schema: [.type("string"), .pattern("^[1-5]([0-9]{2}|xx)$")]
    ) { statuses($0.text) == nil ? TextRule.Complaint() : nil }

    /// The statuses that a text such as `204` or `2xx` means.
    static func statuses(_ text: String) -> ClosedRange<Int>? {
        if let status = Int(text), (100...599).contains(status), text.utf8.count == 3 { return status...status }
        guard text.hasSuffix("xx"), let hundred = Int(text.dropLast(2)), (1...5).contains(hundred) else { return nil }
        return hundred * 100...hundred * 100 + 99
    }

    static let cron = TextRule(
        noun: "cron expression",
        expectation: "a cron expression, such as \"30 4 * * *\"",
        schema: [.type("string")]
    ) { scalar in
        do throws(CronError) {
            _ = try CronExpression(scalar.text)
            return nil
        } catch {
            return TextRule.Complaint("\(error)", offset: offset(of: error, in: scalar.text))
        }
    }

    static let zone = TextRule(
        noun: "IANA zone",
        expectation: "the name of a time zone, such as Europe/Berlin",
        schema: [.type("string")]
    ) { $0.text.isEmpty ? TextRule.Complaint() : nil }

    static let instant = TextRule(
        noun: "date or time",
        expectation: "a date or a time, such as 2026-01-31, 2026-01-31T06:00 or 2026-01-31T06:00:00Z",
        schema: [.type("string"), .pattern("^[0-9]{4}-[0-9]{2}-[0-9]{2}")]
    ) { ValueType.datetime.accepts($0.text) ? nil : TextRule.Complaint() }

    static let pattern = TextRule(
        noun: "regular expression",
        expectation: "a regular expression",
        schema: [.type("string")]
    ) { scalar in
        do throws(PatternError) {
            _ = try Pattern(scalar.text)
            return nil
        } catch {
            let before = String(String.UnicodeScalarView(scalar.text.unicodeScalars.prefix(error.offset)))
            return TextRule.Complaint("this pattern cannot be used: \(error)", offset: before.utf8.count)
        }
    }

    /// Templates are checked where the names are known; here only that there is a text.
    static let template = TextRule(noun: "text with templates", expectation: "a text", schema: [.type("string")]) { _ in
        nil
    }

    static let script = TextRule(noun: "script", expectation: "a script", schema: [.type("string")]) { scalar in
        scalar.text.isEmpty ? TextRule.Complaint(hint: "a task without 'run' joins its upstream tasks") : nil
    }

    static let shell = TextRule(
        noun: "name or path of an interpreter",
        expectation: "the name of an interpreter, or a list of its words",
        schema: [.type("string"), .pattern("^[^\\s]+$")]
    ) { scalar in
        if scalar.text.contains(where: \.isWhitespace) {
            let words = scalar.text.split(whereSeparator: \.isWhitespace).joined(separator: ", ")
            return TextRule.Complaint(hint: "write the words as a list: shell: [\(words.shortened)]")
        }
        return scalar.text.isEmpty ? TextRule.Complaint() : nil
    }

    static let shellWord = TextRule(
        noun: "text",
        expectation: "a text that is not empty",
        schema: [.type("string"), .number("minLength", 1)]
    ) { $0.text.isEmpty ? TextRule.Complaint() : nil }

    /// Where the offending part of a cron expression begins: in the named field, else anywhere.
    private static func offset(of error: CronError, in text: String) -> Int {
        let bytes = Array(text.utf8)
        var start = 0
        if let field = error.field {
            let fields = bytes.split(whereSeparator: { $0 == 32 || $0 == 9 })
            let index = fields.count == 6 ? field.rawValue : field.rawValue - 1
            if fields.indices.contains(index) { start = fields[index].startIndex }
        }
        let part = Array(error.text.utf8)
        guard !part.isEmpty, part.count < bytes.count else { return start }
        for index in start...bytes.count - part.count where bytes[index...].starts(with: part) { return index }
        return start
    }
}
