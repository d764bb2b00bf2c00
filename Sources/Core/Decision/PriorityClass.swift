/// A priority that has a name.
package struct PriorityClass: Hashable, Sendable {
    package var name: String
    package var priority: Int
    /// After how long a wait for a runner a task is missed; nil: it waits for ever.
    package var grace: Duration?

    /// Joins the facts.
    package init(name: String, priority: Int, grace: Duration? = nil) {
        self.name = name
        self.priority = priority
        self.grace = grace
    }

    /// The reason of a task, as of a run, that did not start in time.
    package static let missed = RunState.missedDeadline
}

/// A task that waits for a runner and is of a class with a grace period.
package struct GracedWait: Hashable, Sendable {
    package var id: Int
    package var queuedAt: Timestamp
    package var grace: Duration

    /// Joins the facts.
    package init(id: Int, queuedAt: Timestamp, grace: Duration) {
        self.id = id
        self.queuedAt = queuedAt
        self.grace = grace
    }
}

/// Decides which of the tasks that wait for a runner are missed.
package func decide(_ waits: [GracedWait], now: Timestamp) -> [Int] {
    waits.filter { now - $0.queuedAt >= $0.grace }.map(\.id)
}
