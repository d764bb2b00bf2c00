/// Cuts the bytes of a log into lines, in memory that does not grow with their length.
struct LineAssembler: Sendable {
    /// The lines whose ends have come, until someone takes them.
    private(set) var lines: [LogLine] = []
    /// The place in the log of the first byte of the line being read.
    private(set) var lineStart: Int
    /// The number of the line being read.
    private(set) var number: Int

    private var place: Int
    private var content: [UInt8] = []
    private var updates = 0
    private var hidden = 0
    private var hasReturn = false

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

    /// Takes the bytes that follow.
    mutating func feed(_ bytes: some Sequence<UInt8>) {
        for byte in bytes {
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

    /// The line being read, as far as it has come; nil where nothing has.
    var rest: LogLine? {
        guard hasRest else { return nil }
        return LogLine(number: number, bytes: content, updates: updates, hidden: hidden, isComplete: false)
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

    private mutating func endLine() {
        lines.append(LogLine(number: number, bytes: content, updates: updates, hidden: hidden, isComplete: true))
        number += 1
        lineStart = place
        content = []
        updates = 0
        hidden = 0
        hasReturn = false
    }
}
