import Core
import Store

/// Some consecutive lines of a log.
struct LogWindow: Hashable, Sendable {
    var lines: [LogLine]
    /// Where a reader who follows goes on, if nothing later is left out: the first byte of the first line without an
    /// end, and that line's number.
    var nextByte: Int
    var nextLine: Int
    /// Where the log ended when the reading began.
    var end: LogEnd
    /// Whether lines follow that are not in the window.
    var hasLater: Bool

    /// Whether lines go before those in the window.
    var hasEarlier: Bool { (lines.first?.number ?? 1) > 1 }
}

/// Reads windows of one attempt's log.
struct LogReader: Sendable {
    let store: Store
    let attempt: AttemptID

    /// How many lines a page shows.
    static let windowLines = 400
    /// The most lines that a page shows when it is asked for more.
    static let mostLines = 1000
    /// How many go before the line that was asked for.
    static let linesBefore = 40
    /// The most bytes of text in a window, whatever its lines.
    static let windowBytes = 192 * 1024
    /// How many bytes are read at once.
    private static let batch = 1024 * 1024

    /// The window around a line.
    func window(around line: Int) async throws -> LogWindow {
        try await window(from: max(1, line - Self.linesBefore))
    }

    /// The last lines.
    func tail() async throws -> LogWindow {
        let end = try await store.logEnd(of: attempt)
        return try await read(from: max(1, end.lastLine - Self.windowLines + 1), end: end, keepsLast: true)
    }

    /// The window that begins with a line; the last lines where the log has not so many.
    func window(from line: Int, lines count: Int = windowLines) async throws -> LogWindow {
        let end = try await store.logEnd(of: attempt)
        return try await read(from: max(1, min(line, end.lastLine)), end: end, keepsLast: false, count: count)
    }

    private func read(
        from first: Int,
        end: LogEnd,
        keepsLast: Bool,
        count: Int = windowLines
    ) async throws -> LogWindow {
        // The tail takes what arrives meanwhile as well: who follows must not miss a line.
        let last = keepsLast ? Int.max - 1 : first + count - 1
        var window = LogWindow(lines: [], nextByte: 0, nextLine: 1, end: end, hasLater: false)
        guard end.lastLine > 0 else { return window }
        let places = try await store.logPlaces(of: attempt, lines: first...last + 1)
        guard let begin = places.first else { return window }
        var assembler = LineAssembler(number: begin.firstLine, place: begin.start)
        var size = 0
        reading: for group in Self.groups(of: places) {
            if let first = group.places.first, first.start > assembler.place {
                assembler.pass(to: first.start, line: first.firstLine)
            }
            if group.isSkipped {
                assembler.skip(group.places.reduce(0) { $0 + $1.byteCount })
                continue
            }
            let pieces = try await store.logPieces(of: attempt, starts: group.places.map(\.start))
            for (place, bytes) in zip(group.places, pieces) {
                if place.start > assembler.place { assembler.pass(to: place.start, line: place.firstLine) }
                assembler.feed(bytes, at: place.arrivedAt)
                for line in assembler.take() where line.number >= first {
                    let isFull =
                        !keepsLast && size + line.bytes.count > Self.windowBytes * max(1, count / Self.windowLines)
                    if line.number > last || isFull, !window.lines.isEmpty {
                        window.hasLater = true
                        break reading
                    }
                    window.lines.append(line)
                    size += line.bytes.count
                }
            }
        }
        window.nextByte = assembler.lineStart
        window.nextLine = assembler.number
        if !window.hasLater, let rest = assembler.rest, rest.number >= first {
            if rest.number <= last { window.lines.append(rest) } else { window.hasLater = true }
        }
        if keepsLast { Self.dropFirst(of: &window.lines) }
        // All that was asked for was left out: what follows it is shown.
        if window.lines.isEmpty, let gapEnd = end.gapEnd,
            let next = try await store.logLine(of: attempt, at: gapEnd), next > first
        {
            return try await read(from: next, end: end, keepsLast: keepsLast, count: count)
        }
        return window
    }

    /// Pieces to be read together, or passed over together.
    struct Group: Hashable, Sendable {
        var places: [LogPlace]
        var isSkipped: Bool
    }

    /// Puts pieces into batches; those in the middle of one endless line are not read at all.
    static func groups(of places: [LogPlace]) -> [Group] {
        var groups: [Group] = []
        var size = 0
        var sinceLineEnd = 0
        for (index, place) in places.enumerated() {
            // What a page shows of a line has been read long before; its end is in a piece with a line end.
            let isInner = place.lineEnds == 0 && sinceLineEnd >= batch && index + 1 < places.count
            sinceLineEnd = place.lineEnds == 0 ? sinceLineEnd + place.byteCount : 0
            if let last = groups.last, last.isSkipped == isInner, isInner || size + place.byteCount <= batch {
                groups[groups.count - 1].places.append(place)
                size += place.byteCount
            } else {
                groups.append(Group(places: [place], isSkipped: isInner))
                size = place.byteCount
            }
        }
        return groups
    }

    private static func dropFirst(of lines: inout [LogLine]) {
        var size = lines.reduce(0) { $0 + $1.bytes.count }
        var dropped = 0
        while size > windowBytes || lines.count - dropped > windowLines, dropped + 1 < lines.count {
            size -= lines[dropped].bytes.count
            dropped += 1
        }
        lines.removeFirst(dropped)
    }
}
