/// How long history is kept.
package struct Retention: Hashable, Sendable {
    /// Runs with their tasks, attempts and histories, and the ledger, after the run's end; nil: for ever.
    package var history: Duration?
    /// Logs after the attempt's end; nil: as long as history.
    package var logs: Duration?
    /// The folders of runs on their runners after the run's end; nil: as long as history.
    package var runFolders: Duration?
    /// How many bytes of logs are kept at the most, of ended attempts the newest; nil: as many as there are.
    package var logBudget: Int64?

    /// How long history is kept where nobody says anything.
    package static let standard = Duration.seconds(90 * 86_400)

    /// Keeps for so long.
    package init(
        history: Duration? = Retention.standard,
        logs: Duration? = nil,
        runFolders: Duration? = nil,
        logBudget: Int64? = nil
    ) {
        self.history = history
        self.logs = logs
        self.runFolders = runFolders
        self.logBudget = logBudget
    }

    /// The instants before which something is removed; nil: nothing is.
    package struct Cutoffs: Hashable, Sendable {
        package var history: Timestamp?
        package var logs: Timestamp?
        package var runFolders: Timestamp?

        /// Joins the instants.
        package init(history: Timestamp? = nil, logs: Timestamp? = nil, runFolders: Timestamp? = nil) {
            self.history = history
            self.logs = logs
            self.runFolders = runFolders
        }
    }

    /// What is too old at an instant; nothing of a run outlives it.
    ///
    /// `newestBeyondBudget`: When the newest attempt ended whose log has no place in the budget; nil: all have.
    package func cutoffs(at now: Timestamp, newestBeyondBudget: Timestamp? = nil) -> Cutoffs {
        let beyond = newestBeyondBudget.map { $0 + .microseconds(1) }
        let past = history.map { now - $0 }
        return Cutoffs(
            history: past,
            logs: Self.later(Self.later(logs.map { now - $0 }, past), beyond),
            runFolders: Self.later(runFolders.map { now - $0 }, past)
        )
    }

    private static func later(_ left: Timestamp?, _ right: Timestamp?) -> Timestamp? {
        guard let left, let right else { return left ?? right }
        return max(left, right)
    }
}

extension RunName {
    /// The instant that the key begins with; nil: it begins otherwise.
    package var keyInstant: Timestamp? {
        let digits = Array(key.utf8.prefix(18))
        guard digits.count == 18, digits[10] == UInt8(ascii: "T"), digits[17] == UInt8(ascii: "Z") else { return nil }
        let text = String(decoding: digits, as: UTF8.self)
        let parts = [text.prefix(13), text.dropFirst(13).prefix(2), text.dropFirst(15)].map(String.init)
        return Timestamp(rfc3339: parts.joined(separator: ":"))
    }
}
