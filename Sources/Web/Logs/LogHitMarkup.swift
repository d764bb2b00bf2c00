import Core

/// Writes what a search found as a list of links.
struct LogHitMarkup: Sendable {
    let request: LogRequest
    let path: String

    /// The list of the first hits.
    func list(_ hits: some Sequence<LogHit>) -> String {
        var html = HTMLText(capacity: 16_384)
        for hit in hits {
            html.markup("<li>")
            for line in hit.before { context(line, into: &html) }
            html.markup("<i>\(hit.number)</i><a href=\"")
            html.text(request.path(path, line: hit.number))
            html.markup("\">")
            text(hit.text, into: &html)
            html.markup("</a>")
            for line in hit.after { context(line, into: &html) }
            html.markup("</li>")
        }
        return html.string
    }

    private func context(_ line: LogDifference.Source, into html: inout HTMLText) {
        html.markup("<i>\(line.number)</i><span>")
        html.markup(HTMLText.line(line.bytes))
        html.markup("</span>")
    }

    /// The line, with the text in it marked; where a pattern matched is not known.
    private func text(_ bytes: [UInt8], into html: inout HTMLText) {
        var rest = bytes[...]
        if !request.isPattern, let wanted = request.text.map({ Array($0.utf8) }) {
            while let range = Self.range(of: wanted, in: rest, isExact: request.isExact) {
                html.markup(HTMLText.line(Array(rest[..<range.lowerBound])))
                html.markup("<mark>")
                html.markup(HTMLText.line(Array(rest[range])))
                html.markup("</mark>")
                rest = rest[range.upperBound...]
            }
        }
        html.markup(HTMLText.line(Array(rest)))
    }

    private static func range(of wanted: [UInt8], in bytes: ArraySlice<UInt8>, isExact: Bool) -> Range<Int>? {
        guard !wanted.isEmpty, bytes.count >= wanted.count else { return nil }
        for start in bytes.startIndex...(bytes.endIndex - wanted.count) {
            let part = bytes[start..<start + wanted.count]
            if zip(part, wanted).allSatisfy({ isExact ? $0 == $1 : lower($0) == lower($1) }) {
                return start..<start + wanted.count
            }
        }
        return nil
    }

    private static func lower(_ byte: UInt8) -> UInt8 { (65...90).contains(byte) ? byte + 32 : byte }
}
