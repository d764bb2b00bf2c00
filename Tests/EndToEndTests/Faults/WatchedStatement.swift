/// A statement by whose execution a fault knows how far a server is in a transaction.
enum WatchedStatement: String, CaseIterable {
    case appendLog = "append_log"
    case commit
    case endAttempts = "end_attempts"
    case insertRuns = "insert_runs"
    case insertTicks = "insert_ticks"
    case saveRuns = "save_runs"
    case setRunning = "set_running"
    case writeIntents = "write_intents"

    /// How its execution looks on the wire.
    var bytes: String { "\0\(rawValue)\0" }
}
