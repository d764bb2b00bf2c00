package import Logging
package import Store
import Synchronization

/// Tells the other servers on the database that there is something to look at: by NOTIFY, outside of every hot
/// transaction, at most one in flight.
package final class Announcer: Sendable {
    private let store: Store
    /// What its words are signed with, so that its own server, which has looked by then, does not look again.
    private let sender: String
    private let logger: Logger
    private let state = Mutex((isBusy: false, again: false))

    /// The channel's name.
    package static let channel = "rota"

    /// Announces through the store's pool; no other process has the same `sender`.
    package init(store: Store, sender: String, logger: Logger) {
        self.store = store
        self.sender = sender
        self.logger = logger
    }

    /// Whether what was heard on the channel is its own word.
    package func hasSaid(_ payload: String) -> Bool { payload == sender }

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
                try await store.announce(channel: Self.channel, sender: sender)
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
