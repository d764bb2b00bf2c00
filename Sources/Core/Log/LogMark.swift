/// A line of a log that a reader wants to find again: one that tells of an error, or one that begins or ends a group.
package struct LogMark: Hashable, Sendable {
    /// What the line is; the raw value is stored.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// It tells of an error.
        case error
        /// It begins a group that ends with the `end` of its level: `::group::`, `##[group]`.
        case group
        /// It ends the innermost group: `::endgroup::`, `##[endgroup]`.
        case end
        /// It begins a section that lasts until the next one: `---`, `~~~`.
        case section
        /// A section that is to be seen: `+++`.
        case openSection = "open_section"
    }

    /// Counted from 1.
    package var line: Int
    package var kind: Kind
    /// What an error says, or what a group is called, which is at most `mostTitle` characters.
    package var text: String
    /// Why a line is taken for an error.
    package var rule: LineScanner.Rule?

    /// The most characters of a title.
    package static let mostTitle = 200

    /// Joins the facts.
    package init(line: Int, kind: Kind, text: String, rule: LineScanner.Rule? = nil) {
        self.line = line
        self.kind = kind
        self.text = text
        self.rule = rule
    }

    /// The mark that a line's text makes by how it begins; nil for any other line.
    static func fold(line: Int, text: String) -> LogMark? {
        for (start, kind) in starts where text.utf8.starts(with: start.utf8) {
            let rest = text.utf8.dropFirst(start.utf8.count).drop { $0 == 32 || $0 == 9 }
            let title = Substring(rest).prefix(mostTitle)
            switch kind {
            case .end: return LogMark(line: line, kind: kind, text: "")
            case .section, .openSection:
                // A rule of dashes, or the mark alone, is no title.
                guard let first = title.unicodeScalars.first, !"-+~|=".unicodeScalars.contains(first) else {
                    return nil
                }
                // Go's tests write `--- FAIL: TestName` before what failed.
                return LogMark(line: line, kind: title.hasPrefix("FAIL") ? .openSection : kind, text: String(title))
            default: return LogMark(line: line, kind: kind, text: String(title))
            }
        }
        return nil
    }

    /// Whether a line that begins with this byte may be a mark: a look at each line that costs next to nothing.
    static func mayBegin(with byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ":"), UInt8(ascii: "#"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "~"), 27: true
        default: false
        }
    }

    private static let starts: [(String, Kind)] = [
        ("::group::", .group), ("##[group]", .group), ("::endgroup::", .end), ("##[endgroup]", .end),
        ("--- ", .section), ("~~~ ", .section), ("+++ ", .openSection),
    ]
}
