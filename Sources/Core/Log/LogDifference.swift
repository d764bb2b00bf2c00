/// What one log says that another does not, line by line, whatever the order.
///
/// Lines are compared by their templates (`LineTemplate`), so that another time, id or count is no difference.
package struct LogDifference: Hashable, Sendable {
    /// Lines whose template is not in the other log: the rarest templates first, each once, at most `mostLines`.
    package var added: [Line]
    /// Lines of the other log whose template is missing here, in the same way.
    package var missing: [Line]
    /// How many templates there are of each, those included that are left out.
    package var addedCount: Int
    package var missingCount: Int

    /// The most lines that are kept of each side.
    package static let mostLines = 50

    /// A line that stands for all with its template.
    package struct Line: Hashable, Sendable {
        /// Counted from 1.
        package var number: Int
        /// Without escape sequences.
        package var text: String
        /// How many lines of its log have its template.
        package var count: Int
    }

    /// A line of a log, without escape sequences.
    package struct Source: Hashable, Sendable {
        package var number: Int
        package var bytes: [UInt8]

        /// Pairs a number with a line's bytes.
        package init(number: Int, bytes: [UInt8]) {
            self.number = number
            self.bytes = bytes
        }
    }

    /// Compares a log with an earlier one.
    package init(of log: some Sequence<Source>, against earlier: some Sequence<Source>) {
        let (here, there) = (Self.templates(of: log), Self.templates(of: earlier))
        let added = here.filter { there[$0.key] == nil }.map(\.value)
        let missing = there.filter { here[$0.key] == nil }.map(\.value)
        self.added = Self.rarest(added)
        self.missing = Self.rarest(missing)
        addedCount = added.count
        missingCount = missing.count
    }

    private static func rarest(_ lines: [Line]) -> [Line] {
        Array(lines.sorted { ($0.count, $0.number) < ($1.count, $1.number) }.prefix(mostLines))
    }

    /// A line's beginning, whole to its last character.
    private static func text(_ bytes: [UInt8]) -> String {
        var end = min(bytes.count, LineTemplate.mostBytes)
        if end < bytes.count { while end > 0, bytes[end] & 0xC0 == 0x80 { end -= 1 } }
        return String(decoding: bytes[..<end], as: UTF8.self)
    }

    /// The first line of each template, and how often the template occurs.
    private static func templates(of lines: some Sequence<Source>) -> [String: Line] {
        var found: [String: Line] = [:]
        for line in lines {
            let template = LineTemplate(bytes: Array(line.bytes.prefix(LineTemplate.mostInput))).text
            if template.isEmpty { continue }
            if found[template] != nil {
                found[template]?.count += 1
            } else {
                found[template] = Line(number: line.number, text: Self.text(line.bytes), count: 1)
            }
        }
        return found
    }
}
