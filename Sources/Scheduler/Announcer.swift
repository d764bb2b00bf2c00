package import Logging
package import Store
import Synchronization

/// Tells the other servers on the database that there is something to look at: by NOTIFY, outside of every hot
/// transaction, at most one in flight.
package final class Announcer: Sendable {
    private let store: Store
    private let logger: Logger
    private let state = Mutex((isBusy: false, again: false))

    /// The channel's name.
    package static let channel = "rota"

    /// Announces through the store's pool.
    package init(store: Store, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    /// Announces soon; announcements that come meanwhile are one.
    package func announce() {
        let mustWork = state.withLock { state in
            if state.isBusy {
                state.again = true
                return false
            }
            state.isBusy = true
            return true
        }
        guard mustWork else { return }
        Task { await work() }
    }

    private func work() async {
        while true {
            do {
                try await store.announce(channel: Self.channel)
            } catch {
                // The others poll anyway; they are only slower.
                logger.debug("could not notify the other servers: \(error)")
            }
            let again = state.withLock { state in
                defer { state.again = false }
                state.isBusy = state.again
                return state.again
            }
            guard again else { return }
        }
    }
}
