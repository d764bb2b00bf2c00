import Core

/// One line of a log, cut to what a page can bear.
struct LogLine: Hashable, Sendable {
    /// Counted from 1.
    var number: Int
    /// What the line shows in the end: without its line end, and without what a carriage return overwrote.
    var bytes: [UInt8]
    /// How often a carriage return began the line anew.
    var updates: Int
    /// How many bytes after those kept are not shown.
    var hidden: Int
    /// Whether its line end has arrived.
    var isComplete: Bool
    /// When its first byte was stored; nil where that was not asked.
    var arrivedAt: Timestamp?
    /// How many bytes of the log go before it that were not kept.
    var leftOut = 0
}
