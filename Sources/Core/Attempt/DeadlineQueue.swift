/// The attempts that have a deadline, soonest first; entries of attempts that are over are dropped when they come up.
package struct DeadlineQueue: Sendable {
    private var heap: [(due: Duration, id: AttemptID)] = []

    /// None yet.
    package init() {}

    /// When the soonest is due; nil where there is none.
    package var soonest: Duration? { heap.first?.due }

    /// Adds a deadline.
    package mutating func add(_ id: AttemptID, due: Duration) {
        heap.append((due, id))
        var child = heap.count - 1
        while child > 0, heap[child].due < heap[(child - 1) / 2].due {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Takes out the soonest if its time has come.
    package mutating func popDue(at now: Duration) -> AttemptID? {
        guard let first = heap.first, first.due <= now else { return nil }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            let children = [2 * parent + 1, 2 * parent + 2].filter { $0 < heap.count }
            guard let least = children.min(by: { heap[$0].due < heap[$1].due }), heap[least].due < heap[parent].due
            else { return first.id }
            heap.swapAt(least, parent)
            parent = least
        }
    }
}
