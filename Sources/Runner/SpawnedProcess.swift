import Glibc
import Synchronization

/// A child process with pipes for its three streams, served by one thread of its own.
///
/// It gets exactly the environment it is given, default signals and a session of its own, so that Ctrl-C in our
/// terminal never reaches it. Events come on its thread, in order; nothing here blocks a caller.
package final class SpawnedProcess: Sendable {
    /// What the child did.
    package enum Event: Sendable {
        /// It wrote to its standard output.
        case output([UInt8])
        /// It wrote to its standard error.
        case errorOutput([UInt8])
        /// The deadline has passed; it comes once per deadline.
        case deadlinePassed
        /// It ended and all it wrote has been told; the last event. The status is that of `waitpid`.
        case ended(status: Int32)
    }

    /// The process's number, which may be used anew once it has ended.
    package let processID: Int32
    private let wakeUpReader: Int32
    private let wakeUpWriter: Int32
    private let state = Mutex(State())

    private struct State {
        var pendingInput: [[UInt8]] = []
        var isInputClosed = false
        var deadline: ContinuousClock.Instant?
        var hasEnded = false
    }

    /// Starts a program; `arguments` come after its own name.
    package init(
        executable: String,
        arguments: [String],
        environment: [String],
        onEvent: @escaping @Sendable (Event) -> Void
    ) throws(SpawnError) {
        let pipes = try SpawnPipes()
        let (number, processID) = pipes.spawn(executable, arguments: arguments, environment: environment)
        pipes.closeFarEnds()
        self.processID = processID
        (wakeUpReader, wakeUpWriter) = (pipes.wakeUpReader, pipes.wakeUpWriter)
        guard number == 0 else {
            pipes.closeNearEnds()
            throw SpawnError.failed(call: "starting \(executable)", number: number)
        }
        startThread(pipes: pipes, onEvent: onEvent)
    }

    deinit {
        // The thread holds this object until the child has ended.
        close(wakeUpReader)
        close(wakeUpWriter)
    }

    /// Queues bytes for the child's standard input.
    package func write(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        state.withLock { $0.pendingInput.append(bytes) }
        wake()
    }

    /// Closes the child's standard input once all that was queued has been written.
    package func closeInput() {
        state.withLock { $0.isInputClosed = true }
        wake()
    }

    /// Sets the instant at which `deadlinePassed` is told; nil takes it back.
    package func setDeadline(_ deadline: ContinuousClock.Instant?) {
        state.withLock { $0.deadline = deadline }
        wake()
    }

    /// Sends a signal, unless the child has ended.
    package func signal(_ number: Int32) {
        state.withLock { if !$0.hasEnded { _ = kill(processID, number) } }
    }

    private func wake() {
        // A full socket means that a wake-up is waiting already.
        var byte: UInt8 = 0
        _ = unsafe send(wakeUpWriter, &byte, 1, Int32(MSG_NOSIGNAL))
    }

    private func startThread(pipes: SpawnPipes, onEvent: @escaping @Sendable (Event) -> Void) {
        let start = unsafe Unmanaged.passRetained(ThreadStart { self.serve(pipes, onEvent) })
        var thread = pthread_t()
        let result = unsafe pthread_create(
            &thread,
            nil,
            { argument in
                if let argument = unsafe argument {
                    unsafe Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue().body()
                }
                return nil
            },
            start.toOpaque()
        )
        precondition(result == 0, "no thread could be made: error \(result)")
        pthread_detach(thread)
    }

    private final class ThreadStart: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) {
            self.body = body
        }
    }

    // MARK: - On the thread

    private func serve(_ pipes: SpawnPipes, _ onEvent: (Event) -> Void) {
        var pipes = pipes
        var status: Int32?
        var written = 0
        while true {
            feed(&pipes, &written)
            if status != nil, !pipes.hasUnreadOutput { break }
            var (descriptors, count) = descriptors(of: pipes)
            // With its output closed the child is as good as gone, but a helper of its own may hold the error stream.
            let limit = status != nil ? 0 : pipes.output == nil ? 50 : millisecondsToDeadline()
            let ready = unsafe poll(&descriptors, nfds_t(count), limit)
            drainWakeUps()
            if let error = pipes.readErrorOutput() { onEvent(.errorOutput(error)) }
            if let output = pipes.readOutput() { onEvent(.output(output)) }
            if status != nil, ready == 0 { break }
            if pipes.output == nil, status == nil { status = reap() }
            if takePassedDeadline() { onEvent(.deadlinePassed) }
        }
        pipes.closeNearEnds()
        onEvent(.ended(status: status ?? 0))
    }

    private func descriptors(of pipes: SpawnPipes) -> ([pollfd], Int) {
        var all = [pollfd(fd: wakeUpReader, events: Int16(POLLIN), revents: 0)]
        if let output = pipes.output { all.append(pollfd(fd: output, events: Int16(POLLIN), revents: 0)) }
        if let error = pipes.error { all.append(pollfd(fd: error, events: Int16(POLLIN), revents: 0)) }
        if let input = pipes.input, state.withLock({ !$0.pendingInput.isEmpty }) {
            all.append(pollfd(fd: input, events: Int16(POLLOUT), revents: 0))
        }
        return (all, all.count)
    }

    /// Writes what waits, piece by piece; `written` is how much of the first is.
    private func feed(_ pipes: inout SpawnPipes, _ written: inout Int) {
        while pipes.input != nil {
            let (piece, isClosed) = state.withLock { ($0.pendingInput.first, $0.isInputClosed) }
            guard let piece else {
                if isClosed { pipes.closeInput() }
                return
            }
            written += pipes.writeInput(piece, from: written)
            guard written == piece.count else { return }
            written = 0
            state.withLock { _ = $0.pendingInput.removeFirst() }
        }
    }

    private func millisecondsToDeadline() -> Int32 {
        guard let deadline = state.withLock({ $0.deadline }) else { return -1 }
        let (seconds, attoseconds) = (deadline - .now).components
        return Int32(clamping: max(0, seconds * 1000 + attoseconds / 1_000_000_000_000_000 + 1))
    }

    private func takePassedDeadline() -> Bool {
        state.withLock { state in
            guard let deadline = state.deadline, deadline <= .now else { return false }
            state.deadline = nil
            return true
        }
    }

    private func reap() -> Int32? {
        state.withLock { state in
            var status: Int32 = 0
            let result = unsafe waitpid(processID, &status, WNOHANG)
            guard result != 0, !(result < 0 && errno == EINTR) else { return nil }
            state.hasEnded = true
            return status
        }
    }

    private func drainWakeUps() {
        var bytes = [UInt8](repeating: 0, count: 256)
        while unsafe read(wakeUpReader, &bytes, 256) == 256 {}
    }
}
