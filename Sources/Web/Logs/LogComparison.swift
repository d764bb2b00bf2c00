import Core
import Store
import Synchronization

/// What a log says that another does not, and whether all of both was looked at.
struct LogComparison: Hashable, Sendable {
    var difference: LogDifference
    var isWhole: Bool
}

/// Compares logs of ended attempts; what was compared once is kept, for such logs never change.
final class LogComparisons: Sendable {
    private let store: Store
    private let kept = Mutex<[Pair: LogComparison]>([:])

    /// Of longer logs the last so many bytes are compared.
    static let mostBytes = 1 << 20
    /// Holds at most this many; then it begins anew.
    private static let limit = 500

    private struct Pair: Hashable {
        var log: AttemptID
        var other: AttemptID
    }

    init(store: Store) {
        self.store = store
    }

    /// Compares an attempt's log with another's; nil where one of them has none.
    func comparison(of attempt: AttemptRecord, against other: AttemptRecord) async throws -> LogComparison? {
        guard attempt.logBytes > 0, other.logBytes > 0 else { return nil }
        let pair = Pair(log: attempt.id, other: other.id)
        if let known = kept.withLock({ $0[pair] }) { return known }
        let log = try await lines(of: attempt)
        let otherLog = try await lines(of: other)
        let comparison = LogComparison(
            difference: LogDifference(of: log, against: otherLog),
            isWhole: max(attempt.logBytes, other.logBytes) <= Self.mostBytes
        )
        if attempt.isLogSealed, other.isLogSealed {
            kept.withLock { kept in
                if kept.count >= Self.limit { kept.removeAll() }
                kept[pair] = comparison
            }
        }
        return comparison
    }

    /// The last lines of a log, without escape sequences.
    func lines(of attempt: AttemptRecord, mostBytes: Int = mostBytes) async throws -> [LogDifference.Source] {
        // Lines are counted back from the end, so nothing may be left out on the way.
        let begin = max(attempt.logBytes - mostBytes, attempt.logGap?.end ?? 0, 0)
        var position = begin
        var bytes: [UInt8] = []
        while bytes.count < mostBytes {
            let range = try await store.logBytes(of: attempt.id, from: position, limit: mostBytes - bytes.count)
            guard !range.bytes.isEmpty else { break }
            bytes += range.bytes
            position = range.end
        }
        let isTail = begin > 0
        let ends = bytes.count { $0 == UInt8(ascii: "\n") }
        // The first line of a tail is a part of one, and has its number.
        var assembler = LineAssembler(number: isTail ? attempt.logLines - ends + 1 : 1, place: 0)
        assembler.feed(bytes)
        var lines = assembler.take()
        if let rest = assembler.rest { lines.append(rest) }
        var plain = PlainText()
        return (isTail ? lines.dropFirst() : lines[...]).map { line in
            var text = plain.strip(line.bytes)
            // A sequence that a line leaves open ends with it.
            text += plain.strip([UInt8(ascii: "\n")])
            if text.last == UInt8(ascii: "\n") { text.removeLast() }
            return LogDifference.Source(number: line.number, bytes: text)
        }
    }
}
