import Core
import YAML

/// What the texts in `rota.yaml` must be.
enum SettingsRules {
    static let user = TextRule(
        noun: "user",
        expectation: "the name of a user",
        schema: [.type("string"), .pattern("^[A-Za-z0-9_][A-Za-z0-9_.@-]*$")]
    ) { scalar in
        let bytes = Array(scalar.text.utf8)
        let isUser = bytes.allSatisfy { isNameByte($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "@") }
        return isUser && !bytes.isEmpty && bytes[0] != UInt8(ascii: "-") ? nil : TextRule.Complaint()
    }

    /// A length of time, or for ever.
    static let span = TextRule(
        noun: "duration or `forever`",
        expectation: "a duration of at least 1h, such as 90d, or 'forever'",
        schema: [.type("string"), .pattern("^(forever|[0-9]+[smhd]|P[0-9WDTHMS.]+)$")]
    ) { scalar in
        if scalar.text == "forever" { return nil }
        guard let value = DurationText.parse(scalar.text) else {
            let isNumber = Int(scalar.text) != nil
            return TextRule.Complaint(hint: isNumber ? "add a unit: \(scalar.text)d" : nil)
        }
        return value >= .seconds(3_600) ? nil : TextRule.Complaint()
    }

    static let variable = TextRule(
        noun: "variable",
        expectation: "the name of a variable of the environment",
        schema: [.type("string"), .pattern("^[A-Za-z_][A-Za-z0-9_]*$")]
    ) { scalar in
        let bytes = Array(scalar.text.utf8)
        guard let first = bytes.first, first &- 48 >= 10 else { return TextRule.Complaint() }
        return bytes.allSatisfy { isNameByte($0) && $0 != UInt8(ascii: "-") } ? nil : TextRule.Complaint()
    }

    static let webAddress = TextRule(
        noun: "URL",
        expectation: "a URL that begins with https:// or http://",
        schema: [.type("string"), .pattern("^https?://[^\\s]+$")]
    ) { scalar in
        let rest = ["https://", "http://"].lazy.filter { scalar.text.hasPrefix($0) }.map {
            scalar.text.dropFirst($0.count)
        }
        guard let rest = rest.first, !rest.isEmpty, !rest.hasPrefix("/"), !rest.contains(where: \.isWhitespace) else {
            return TextRule.Complaint()
        }
        return nil
    }

    static let listen = TextRule(
        noun: "host and port",
        expectation: "HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080",
        schema: [.type("string"), .pattern("^.+:[0-9]+$")]
    ) { scalar in
        guard let colon = scalar.text.lastIndex(of: ":"),
            let port = Int(scalar.text[scalar.text.index(after: colon)...]),
            (0...65_535).contains(port)
        else { return TextRule.Complaint() }
        let host = scalar.text[..<colon]
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        return !host.isEmpty && (isBracketed || !host.contains(":")) ? nil : TextRule.Complaint()
    }

    static let databaseURL = TextRule(
        noun: "URL",
        expectation: "a URL that begins with postgres:// or postgresql://",
        schema: [.type("string"), .pattern("^postgres(ql)?://")]
    ) { scalar in
        let isURL = scalar.text.hasPrefix("postgres://") || scalar.text.hasPrefix("postgresql://")
        // Without the text: it may hold a password.
        return isURL ? nil : TextRule.Complaint("'database_url' must begin with postgres:// or postgresql://")
    }

    /// Says whether a text is a host that no program can take for an option.
    static func isHost(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return (1...253).contains(bytes.count) && bytes[0] != UInt8(ascii: "-")
            && bytes.allSatisfy { isNameByte($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        byte &- 48 < 10 || (byte | 0x20) &- 97 < 26 || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
    }
}
