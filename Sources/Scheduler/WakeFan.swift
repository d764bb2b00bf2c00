import Synchronization

/// Wakes every loop that subscribed.
package final class WakeFan: Sendable {
    private let signals = Mutex<[WakeSignal]>([])

    /// Nobody has subscribed.
    package init() {}

    /// A signal of one's own, set whenever the fan is.
    package func subscribe() -> WakeSignal {
        let signal = WakeSignal()
        signals.withLock { $0.append(signal) }
        return signal
    }

    /// Wakes all.
    package func set() {
        for signal in signals.withLock({ $0 }) { signal.set() }
    }
}
