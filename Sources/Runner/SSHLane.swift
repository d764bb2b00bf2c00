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

/// What the channels to one host share: the destination and the generation of its master connection.
final class SSHConnection: Sendable {
    let destination: SSHDestination
    let stateDirectory: String?
    private let generation = Mutex(1)

    init(_ destination: SSHDestination, stateDirectory: String?) {
        (self.destination, self.stateDirectory) = (destination, stateDirectory)
    }

    /// Opens a channel in place of one that failed, over a new master if the failed one's is still in use.
    ///
    /// A master that hangs is so left behind; it ends by itself when its sessions have.
    func openChannel(after failed: SSHChannel?) -> SSHChannel {
        SSHChannel(destination, generation: generation(after: failed?.generation), stateDirectory: stateDirectory)
    }

    /// The generation for a channel in place of one that failed in that generation.
    func generation(after failed: Int?) -> Int {
        generation.withLock { generation in
            if failed == generation { generation += 1 }
            return generation
        }
    }
}
