/// When a runner ends an attempt by itself, because no server has been heard of for too long.
///
/// The server counts from later than the runner does. A runner counts from the newest reading of its own clock of which a
/// server has said that it heard it, and a server says so only once it has written down that it was in touch. So
/// whatever is lost or late on the way, the runner is done before the server believes it.
package struct Fence: Hashable, Sendable {
    /// After how long a silence the runner begins to end the attempt.
    package var after: Duration
    /// The newest reading of the runner's clock that the server had heard when it gave the order.
    package var contact: KeeperClock

    /// Joins span and reading.
    package init(after: Duration, contact: KeeperClock) {
        self.after = after
        self.contact = contact
    }

    /// The fence of an attempt that is over after `limit` of silence, whose group gets `grace` to heed TERM.
    ///
    /// The runner begins earlier by the grace, by what KILL and the look after it may take, and by what two clocks may
    /// differ in speed.
    package init(limit: Duration, grace: Duration, contact: KeeperClock) {
        let lead = grace + Fence.allowance + limit / 20
        self.init(after: max(limit - lead, limit / 4), contact: contact)
    }

    /// What KILL and the look whether anything is left may take.
    private static let allowance = Duration.seconds(10)
}

/// A reading of a keeper's clock, which counts from the boot of its host, also while that sleeps.
package struct KeeperClock: Hashable, Sendable {
    /// The boot from which it counts.
    package var bootID: String
    /// The time since then.
    package var sinceBoot: Duration

    /// Joins boot and time.
    package init(bootID: String, sinceBoot: Duration) {
        self.bootID = bootID
        self.sinceBoot = sinceBoot
    }
}
