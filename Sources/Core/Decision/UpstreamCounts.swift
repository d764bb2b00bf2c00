/// How a task instance's direct upstream instances have ended so far.
package struct UpstreamCounts: Hashable, Sendable {
    /// How many direct upstream instances there are.
    package var total: Int
    package var success = 0
    package var failed = 0
    package var upstreamFailed = 0
    package var skipped = 0
    package var cancelled = 0
    package var removed = 0

    /// None of `total` has ended.
    package init(total: Int) {
        self.total = total
    }

    /// How many have ended.
    package var done: Int { success + failed + upstreamFailed + skipped + cancelled + removed }

    /// Adds other counts, totals too.
    package mutating func add(_ other: UpstreamCounts) {
        total += other.total
        success += other.success
        failed += other.failed
        upstreamFailed += other.upstreamFailed
        skipped += other.skipped
        cancelled += other.cancelled
        removed += other.removed
    }

    /// Counts one more end.
    package mutating func count(_ outcome: Outcome, times: Int = 1) {
        switch outcome {
        case .success: success += times
        case .failed: failed += times
        case .upstreamFailed: upstreamFailed += times
        case .skipped: skipped += times
        case .cancelled: cancelled += times
        case .removed: removed += times
        }
    }
}

/// How an instance counts for those downstream of it.
package enum Outcome: Hashable, Sendable, CaseIterable {
    case success
    case failed
    case upstreamFailed
    case skipped
    case cancelled
    case removed

    /// The outcome of a terminal state; nil for the others.
    ///
    /// A failure that was allowed counts as success.
    package init?(_ state: TaskState, allowsFailure: Bool) {
        switch state {
        case .success: self = .success
        case .failed: self = allowsFailure ? .success : .failed
        case .upstreamFailed: self = .upstreamFailed
        case .skipped: self = .skipped
        case .cancelled: self = .cancelled
        case .removed: self = .removed
        case .waiting, .queued, .running, .upForRetry: return nil
        }
    }

    /// Whether it makes its run fail.
    package var isFailure: Bool {
        switch self {
        case .failed, .upstreamFailed, .cancelled: true
        case .success, .skipped, .removed: false
        }
    }
}
