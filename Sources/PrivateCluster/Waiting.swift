import Glibc
import Synchronization

/// Looks again and again for something that sends no event, at first at once, later seldom, and not for ever.
struct Waiting: ~Copyable {
    private let deadline: ContinuousClock.Instant
    private let interruption: Interruption?
    private var pause: Duration = .milliseconds(1)

    init(atMost limit: Duration, interruption: Interruption? = nil) {
        deadline = .now + limit
        self.interruption = interruption
    }

    /// Pauses once and says whether there is reason to look again: false after the limit.
    mutating func again() throws(PrivateClusterError) -> Bool {
        if let interruption, interruption.isRaised { throw .cancelled }
        guard ContinuousClock.now < deadline else { return false }
        poll(nil, 0, Int32(pause / .milliseconds(1)))
        pause = min(pause * 2, .milliseconds(50))
        return true
    }
}

/// Whether the task that waits was cancelled, for a thread that cannot see it.
final class Interruption: Sendable {
    private let flag = Atomic(false)

    var isRaised: Bool { flag.load(ordering: .relaxed) }

    func raise() { flag.store(true, ordering: .relaxed) }
}
