import Synchronization

/// Wakes one loop; signals that come while it is awake are kept as one.
package final class WakeSignal: Sendable {
    private struct State {
        var isSet = false
        var waiter: CheckedContinuation<Void, Never>?
        /// When the loop wakes by itself.
        var alarm: ContinuousClock.Instant?
    }

    private let state = Mutex(State())

    /// Nothing is signalled.
    package init() {}

    /// Wakes the loop now, or when it next waits.
    package func set() {
        let waiter = state.withLock { state in
            let waiter = state.waiter
            state.waiter = nil
            state.isSet = waiter == nil
            return waiter
        }
        waiter?.resume()
    }

    /// Wakes the loop, unless it waits already and wakes by itself within the time.
    package func set(within limit: Duration) {
        let isSoonEnough = state.withLock { state in
            guard state.waiter != nil, let alarm = state.alarm else { return false }
            return alarm <= .now + limit
        }
        if !isSoonEnough { set() }
    }

    /// Waits for a signal, for the given time at the most; returns at once where one came before or the task is
    /// cancelled.
    package func wait(atMost limit: Duration) async {
        guard limit > .zero else {
            state.withLock { $0.isSet = false }
            return
        }
        let alarm = Task { [self] in
            // Cancelled when the wait is over, which is what the throw means.
            try? await Task.sleep(for: limit)
            if !Task.isCancelled { set() }
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isSet = state.withLock { state in
                    if state.isSet || Task.isCancelled {
                        state.isSet = false
                        return true
                    }
                    state.waiter = continuation
                    state.alarm = .now + limit
                    return false
                }
                if isSet { continuation.resume() }
            }
        } onCancel: {
            set()
        }
        // What is set from here on is for the next wait: a signal must not be lost between two looks.
        alarm.cancel()
    }
}
