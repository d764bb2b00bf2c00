package import Core
import Postgres

/// One attempt as the database has it.
package struct AttemptRecord: Hashable, Sendable {
    package var id: AttemptID
    /// Counted from 1 within its task instance.
    package var number: Int
    package var state: AttemptState
    /// A finer word for the state.
    package var reason: String?
    package var runner: String
    package var exitCode: Int?
    /// The number of the signal that ended it.
    package var signal: Int?
    package var processID: Int?
    /// When it was decided that it should start.
    package var intendedAt: Timestamp
    package var startedAt: Timestamp?
    package var endedAt: Timestamp?
    /// By the runner's monotonic clock.
    package var duration: Duration?
    package var processorTime: Duration?
    /// In bytes.
    package var peakMemory: Int?
    /// A sentence from the runner, such as "left 2 processes behind".
    package var note: String?
    /// How much of the log is stored.
    package var logBytes: Int
    package var logLines: Int
    /// Whether every byte that the runner counted is stored.
    package var isLogSealed: Bool
    /// How long its runner says that the log is; nil while it runs, and where that was not told.
    package var logLength: Int?
    /// What the log's cap left out of its middle; nil: nothing.
    package var logGap: LogGap?
    /// The line that most likely tells why it failed.
    package var cause: CauseLine?
    /// The number of the sort of failure that it is; nil where it is none, or from before such were kept.
    package var signature: Int?
    /// The number of the DAG's version that it ran under, where its run has moved on to another since.
    package var version: Int?
    package var versionRowID: Int?

    /// A line of a log that tells why an attempt failed.
    package struct CauseLine: Hashable, Sendable {
        /// Counted from 1.
        package var line: Int
        package var text: String
        /// Which rule chose it.
        package var rule: String
    }

    /// How long it took, as its runner measured, or has taken up to now; nil where it has not started.
    package func took(now: Timestamp) -> Duration? {
        duration ?? startedAt.map { max(.zero, (endedAt ?? now) - $0) }
    }
}

extension AttemptRecord {
    /// What a statement must select for `init(row:from:)`, from `attempt a`.
    static let columns = """
        a.id, a.number, a.state, a.reason, a.runner, a.exit_code, a.signal, a.process_id, a.intended_at, a.started_at,
        a.ended_at, a.duration_us, a.cpu_us, a.peak_memory, a.note, a.log_bytes, a.log_lines, a.log_sealed,
        a.cause_line, a.cause_text, a.cause_rule, a.signature_id, a.log_length,
        (SELECT number FROM dag_version WHERE dag_version.id = a.version_id), a.version_id,
        a.log_gap_start, a.log_gap_end, a.log_gap_lines
        """
    static let columnCount = 28

    /// Reads the columns from that of `a.id` on.
    init(row: Row, from first: Int) throws(DatabaseError) {
        id = try row.decode(first)
        number = try row.decode(first + 1)
        state = try row.decode(first + 2)
        reason = try row.decode(first + 3)
        runner = try row.decode(first + 4)
        exitCode = try row.decode(first + 5)
        signal = try row.decode(first + 6)
        processID = try row.decode(first + 7)
        intendedAt = try row.decode(first + 8)
        startedAt = try row.decode(first + 9)
        endedAt = try row.decode(first + 10)
        duration = try row.decode(first + 11, as: Int?.self).map { .microseconds($0) }
        processorTime = try row.decode(first + 12, as: Int?.self).map { .microseconds($0) }
        peakMemory = try row.decode(first + 13)
        note = try row.decode(first + 14)
        logBytes = try row.decode(first + 15)
        logLines = try row.decode(first + 16)
        isLogSealed = try row.decode(first + 17)
        signature = try row.decode(first + 21)
        logLength = try row.decode(first + 22)
        version = try row.decode(first + 23)
        versionRowID = try row.decode(first + 24)
        logGap = try LogGap(row: row, from: first + 25)
        if let line = try row.decode(first + 18, as: Int?.self) {
            cause = CauseLine(
                line: line,
                text: try row.decode(first + 19, as: String?.self) ?? "",
                rule: try row.decode(first + 20, as: String?.self) ?? ""
            )
        }
    }
}
