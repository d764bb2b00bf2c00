/// The facts from which it is decided how many ready instances of one mapped task may be under way.
package struct ParallelStarts: Hashable, Sendable {
    /// The task's `max_parallel`.
    package var limit: Int
    /// Instances that are queued, that run, or that wait for their next attempt: each keeps its place to its end.
    package var underWay: Int
    /// Map indices of instances that are ready, in the order in which they should start.
    package var ready: [Int]

    /// Joins the facts.
    package init(limit: Int, underWay: Int, ready: [Int]) {
        self.limit = limit
        self.underWay = underWay
        self.ready = ready
    }

    /// Why the others wait, as it is stored.
    package var hold: String { "max_parallel \(limit)" }
}

/// Decides which ready instances start; the others are held.
package func decide(_ starts: ParallelStarts) -> (start: ArraySlice<Int>, hold: ArraySlice<Int>) {
    let free = max(0, starts.limit - starts.underWay)
    return (starts.ready.prefix(free), starts.ready.dropFirst(free))
}
