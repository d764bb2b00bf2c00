/// Spells texts in YAML so that they are read back as the same bytes.
enum YAMLText {
    /// A value on the line of its key: plain where that cannot be misread, else in double quotes.
    static func scalar(_ text: String) -> String { isPlain(text) ? text : quoted(text) }

    /// A text of several lines, each indented: as a block where that is possible, else in double quotes.
    ///
    /// The block adds no line end that is not there.
    static func block(_ text: String, indentation: Int) -> String {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let endsLine = lines.last?.isEmpty == true
        if endsLine { lines.removeLast() }
        let isFit =
            !text.unicodeScalars.contains { needsEscape($0) && $0 != "\n" } && lines.first?.first.map(isInk) == true
            && lines.last?.isEmpty == false
        guard isFit else { return quoted(text) }
        let margin = String(repeating: " ", count: indentation)
        return (endsLine ? "|" : "|-") + lines.map { $0.isEmpty ? "\n" : "\n" + margin + $0 }.joined()
    }

    /// A text as a comment: each of its characters visible, on one line.
    static func comment(_ text: String) -> String {
        var line = ""
        for scalar in text.unicodeScalars {
            line += needsEscape(scalar) ? escaped(scalar) : String(scalar)
        }
        return line
    }

    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\" + String(scalar)
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            default: quoted += needsEscape(scalar) ? escaped(scalar) : String(scalar)
            }
        }
        return quoted + "\""
    }

    private static func isInk(_ character: Character) -> Bool { character != " " && character != "\t" }

    /// Texts that are nothing but a path, a name or the like, and no word or number that YAML reads as something else.
    private static func isPlain(_ text: String) -> Bool {
        guard let first = text.utf8.first, first == UInt8(ascii: "/") || (first | 0x20) &- 97 < 26, text.utf8.last != 58
        else { return false }
        let words = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"]
        return !words.contains(text.lowercased())
            && text.utf8.allSatisfy { byte in
                byte &- 48 < 10 || (byte | 0x20) &- 97 < 26 || "/_.:-+@".utf8.contains(byte)
            }
    }

    /// What YAML has no place for as it is, and what people could not see.
    private static func needsEscape(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09: false
        case 0..<0x20, 0x7F..<0xA0, 0x200B, 0x200E...0x200F, 0x2028...0x202E, 0x2060...0x2069, 0xFEFF, 0xFFFE...0xFFFF:
            true
        default: false
        }
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        if scalar.value <= 0xFF { return "\\x" + (digits.utf8.count < 2 ? "0" : "") + digits }
        return "\\u" + String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
    }
}
