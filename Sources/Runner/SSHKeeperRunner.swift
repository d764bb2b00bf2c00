package import AttemptProtocol
package import Core
package import Logging
import Synchronization

/// A host reached by OpenSSH's client, to which `rota-keeper` is copied: it has all that a runner on this host has.
///
/// The keeper there is reached over one session of the shared connection. Whatever of the way is killed, the keeper and
/// its commands go on, and the next question opens another session.
package final class SSHKeeperRunner: KeeperRunner {
    package let name: String
    private let connection: SSHConnection
    private let program: KeeperProgram
    private let plan: FarSide.KeeperPlan
    private let channel = Mutex<SSHKeeperChannel?>(nil)

    /// Takes what `SSHRunner` takes, the program to copy, and what is to be known of the keeper there.
    ///
    /// `runAs` is whom its tasks run as, which only root can choose there; nil: who signs in. `controlGroup` is the folder
    /// of the cgroup tree for attempts with limits; nil: what is delegated there.
    package init(
        name: String,
        way: SSHWay,
        keeperExecutable: String,
        stateDirectory: String? = nil,
        runAs: String? = nil,
        controlGroup: String? = nil,
        keeperIdleLimit: Duration = .seconds(60)
    ) throws(RunnerError) {
        self.name = name
        program = KeeperProgram(path: keeperExecutable)
        connection = try SSHConnection(runner: name, way, stateDirectory: stateDirectory)
        plan = FarSide.KeeperPlan(
            stateDirectory: stateDirectory,
            runAs: runAs,
            controlGroup: controlGroup,
            idleLimit: keeperIdleLimit
        )
    }

    package func reply(to question: KeeperRequest) async throws(RunnerError) -> KeeperReply {
        try await line().reply(to: question)
    }

    package func events() -> AsyncThrowingStream<RunnerEvent, any Error> {
        do throws(RunnerError) {
            return try line().events()
        } catch {
            return AsyncThrowingStream { $0.finish(throwing: error) }
        }
    }

    package func readLog(_ id: AttemptID, from offset: Int64, limit: Int) async throws(RunnerError) -> LogSlice {
        try await line().read(.readLog(id, offset: offset, limit: limit))
    }

    package func readOutput(_ id: AttemptID) async throws(RunnerError) -> [UInt8] {
        try await line().read(.readOutput(id)).bytes
    }

    package func load() async -> RunnerLoad? { channel.withLock { $0 }?.line.load }

    /// A figure that a command of the host's owner measures there.
    package func measure(_ command: String, logger: Logger) -> HostMeasure {
        connection.measure(command, logger: logger)
    }

    /// Ends the session; what runs there goes on, and a later call connects anew.
    package func close() {
        channel.withLock { $0 }?.line.close("the connection was closed here")
    }

    /// Asks the keeper to end once its last attempt has ended; the next call starts another one beside it.
    package func retireKeeper() async throws(RunnerError) {
        try await expectDone(.retire)
    }

    /// The line of the moment, which may still be opening.
    private func line() throws(RunnerError) -> RunnerLine {
        if let channel = channel.withLock({ $0 }), channel.line.isOpen { return channel.line }
        let identity = try identityOfProgram()
        return channel.withLock { channel in
            if let channel, channel.line.isOpen { return channel.line }
            let new = SSHKeeperChannel(
                connection.destination,
                generation: connection.generation(after: channel?.generation),
                program: program,
                identity: identity,
                plan: plan
            )
            channel = new
            return new.line
        }
    }

    private func identityOfProgram() throws(RunnerError) -> KeeperProgram.Identity {
        do throws(SystemFailure) {
            return try program.identity()
        } catch {
            throw .unable(runner: name, reason: "the program to copy there cannot be read: \(error)")
        }
    }
}
