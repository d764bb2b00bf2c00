import Core
import Store

/// The lines of a log that hold a text.
struct LogSearch: Sendable {
    let store: Store
    let attempt: AttemptRecord

    /// The most lines of an answer.
    static let mostMatches = 1_000
    /// How much of a log is in memory at a time.
    private static let piece = 256 * 1024

    /// What was found.
    struct Result: Hashable, Sendable {
        /// Without escape sequences, in the log's order.
        var lines: [LogDifference.Source] = []
        /// Whether there are more.
        var isCut = false
    }

    /// Finds lines with a text, byte for byte; of a line the first 8 kB are looked at.
    func lines(with text: String) async throws -> Result {
        var result = Result()
        let wanted = Array(text.utf8)
        var assembler = LineAssembler(number: 1, place: 0)
        var position = 0
        while true {
            let range = try await store.logBytes(of: attempt.id, from: position, limit: Self.piece)
            if range.bytes.isEmpty { break }
            position = range.end
            assembler.feed(range.bytes)
            for line in assembler.take() where take(line, wanted, into: &result) { return result }
        }
        if let rest = assembler.rest { _ = take(rest, wanted, into: &result) }
        return result
    }

    /// Keeps a line if it has the text; true: there are too many.
    private func take(_ line: LogLine, _ wanted: [UInt8], into result: inout Result) -> Bool {
        var plain = PlainText()
        let bytes = plain.strip(line.bytes)
        guard Self.holds(bytes, wanted) else { return false }
        guard result.lines.count < Self.mostMatches else {
            result.isCut = true
            return true
        }
        result.lines.append(LogDifference.Source(number: line.number, bytes: bytes))
        return false
    }

    private static func holds(_ bytes: [UInt8], _ wanted: [UInt8]) -> Bool {
        guard let first = wanted.first else { return true }
        var from = bytes.startIndex
        while let found = bytes[from...].firstIndex(of: first), found + wanted.count <= bytes.count {
            if bytes[found..<found + wanted.count].elementsEqual(wanted) { return true }
            from = found + 1
        }
        return false
    }
}
