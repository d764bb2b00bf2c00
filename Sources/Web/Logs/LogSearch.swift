import Core
import Store
import Synchronization

/// Finds the lines of a log that a question asks for, in memory that does not grow with the log.
struct LogSearch: Sendable {
    let store: Store
    let attempt: AttemptRecord
    /// After this time what was found so far is the answer.
    var patience = Duration.seconds(2)

    /// The most lines of an answer.
    static let mostMatches = 1_000
    /// About how many bytes are read at once; as many are searched meanwhile.
    private static let batch = 2 << 20

    /// Searches from a place on, which is the beginning of a stored piece.
    func hits(_ question: LogQuestion, from start: Int = 0) async throws -> LogHits {
        var scan = Scan(
            matcher: try question.matcher(),
            collector: .init(context: question.context, most: Self.mostMatches)
        )
        let deadline = ContinuousClock.now + patience
        var pieces = try await store.logScan(of: attempt.id, from: start, pieces: 8)
        var result = LogHits(end: start)
        while let last = pieces.last {
            let next = last.start + last.bytes.count
            let size = pieces.reduce(0) { $0 + $1.bytes.count } / pieces.count
            let count = min(1_024, max(8, Self.batch / max(1, size)))
            async let following = store.logScan(of: attempt.id, from: next, pieces: count)
            for piece in pieces { scan.take(piece) }
            result.end = next
            pieces = try await following
            if !pieces.isEmpty, ContinuousClock.now >= deadline {
                result.isWhole = false
                break
            }
        }
        scan.finish()
        result.hits = scan.collector.hits
        result.count = scan.collector.count
        return result
    }

    /// What is known between two pieces.
    private struct Scan {
        var matcher: LogMatcher
        var collector: LogHitCollector
        private var plain = PlainText()
        private var line = 1
        private var hasRest = false
        private var next = 0

        init(matcher: LogMatcher, collector: LogHitCollector) {
            self.matcher = matcher
            self.collector = collector
        }

        mutating func take(_ piece: ScannedPiece) {
            // What was left out ends the line before it.
            if piece.start > next, hasRest { search(plain.stripSequences([UInt8(ascii: "\n")])) }
            line = piece.firstLine
            next = piece.start + piece.bytes.count
            search(plain.stripSequences(piece.bytes))
        }

        private mutating func search(_ bytes: [UInt8]) {
            var found: [(place: Int, number: Int)] = []
            var (position, counted) = (0, 0)
            while let place = matcher.next(in: bytes, from: position) {
                line += LogSearch.lineEnds(in: bytes, from: counted, to: place)
                counted = place
                found.append((place: place, number: line))
                position = place + 1
            }
            if let last = bytes.last { hasRest = last != UInt8(ascii: "\n") }
            if hasRest { line += LogSearch.lineEnds(in: bytes, from: counted, to: bytes.count) }
            collector.take(bytes, found: found, isLast: false)
        }

        /// Ends the last line, which has no end of its own.
        mutating func finish() {
            let isFound = hasRest && matcher.matchesUnended
            collector.take([], found: isFound ? [(place: 0, number: line)] : [], isLast: true)
        }
    }

    /// How many lines end between two places.
    private static func lineEnds(in bytes: [UInt8], from start: Int, to end: Int) -> Int {
        var (count, position) = (0, start)
        while let next = TextMatcher.lineEnd(in: bytes, from: position), next < end {
            count += 1
            position = next + 1
        }
        return count
    }
}

/// Searches, and keeps what was found in logs that will not grow: each page with a search asks for it again.
final class LogSearches: Sendable {
    private let store: Store
    private let kept = Mutex<[Key: LogHits]>([:])

    /// Of an answer at most a thousand lines are kept, so that so many are ten megabytes at most.
    private static let limit = 16

    private struct Key: Hashable {
        var attempt: AttemptID
        var question: LogQuestion
        var start: Int
        var bytes: Int
    }

    init(store: Store) {
        self.store = store
    }

    /// Searches a log from a place on.
    func hits(_ question: LogQuestion, of attempt: AttemptRecord, from start: Int = 0) async throws -> LogHits {
        let key = Key(attempt: attempt.id, question: question, start: start, bytes: attempt.logBytes)
        if let known = kept.withLock({ $0[key] }) { return known }
        let hits = try await LogSearch(store: store, attempt: attempt).hits(question, from: start)
        kept.withLock { kept in
            if kept.count >= Self.limit { kept.removeAll() }
            kept[key] = hits
        }
        return hits
    }
}
