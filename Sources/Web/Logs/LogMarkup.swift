extension HTMLText {
    /// One line of what a task printed, as markup that can do nothing.
    static func line(_ bytes: [UInt8]) -> String {
        var html = HTMLText(capacity: bytes.count + 16)
        var text = TerminalText()
        text.render(bytes, into: &html)
        return html.string
    }
}

/// Writes lines of a log as list items.
struct LogMarkup: Sendable {
    private var text = TerminalText()
    /// The line that tells why the attempt failed.
    let causeLine: Int?
    /// The line that was asked for.
    let markedLine: Int?
    /// Where the raw log is.
    let rawPath: String

    /// So many lines share a list, which browsers draw only when it comes into view.
    static let blockLines = 100

    /// Begins with plain text.
    init(causeLine: Int?, markedLine: Int?, rawPath: String) {
        self.causeLine = causeLine
        self.markedLine = markedLine
        self.rawPath = rawPath
    }

    /// Writes a window as lists of at most a hundred lines.
    mutating func blocks(_ lines: [LogLine]) -> String {
        var html = HTMLText(capacity: lines.count * 120)
        var count = 0
        for line in lines {
            if count % Self.blockLines == 0 {
                if count > 0 { html.markup("</ol>") }
                html.markup("<ol>")
            }
            item(line, isFirst: count % Self.blockLines == 0, into: &html)
            count += 1
        }
        if count > 0 { html.markup("</ol>") }
        return html.string
    }

    /// Writes one line.
    ///
    /// The first of a list carries its number, from which the stylesheet counts on: a list that is not drawn until it
    /// comes into view cannot see a number outside of itself.
    mutating func item(_ line: LogLine, isFirst: Bool = false, into html: inout HTMLText) {
        var classes: [String] = []
        if line.number == causeLine { classes.append("cause") }
        if line.number == markedLine { classes.append("at") }
        if !line.isComplete { classes.append("part") }
        html.markup("<li id=\"L\(line.number)\"")
        if isFirst { html.markup(" value=\"\(line.number)\"") }
        if !classes.isEmpty { html.markup(" class=\"\(classes.joined(separator: " "))\"") }
        html.markup(">")
        // A link on every line would be too small to hit and too much to load; the script makes all numbers links.
        // Neither may it stand too near to the cause's.
        let isNearCause = causeLine.map { abs($0 - line.number) == 1 } ?? false
        if line.number % 10 == 0 && !isNearCause || line.number == causeLine {
            html.markup("<a href=\"?at=\(line.number)#L\(line.number)\">\(line.number)</a>")
        }
        text.render(line.bytes, into: &html)
        if line.updates > 0 { note("+\(Quantity.count(line.updates, "update"))", into: &html) }
        if line.hidden > 0 {
            html.markup("<small><a href=\"")
            html.text(rawPath)
            html.markup("\">\(Quantity.bytes(line.hidden)) more</a></small>")
        }
        html.markup("</li>")
    }

    private func note(_ words: String, into html: inout HTMLText) {
        html.markup("<small>")
        html.text(words)
        html.markup("</small>")
    }
}
