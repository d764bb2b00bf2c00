package import Core
package import Store

/// All that an executor has to say when an attempt has ended; it is written in one transaction.
package struct AttemptReport: Sendable {
    package var attempt: AttemptID
    package var run: Int
    package var end: AttemptEnd
    /// What the task published.
    package var outputs: [String: String]
    /// The last bytes of the log, where they are not stored yet.
    package var log: LogPiece?
    /// The log's length on the runner, which is whole when so much is stored; nil: not known.
    package var logLength: Int64?
    /// The line that most likely tells why it failed.
    package var cause: CauseLine?

    /// Joins the facts.
    package init(
        attempt: AttemptID,
        run: Int,
        end: AttemptEnd,
        outputs: [String: String] = [:],
        log: LogPiece? = nil,
        logLength: Int64? = nil,
        cause: CauseLine? = nil
    ) {
        self.attempt = attempt
        self.run = run
        self.end = end
        self.outputs = outputs
        self.log = log
        self.logLength = logLength
        self.cause = cause
    }
}
