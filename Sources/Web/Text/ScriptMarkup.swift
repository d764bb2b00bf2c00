/// A script with numbers before its lines: errors name them.
enum ScriptMarkup {
    /// Each line an element of its own, whose number comes from the stylesheet and is not copied.
    static func lines(_ script: String) -> String {
        var html = HTMLText(capacity: script.utf8.count * 2)
        let body = script.last == "\n" ? script.dropLast() : script[...]
        for line in body.split(separator: "\n", omittingEmptySubsequences: false) {
            html.markup("<span>")
            html.text(line)
            html.markup("</span>")
        }
        return html.string
    }
}
