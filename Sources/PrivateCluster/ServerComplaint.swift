/// The line in which one of PostgreSQL's programs says why it gave up.
struct ServerComplaint: Equatable {
    let reason: String

    var isDiskFull: Bool { reason.hasSuffix("No space left on device") || reason.hasSuffix("Disk quota exceeded") }

    /// Takes the first of the gravest kind; what follows it is mostly a consequence.
    init?(in text: String) {
        let lines = text.split(separator: "\n")
        for mark in ["PANIC:", "FATAL:", "ERROR:", "error:"] {
            for line in lines {
                guard let words = Self.text(of: line, after: mark) else { continue }
                reason = String(words.last == "." ? words.dropLast() : words)
                return
            }
        }
        return nil
    }

    private static func text(of line: Substring, after mark: String) -> Substring? {
        let words = line.split(separator: " ")
        guard let place = words.firstIndex(where: { $0 == mark }), place + 1 < words.endIndex else { return nil }
        return line[words[place + 1].startIndex...]
    }
}
