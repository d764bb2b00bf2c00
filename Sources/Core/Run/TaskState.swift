/// The state of a task instance, spelled alike in Swift, SQL, JSON, CLI and pages.
package enum TaskState: String, Hashable, Sendable, CaseIterable {
    /// Its trigger rule does not hold yet.
    case waiting
    /// It may run and waits for a runner's slot; with an attempt's id it is claimed and being started.
    case queued
    /// Its attempt's command runs.
    case running
    /// Its command did what was asked, or it was marked so.
    case success
    /// Its last attempt failed and no retry is left, or it was marked so.
    case failed
    /// An attempt failed; the next is due at its `retry_at`.
    case upForRetry = "up_for_retry"
    /// It will not run, because of an upstream failure.
    case upstreamFailed = "upstream_failed"
    /// It will not run, because it was not wanted.
    case skipped
    /// A person ended it, or its run.
    case cancelled
    /// Its task is not in the version that its run was moved to.
    case removed

    /// Whether nothing moves it on but an operator's clear.
    package var isTerminal: Bool {
        switch self {
        case .waiting, .queued, .running, .upForRetry: false
        case .success, .failed, .upstreamFailed, .skipped, .cancelled, .removed: true
        }
    }
}
