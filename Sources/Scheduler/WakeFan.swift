import Synchronization

/// Wakes several loops at once, each by a signal of its own.
package final class WakeFan: Sendable {
    /// A loop that is woken, and for what.
    package final class Subscription: Sendable {
        /// Set whenever the fan wakes this loop.
        package let signal = WakeSignal()
        private let isForRoom = Atomic(true)

        /// Whether the loop is woken also where nothing is new and there is only more room for what waits.
        package var wantsRoom: Bool {
            get { isForRoom.load(ordering: .relaxed) }
            set { isForRoom.store(newValue, ordering: .relaxed) }
        }
    }

    private let subscriptions = Mutex<[Subscription]>([])

    /// Nobody has subscribed.
    package init() {}

    /// A subscription of one's own, for everything at first.
    package func subscribe() -> Subscription {
        let subscription = Subscription()
        subscriptions.withLock { $0.append(subscription) }
        return subscription
    }

    /// Wakes all: something may have been queued.
    package func set() {
        for subscription in subscriptions.withLock({ $0 }) { subscription.signal.set() }
    }

    /// Wakes those for whom something may have waited: a slot is free again.
    package func setForRoom() {
        for subscription in subscriptions.withLock({ $0 }) where subscription.wantsRoom { subscription.signal.set() }
    }
}
