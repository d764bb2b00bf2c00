import Core
import Synchronization

/// A place for one channel, which is opened when it is first used and anew when it has failed.
final class SSHLane: Sendable {
    private let connection: SSHConnection
    private let channel = Mutex<SSHChannel?>(nil)

    init(_ connection: SSHConnection) {
        self.connection = connection
    }

    /// Sends shell text over the channel and gives what the far side said.
    func call(_ text: [UInt8], canBeAbandoned: Bool = true) async throws(RunnerError) -> [SSHFrame] {
        try await current().call(text, canBeAbandoned: canBeAbandoned)
    }

    /// The channel of the moment, which may still be opening.
    func current() -> SSHChannel {
        channel.withLock { channel in
            if let channel, channel.error == nil { return channel }
            let new = connection.openChannel(after: channel)
            channel = new
            return new
        }
    }

    /// Closes the channel; a later call opens another.
    func close() {
        channel.withLock { $0 }?.close()
    }
}
