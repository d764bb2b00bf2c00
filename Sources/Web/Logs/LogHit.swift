import Core

/// A line that a search found.
struct LogHit: Hashable, Sendable {
    /// Counted from 1.
    var number: Int
    /// The line, or what is around the place in a long one; without escape sequences.
    var text: [UInt8]
    /// Lines before and after it.
    var before: [LogDifference.Source] = []
    var after: [LogDifference.Source] = []

    /// The most bytes of its text.
    static let mostText = 500
}

/// What a search found.
struct LogHits: Hashable, Sendable {
    /// The first ones, in the log's order.
    var hits: [LogHit] = []
    /// How many lines there are in all in what was searched.
    var count = 0
    /// Where the search ended; where it was not the log's end, a search from here goes on.
    var end = 0
    /// Whether all that is stored was searched.
    var isWhole = true
}

extension LogHits {
    /// The hits as `grep -n` prints them, and a last line where there is more.
    var text: String {
        let hasContext = hits.contains { !$0.before.isEmpty || !$0.after.isEmpty }
        let numbered = { (line: LogDifference.Source) in (number: line.number, content: line.bytes) }
        let found = hits.map { hit in
            ((number: hit.number, content: hit.text), before: hit.before.map(numbered), after: hit.after.map(numbered))
        }
        var lines = FoundLine.listing(found).map { line in
            (hasContext && line.followsGap ? "--\n" : "")
                + "\(line.number)\(line.isHit ? ":" : "-")\(AttemptReport.plain(line.content))\n"
        }
        if count > hits.count { lines.append("(\(count) lines match; the first \(hits.count) are listed)\n") }
        if !isWhole { lines.append("(searched \(Quantity.bytes(end)); go on with searched=\(end))\n") }
        return lines.joined()
    }
}

/// Keeps the lines that were found with what is around them, in memory that does not grow with the log.
struct LogHitCollector: Sendable {
    private(set) var hits: [LogHit] = []
    private(set) var count = 0
    private let context: Int
    private let most: Int
    /// The bytes around what is looked at, and how many went before them.
    private var window: [UInt8] = []
    private var base = 0
    private var pending: [(place: Int, number: Int)] = []

    /// As many bytes before and after a hit are looked at for its line and context.
    private static let reach = 8 * 1024

    init(context: Int, most: Int) {
        self.context = context
        self.most = most
    }

    /// Takes the next bytes, and at which of their places which lines were found.
    mutating func take(_ bytes: [UInt8], found: [(place: Int, number: Int)], isLast: Bool) {
        let start = base + window.count
        count += found.count
        let room = max(0, most - hits.count - pending.count)
        pending += found.prefix(room).map { (place: start + $0.place, number: $0.number) }
        if pending.isEmpty, bytes.count >= Self.reach {
            window = Array(bytes.suffix(Self.reach))
            base = start + bytes.count - window.count
            return
        }
        window += bytes
        let end = base + window.count
        let ready = pending.prefix { isLast || $0.place + Self.reach <= end }
        for hit in ready { hits.append(line(around: hit.place - base, number: hit.number)) }
        pending.removeFirst(ready.count)
        let kept = max(base, (pending.first?.place ?? end) - Self.reach)
        window.removeFirst(min(window.count, kept - base))
        base = kept
    }

    private func line(around place: Int, number: Int) -> LogHit {
        let isEnd = { (byte: UInt8) in byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }
        let place = min(place, window.count)
        // A line may be of any length: beyond the reach its ends are not looked for.
        let low = max(0, place - Self.reach)
        let high = min(window.count, place + Self.reach)
        var first = window[low..<place].lastIndex(where: isEnd).map { $0 + 1 } ?? low
        var end = window[place..<high].firstIndex(where: isEnd) ?? high
        var hit = LogHit(number: number, text: [])
        let (before, after) = (first, end)
        if end - first > LogHit.mostText {
            first = max(first, place - LogHit.mostText / 2)
            end = min(end, first + LogHit.mostText)
            while first < end, window[first] & 0xC0 == 0x80 { first += 1 }
            while end > first, end < window.count, window[end] & 0xC0 == 0x80 { end -= 1 }
        }
        hit.text = Array(window[first..<end])
        guard context > 0 else { return hit }
        hit.before = lines(before: before, number: number)
        hit.after = lines(after: after, number: number)
        return hit
    }

    private func lines(before place: Int, number: Int) -> [LogDifference.Source] {
        var found: [LogDifference.Source] = []
        // What a carriage return overwrote is no line of its own.
        var end = window[..<place].lastIndex(of: UInt8(ascii: "\n"))
        while let lineEnd = end, found.count < context {
            end = window[..<lineEnd].lastIndex(of: UInt8(ascii: "\n"))
            let bytes = window[(end.map { $0 + 1 } ?? 0)..<lineEnd]
            found.insert(source(bytes, number: number - found.count - 1), at: 0)
        }
        return found
    }

    private func lines(after place: Int, number: Int) -> [LogDifference.Source] {
        var found: [LogDifference.Source] = []
        var start = window[place...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 }
        while let first = start, first < window.count, found.count < context {
            let end = window[first...].firstIndex(of: UInt8(ascii: "\n"))
            found.append(source(window[first..<(end ?? window.count)], number: number + found.count + 1))
            start = end.map { $0 + 1 }
        }
        return found
    }

    private func source(_ bytes: ArraySlice<UInt8>, number: Int) -> LogDifference.Source {
        var bytes = bytes
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        // The last state of a line that was written over.
        if let last = bytes.lastIndex(of: UInt8(ascii: "\r")) { bytes = bytes[(last + 1)...] }
        var end = min(bytes.count, LogHit.mostText)
        while end > 0, end < bytes.count, bytes[bytes.startIndex + end] & 0xC0 == 0x80 { end -= 1 }
        return LogDifference.Source(number: number, bytes: Array(bytes.prefix(end)))
    }
}
