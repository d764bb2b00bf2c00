/// When and how often a failed attempt is tried again.
package struct RetryPolicy: Hashable, Sendable {
    /// How many attempts may follow the first.
    ///
    /// Defaults to 0.
    package var limit: Int
    /// The pause before the first of them.
    ///
    /// Defaults to 30 s.
    package var delay: Duration
    /// What each further pause is multiplied with.
    ///
    /// Defaults to 1.
    package var backoff: Double
    /// The longest pause; nil: no bound.
    package var maximumDelay: Duration?
    /// Share of the pause, 0 to 1, by which chance may lengthen or shorten it.
    ///
    /// Defaults to 0.
    package var jitter: Double
    /// Only these exit codes are tried again; empty: all.
    package var exitCodes: [Int32]

    /// No retries.
    package static let none = RetryPolicy(limit: 0)

    /// Makes a policy; only the limit has no default.
    package init(
        limit: Int,
        delay: Duration = .seconds(30),
        backoff: Double = 1,
        maximumDelay: Duration? = nil,
        jitter: Double = 0,
        exitCodes: [Int32] = []
    ) {
        self.limit = limit
        self.delay = delay
        self.backoff = backoff
        self.maximumDelay = maximumDelay
        self.jitter = jitter
        self.exitCodes = exitCodes
    }

    /// Says whether a failure is tried again.
    /// - Parameters:
    ///   - retriesUsed: How many of the task's retries were spent before this failure.
    ///   - exitCode: The command's code; nil where it ended by a signal or a timeout, which no list of codes excludes.
    /// - Returns: Whether another attempt follows.
    package func allowsRetry(retriesUsed: Int, exitCode: Int32?) -> Bool {
        guard retriesUsed < limit else { return false }
        guard let exitCode, !exitCodes.isEmpty else { return true }
        return exitCodes.contains(exitCode)
    }

    /// The pause before the next attempt.
    /// - Parameters:
    ///   - retriesUsed: How many retries were spent before.
    ///   - chance: A number in 0..<1, drawn by the caller.
    /// - Returns: The pause, never negative.
    package func pause(retriesUsed: Int, chance: Double) -> Duration {
        var seconds = delay / .seconds(1)
        let longest = maximumDelay.map { $0 / .seconds(1) } ?? 366 * 86_400
        for _ in 0..<min(retriesUsed, 1_000) where seconds < longest { seconds *= backoff }
        seconds = min(seconds, longest)
        seconds *= 1 + jitter * (2 * chance - 1)
        return .seconds(max(0, min(seconds, longest)))
    }
}
