import Core
import Store

/// Follows a log and says what is new as server-sent events.
struct LogTail: Sendable {
    let store: Store
    let attempt: AttemptID
    private var assembler: LineAssembler
    private var markup: LogMarkup
    private var position: Int
    /// Whether nothing will follow.
    private(set) var isOver = false

    private static let piece = 128 * 1024

    init(store: Store, attempt: AttemptID, assembler: LineAssembler, markup: LogMarkup) {
        self.store = store
        self.attempt = attempt
        self.assembler = assembler
        self.markup = markup
        position = assembler.lineStart
    }

    /// The next event; nil where nothing is new.
    mutating func next() async throws -> String? {
        guard let extent = try await store.logExtent(of: attempt) else {
            isOver = true
            return "event: end\ndata: gone\n\n"
        }
        if extent.byteCount > position {
            let range = try await store.logBytes(of: attempt, from: position, limit: Self.piece)
            if !range.bytes.isEmpty {
                if range.start > position {
                    let line = try await store.logLine(of: attempt, at: range.start)
                    assembler.pass(to: range.start, line: line ?? assembler.number + 1)
                }
                assembler.feed(range.bytes, at: extent.readAt)
                position = range.end
                return event(with: assembler.take())
            }
        }
        guard extent.isComplete else { return nil }
        isOver = true
        return "event: end\ndata: \(extent.attemptState.rawValue)\n\n"
    }

    /// Whole lines, then the beginning of the last one, which the next event replaces.
    ///
    /// The id is where the last line without an end begins: who comes back with it misses nothing.
    private mutating func event(with lines: [LogLine]) -> String {
        var html = HTMLText(capacity: lines.count * 120 + 200)
        for line in lines { markup.item(line, into: &html) }
        if let rest = assembler.rest {
            var peek = markup
            peek.item(rest, into: &html)
        }
        return "id: \(assembler.lineStart):\(assembler.number)\nevent: lines\ndata: \(html.string)\n\n"
    }
}
