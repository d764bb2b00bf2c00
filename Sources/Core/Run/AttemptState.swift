/// The state of an attempt, spelled alike in Swift, SQL, JSON, CLI and pages.
package enum AttemptState: String, Hashable, Sendable, CaseIterable {
    /// Its intent is committed; the start order is on its way.
    case intended
    /// Its command runs.
    case running
    /// Its runner has fallen silent; it may still run. Never a failure by itself.
    case unreachable
    /// It is being ended; it becomes `cancelled` only when nothing of it is left.
    case cancelling
    /// Exit code 0.
    case success
    /// Another exit code, a signal, or a command that could not be started.
    case failed
    /// An exit code that means "skipped".
    case skipped
    /// Ended by the runner when its time was up.
    case timedOut = "timed_out"
    /// Ended because a person asked for it.
    case cancelled
    /// Gone without an exit record, with proof.
    case lost
    /// It cannot be known what became of it.
    case unknown
    /// It never started and never will; it costs no retry.
    case neverStarted = "never_started"

    /// Whether it ended badly, and somebody has to find out why.
    package var isFailure: Bool {
        switch self {
        case .failed, .timedOut, .lost, .unknown: true
        default: false
        }
    }

    /// Whether it holds its slots.
    package var isLive: Bool {
        switch self {
        case .intended, .running, .unreachable, .cancelling: true
        default: false
        }
    }
}
