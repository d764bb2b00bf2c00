import Core

/// Cuts the bytes of a log into lines, in memory that does not grow with their length.
struct LineAssembler: Sendable {
    /// The lines whose ends have come, until someone takes them.
    private(set) var lines: [LogLine] = []
    /// The place in the log of the first byte of the line being read.
    private(set) var lineStart: Int
    /// The number of the line being read.
    private(set) var number: Int

    /// The place in the log of the next byte.
    private(set) var place: Int
    private var leftOut = 0
    private var content: [UInt8] = []
    private var updates = 0
    private var hidden = 0
    private var hasReturn = false
    private var arrivedAt: Timestamp?

    /// The most bytes of a line that are kept.
    static let longest = 8 * 1024

    /// Begins with a line's first byte.
    /// - Parameters:
    ///   - number: The line's number.
    ///   - place: The place of its first byte in the log.
    init(number: Int, place: Int) {
        self.number = number
        self.place = place
        lineStart = place
    }

    /// Whether some of the line being read has come.
    var hasRest: Bool { place > lineStart }

    /// Takes the bytes that follow, which arrived at an instant.
    mutating func feed(_ bytes: some Sequence<UInt8>, at instant: Timestamp? = nil) {
        for byte in bytes {
            if place == lineStart { arrivedAt = instant }
            place += 1
            switch byte {
            case UInt8(ascii: "\n"): endLine()
            case UInt8(ascii: "\r"): hasReturn = true
            default:
                if hasReturn { beginAnew() }
                if content.count < Self.longest { content.append(byte) } else { hidden += 1 }
            }
        }
    }

    /// Passes over bytes within the line being read, none of which is a line end.
    mutating func skip(_ count: Int) {
        place += count
        hidden += count
    }

    /// Goes on behind bytes that were not kept, at a place that belongs to a line of that number.
    mutating func pass(to place: Int, line number: Int) {
        if hasRest { lines.append(line(isComplete: false)) }
        beginLine()
        leftOut = place - self.place
        self.place = place
        lineStart = place
        self.number = number
    }

    /// The line being read, as far as it has come; nil where nothing has.
    var rest: LogLine? {
        guard hasRest else { return nil }
        return line(isComplete: false)
    }

    /// Takes the finished lines away.
    mutating func take() -> [LogLine] {
        defer { lines = [] }
        return lines
    }

    private mutating func beginAnew() {
        hasReturn = false
        updates += 1
        hidden = 0
        content.removeAll(keepingCapacity: true)
    }

    private func line(isComplete: Bool) -> LogLine {
        var bytes = content
        // A character that the cut went through is left out whole.
        if hidden > 0 {
            let tail = bytes.suffix(4).reversed().prefix { $0 & 0xC0 == 0x80 }.count
            let lead = tail < bytes.count ? bytes[bytes.count - 1 - tail] : 0
            let length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1
            if length > tail + 1 { bytes.removeLast(tail + 1) }
        }
        return LogLine(
            number: number,
            bytes: bytes,
            updates: updates,
            hidden: hidden + content.count - bytes.count,
            isComplete: isComplete,
            arrivedAt: arrivedAt,
            leftOut: leftOut
        )
    }

    private mutating func endLine() {
        lines.append(line(isComplete: true))
        number += 1
        lineStart = place
        beginLine()
    }

    private mutating func beginLine() {
        leftOut = 0
        content = []
        updates = 0
        hidden = 0
        hasReturn = false
    }
}
