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
    /// Whether every byte of the log is stored once `log` is.
    package var logIsWhole: Bool
    /// The line that most likely tells why it failed.
    package var cause: CauseLine?

    /// Joins the facts.
    package init(
        attempt: AttemptID,
        run: Int,
        end: AttemptEnd,
        outputs: [String: String] = [:],
        log: LogPiece? = nil,
        logIsWhole: Bool = false,
        cause: CauseLine? = nil
    ) {
        self.attempt = attempt
        self.run = run
        self.end = end
        self.outputs = outputs
        self.log = log
        self.logIsWhole = logIsWhole
        self.cause = cause
    }
}
