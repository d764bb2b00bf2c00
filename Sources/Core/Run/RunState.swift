/// The state of a DAG run, spelled alike in Swift, SQL, JSON, CLI and pages.
package enum RunState: String, Hashable, Sendable, CaseIterable {
    /// Created; waits for its time or for `max_active_runs`. The scheduler makes it `running` or `cancelled`.
    case queued
    /// Its tasks may run. It ends when the last of them has ended.
    case running
    /// Every task ended, and none badly that was not allowed to.
    case success
    /// Some task ended `failed`, `upstream_failed` or was cancelled alone, and was not allowed to.
    case failed
    /// Ended by a person, or never started in time.
    case cancelled

    /// Whether nothing moves it on but an operator's clear.
    package var isTerminal: Bool {
        switch self {
        case .success, .failed, .cancelled: true
        case .queued, .running: false
        }
    }

    /// The state in which a run ends whose tasks have all ended.
    ///
    /// `failures`: How many of them ended badly and were not allowed to.
    package init(closing cancelRequested: Bool, reason: String?, failures: Int) {
        if cancelRequested {
            self = reason == "timed_out" ? .failed : .cancelled
        } else {
            self = failures > 0 ? .failed : .success
        }
    }
}

/// Why a run exists.
package enum RunType: String, Hashable, Sendable, CaseIterable {
    /// A tick of the timetable.
    case scheduled
    /// A person or a program asked for it.
    case manual
    /// A past tick that a person asked for.
    case backfill
    /// Something happened.
    case event
}
