import AttemptProtocol
import Core
import Glibc
import Synchronization

/// One session on a far host, in which its keeper answers by way of a bridge that `FarSide` starts there.
///
/// What is asked before the far side is ready waits for it. A channel that failed stays failed.
final class SSHKeeperChannel: Sendable {
    /// What is asked and told over it.
    let line: RunnerLine
    /// The generation of the shared connection that it uses.
    let generation: Int
    private let destination: SSHDestination
    private let failure: SSHFailure
    private let outlet = SSHKeeperOutlet()
    private let program: KeeperProgram
    private let state: Mutex<State>

    private enum Phase {
        case connecting
        case copying
        case open
    }

    private struct State {
        var phase = Phase.connecting
        /// Until it is open.
        var parser: SSHFrameParser
        /// From then on.
        var frames = FrameBuffer()
        var errors: [UInt8] = []
    }

    /// How long the copy of a program may take.
    private static let copyLimit: Duration = .seconds(600)

    /// Starts the client; the line tells what became of it.
    init(
        _ destination: SSHDestination,
        generation: Int,
        program: KeeperProgram,
        identity: KeeperProgram.Identity,
        plan: FarSide.KeeperPlan
    ) {
        self.destination = destination
        self.generation = generation
        self.program = program
        failure = SSHFailure(destination)
        let marker = SSHChannel.randomMarker()
        state = Mutex(State(parser: SSHFrameParser(marker: marker)))
        line = RunnerLine(runner: destination.runner) { [outlet] in outlet.send($0) }
        launch(FarSide.keeperInstaller(marker: marker, size: identity.size, hash: identity.hash, plan: plan))
    }

    deinit {
        line.close("the connection was closed here")
    }

    private func launch(_ installer: [UInt8]) {
        guard let executable = SSHDestination.executable() else {
            let reason = "there is no ssh here; install openssh-client"
            return line.close(.unable(runner: destination.runner, reason: reason))
        }
        let commandLine = FarSide.commandLine(installerSize: installer.count)
        do throws(SpawnError) {
            let process = try SpawnedProcess(
                executable: executable,
                arguments: destination.arguments(generation: generation, commandLine: commandLine),
                environment: destination.environment()
            ) { [weak self] event in
                self?.handle(event)
            }
            outlet.attach(process)
            process.write(installer)
            process.setDeadline(.now + destination.timeouts.shell)
        } catch {
            line.close(.unable(runner: destination.runner, reason: "ssh could not be started: \(error)"))
        }
    }

    // MARK: - On the client's thread

    private func handle(_ event: SpawnedProcess.Event) {
        switch event {
        case .output(let bytes): take(bytes)
        case .errorOutput(let bytes):
            // The last words are what matters.
            state.withLock { $0.errors = ($0.errors + bytes).suffix(16_384) }
        case .deadlinePassed: keepTime()
        case .ended(let status):
            let error = state.withLock { state in
                let errors = String(decoding: state.errors, as: UTF8.self)
                let phase: SSHPhase = if case .connecting = state.phase { .connecting } else { .open }
                return failure.ended(phase: phase, status: status, errors: errors, noise: state.parser.lastNoise)
            }
            line.close(error)
        }
    }

    private func keepTime() {
        let isSignedIn = unsafe access(destination.controlPath(generation: generation), F_OK) == 0
        let error = state.withLock { state -> RunnerError? in
            switch state.phase {
            case .connecting:
                return failure.slow(
                    isSignedIn: isSignedIn,
                    limit: destination.timeouts.shell,
                    errors: String(decoding: state.errors, as: UTF8.self),
                    noise: state.parser.lastNoise
                )
            case .copying:
                return .unreachable(
                    runner: destination.runner,
                    reason: "the copy of rota-keeper was not complete within \(Self.copyLimit)"
                )
            case .open: return nil
            }
        }
        if let error { return line.close(error) }
        line.beat()
        line.check(silenceLimit: destination.timeouts.silence)
        outlet.setDeadline(.now + DialInWire.heartbeat)
    }

    private func take(_ bytes: [UInt8]) {
        line.hear()
        do {
            var bytes = bytes
            while let next = try step(bytes) {
                try act(on: next)
                bytes = []
            }
        } catch is SSHFrameParser.Failure {
            line.close("its answer was cut or mixed with other output")
        } catch {
            line.close("what it sends cannot be understood: \(error)")
        }
    }

    /// What came that is whole.
    private enum Step {
        case word(SSHFrame)
        case frame(Frame)
    }

    private func step(_ bytes: [UInt8]) throws -> Step? {
        try state.withLock { state in
            if case .open = state.phase {
                state.frames.append(bytes)
                return try state.frames.next().map { .frame($0) }
            }
            guard let word = try state.parser.feedOne(bytes) else { return nil }
            switch word.kind {
            case "want": state.phase = .copying
            case "ready":
                state.phase = .open
                state.frames.append(state.parser.rest)
            default: break
            }
            return .word(word)
        }
    }

    private func act(on step: Step) throws {
        switch step {
        case .frame(let frame): try line.take(frame)
        case .word(let word):
            switch word.kind {
            case "want":
                outlet.setDeadline(.now + Self.copyLimit)
                outlet.sendAhead(try program.bytes())
            case "ready":
                line.begin()
                outlet.open()
                outlet.setDeadline(.now + DialInWire.heartbeat)
            default: line.close(.unable(runner: destination.runner, reason: String(word.text)))
            }
        }
    }
}

/// What goes to the far side: held back until it is ready, and nothing once the line is closed.
private final class SSHKeeperOutlet: Sendable {
    private let state = Mutex(State())

    private struct State {
        var process: SpawnedProcess?
        var held: [UInt8] = []
        var isOpen = false
        var isClosed = false
    }

    func attach(_ process: SpawnedProcess) {
        let isClosed = state.withLock { state in
            state.process = process
            return state.isClosed
        }
        if isClosed { process.signal(SIGKILL) }
    }

    /// Takes what the line has to send; nil is its end.
    func send(_ bytes: [UInt8]?) {
        state.withLock { state in
            guard let bytes else {
                // The client may hang; its end is that of the session, which the far side's bridge notices.
                state.isClosed = true
                state.process?.signal(SIGKILL)
                state.held = []
                return
            }
            if state.isOpen { state.process?.write(bytes) } else if !state.isClosed { state.held += bytes }
        }
    }

    /// Sends what the far side asked for before it is ready.
    func sendAhead(_ bytes: [UInt8]) {
        state.withLock { $0.process?.write(bytes) }
    }

    /// Sends what was held back, and from now on everything at once.
    func open() {
        state.withLock { state in
            state.process?.write(state.held)
            state.held = []
            state.isOpen = true
        }
    }

    func setDeadline(_ deadline: ContinuousClock.Instant) {
        state.withLock { $0.process }?.setDeadline(deadline)
    }
}
