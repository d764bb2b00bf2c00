import Core

/// Writes the lines of a log that tell of errors, with how much is between them.
struct LogErrorMarkup: Sendable {
    let request: LogRequest
    let path: String

    /// The most lines of a page.
    static let mostLines = 200
    /// The most characters that are shown of a line.
    private static let mostText = 200

    /// The list, with what is between its lines from the first one shown on; `count` is how many lines the log has,
    /// nil where more errors follow.
    func list(_ errors: some Collection<LogMark>, from first: Int, of count: Int?) -> String {
        var html = HTMLText(capacity: errors.count * 160)
        html.markup("<ol>")
        var last = first - 1
        for error in errors {
            gap(from: last + 1, to: error.line - 1, into: &html)
            html.markup("<li id=\"L\(error.line)\" value=\"\(error.line)\" class=\"err\"><a href=\"")
            html.text(request.path(path, line: error.line))
            html.markup("\">\(error.line)</a>")
            html.markup(HTMLText.line(Array(String(error.text.prefix(Self.mostText)).utf8)))
            html.markup("</li>")
            last = error.line
        }
        if let count { gap(from: last + 1, to: count, into: &html) }
        html.markup("</ol>")
        return html.string
    }

    private func gap(from first: Int, to last: Int, into html: inout HTMLText) {
        guard last >= first else { return }
        html.markup("<li class=\"gap\"><a href=\"")
        html.text(request.path(path, ["from=\(first)"]))
        html.markup("\">… \(Quantity.count(last - first + 1, "line"))</a></li>")
    }
}
