import Core
import Glibc
import Logging
import Synchronization

/// What the channels to one host share: the destination and the generation of its master connection.
final class SSHConnection: Sendable {
    let destination: SSHDestination
    let stateDirectory: String?
    private let generation = Mutex(1)

    /// Checks the parts and makes the control directory, which must be ours alone and have a short path.
    ///
    /// `stateDirectory`: An absolute folder on the far side; nil: `~/.rota`. Nothing is connected yet.
    init(runner: String, _ way: SSHWay, stateDirectory: String?) throws(RunnerError) {
        destination = try SSHDestination(runner: runner, way)
        if let stateDirectory, stateDirectory.utf8.first != UInt8(ascii: "/") || stateDirectory.utf8.contains(0) {
            throw .unable(runner: runner, reason: "the state directory '\(stateDirectory)' does not begin with '/'")
        }
        self.stateDirectory = stateDirectory
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

    /// What a command prints on the host, measured by `sh` there in a session of its own.
    func measure(_ command: String, logger: Logger) -> HostMeasure {
        HostMeasure(command: command, pause: .seconds(15), limit: .seconds(10), logger: logger, way: run)
    }

    /// The most that is kept of what a command and the rc files before it print.
    private static let mostKept = 64 << 10

    @Sendable private func run(_ command: String, _ limit: Duration) async throws(SpawnError) -> CommandRun {
        guard let executable = SSHDestination.executable() else {
            throw .failed(call: "looking for ssh", number: ENOENT)
        }
        let marker = SSHChannel.randomMarker()
        let words = String(decoding: ShellText.quoted(Array(command.utf8)), as: UTF8.self)
        // The session's end does not end what it runs there.
        let seconds = max(1, limit.components.seconds)
        let text = """
            printf '%s\\n' \(marker)
            command -v timeout >/dev/null 2>&1 && exec timeout \(seconds) sh -c \(words)
            exec sh -c \(words)

            """
        var run = try await CommandRun.run(
            [executable]
                + destination.arguments(
                    generation: generation(after: nil),
                    commandLine: FarSide.commandLine(installerSize: text.utf8.count)
                ),
            environment: destination.environment(),
            input: Array(text.utf8),
            limit: limit,
            mostKept: Self.mostKept
        )
        run.output = Self.printed(run.output, after: marker)
        return run
    }

    /// What follows the line with the marker, before which there may be noise of rc files.
    static func printed(_ output: [UInt8], after marker: String) -> [UInt8] {
        let line = Array((marker + "\n").utf8)
        let starts = output.indices.dropLast(max(0, line.count - 1))
        guard let start = starts.first(where: { output[$0...].starts(with: line) }) else { return [] }
        return Array(output[(start + line.count)...])
    }
}
