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

    /// The reason of a run that took longer than its timeout, which is a failure though its tasks are cancelled.
    package static let timedOut = "timed_out"
    /// The reason of a run that did not start before its deadline.
    package static let missedDeadline = "missed_deadline"
    /// Reasons of ends that nobody asked for, and of which people are told as of failures; no person may give them.
    package static let calledReasons: Set<String> = [timedOut, missedDeadline]

    /// What is told of a run that its tasks have failed: `extract and 2 others failed`.
    ///
    /// `failed` and `cancelled` are those that were not allowed to end so, in the order of the file, by their names; the
    /// latter are told of where nothing failed. Nil: it is not by its tasks that the run has failed.
    package static func failureReason(failed: [String], cancelled: [String]) -> String? {
        let names = failed.isEmpty ? cancelled : failed
        guard let first = names.first else { return nil }
        let verb = failed.isEmpty ? (names.count == 1 ? "was cancelled" : "were cancelled") : "failed"
        switch names.count {
        case 1: return "\(first) \(verb)"
        case 2: return "\(first) and 1 other \(verb)"
        default: return "\(first) and \(names.count - 1) others \(verb)"
        }
    }

    /// The state of a run that is over after a person has marked tasks of it: what was cancelled stays so as long as
    /// something of it is not well.
    package init(marked state: RunState, failures: Int) {
        self = failures == 0 ? .success : state == .cancelled ? .cancelled : .failed
    }

    /// The state in which a run ends whose tasks have all ended.
    ///
    /// `failures`: How many of them ended badly and were not allowed to.
    package init(closing cancelRequested: Bool, reason: String?, failures: Int) {
        if cancelRequested {
            self = reason == Self.timedOut ? .failed : .cancelled
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
