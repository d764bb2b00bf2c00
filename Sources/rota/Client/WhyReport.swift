import Core

/// The answer to "why?" as people read it.
struct WhyReport {
    let answer: JSONValue

    /// Writes the headline, then each reason with what it consists of and what can be done.
    func print(to terminal: Terminal = .output) {
        let id = VisibleText.oneLine(answer.text("id") ?? "")
        let state = answer.text("state") ?? ""
        let name = terminal.hasColours ? Style.bold.apply(to: id) : id
        let word = terminal.hasColours ? Style.ofState(state).apply(to: state) : state
        terminal.line("\(name) \(word)")
        let reasons = answer.list("reasons")
        let sentence = answer.text("sentence") ?? ""
        if sentence != reasons.first?.text("sentence") { lines(sentence, indent: "  ", terminal) }
        for reason in reasons {
            lines(reason.text("sentence") ?? "", indent: "  ", terminal)
            for detail in reason.list("details") {
                lines(detail.text("sentence") ?? "", indent: "    - ", terminal)
            }
            if let advice = reason.text("advice") { lines(advice, indent: "    → ", terminal) }
        }
    }

    /// A sentence, wrapped where the terminal ends.
    private func lines(_ sentence: String, indent: String, _ terminal: Terminal) {
        for line in Self.wrap(VisibleText.oneLine(sentence), indent: indent, columns: terminal.columns) {
            terminal.line(line)
        }
    }

    /// Breaks a text between words; continued lines stand below the first one's text.
    static func wrap(_ text: String, indent: String, columns: Int?) -> [String] {
        guard let columns, columns > indent.count + 20 else { return [indent + text] }
        let hanging = String(repeating: " ", count: indent.count)
        var result: [String] = []
        var line = indent
        var isEmpty = true
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            if !isEmpty, line.count + 1 + word.count > columns {
                result.append(line)
                line = hanging
                isEmpty = true
            }
            line += (isEmpty ? "" : " ") + word
            isEmpty = false
        }
        return result + [line]
    }
}
