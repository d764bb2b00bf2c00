package import Core

extension Problem {
    /// The problem for a terminal: its line, the line of the file with a caret below, and the hint.
    /// - Parameters:
    ///   - source: The bytes of the file; empty where they are not at hand.
    ///   - hasColour: Whether to use terminal colours.
    /// - Returns: Lines, the last one with its end.
    package func render(source: SourceText, hasColour: Bool) -> String {
        let (bold, tint, end) = hasColour ? ("\u{1B}[1m", colour, "\u{1B}[0m") : ("", "", "")
        var text = "\(bold)\(path):\(mark.line):\(mark.column): \(tint)\(severity.rawValue):\(end) \(message)\n"
        if let line = source.line(mark.line) {
            let (shown, caret) = Problem.window(line, column: mark.column)
            let number = String(mark.line)
            let margin = String(repeating: " ", count: number.utf8.count)
            text += " \(number) | \(shown)\n \(margin) | \(String(repeating: " ", count: caret))\(tint)^\(end)\n"
        }
        if let hint { text += "   hint: \(hint)\n" }
        return text
    }

    /// The problem as a JSON object.
    package var json: JSONValue {
        .object([
            JSONValue.Member(name: "file", value: .string(path)),
            JSONValue.Member(name: "line", value: .number(String(mark.line))),
            JSONValue.Member(name: "column", value: .number(String(mark.column))),
            JSONValue.Member(name: "severity", value: .string(severity.rawValue)),
            JSONValue.Member(name: "message", value: .string(message)),
            JSONValue.Member(name: "hint", value: hint.map { .string($0) } ?? .null),
        ])
    }

    private var colour: String {
        switch severity {
        case .error: "\u{1B}[31m"
        case .warning: "\u{1B}[33m"
        case .info: "\u{1B}[36m"
        }
    }

    /// The part of a line that fits beside its number, fit for a terminal, and how far into it the column is.
    private static func window(_ line: String, column: Int) -> (text: String, caret: Int) {
        let scalars = line.unicodeScalars.map { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) ? " " : $0 }
        let first = column > 100 ? column - 60 : 0
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars.dropFirst(first).prefix(110))
        return (String(text), min(max(0, column - 1 - first), 110))
    }
}
