import Core
import Glibc
import Synchronization

extension SSHChannel {
    /// Starts the client and queues the text that installs the far side.
    func launch(installer: [UInt8]) {
        guard let executable = SSHDestination.executable() else {
            return fail(.unable(runner: destination.runner, reason: "there is no ssh here; install openssh-client"))
        }
        let line = FarSide.commandLine(installerSize: installer.count)
        do throws(SpawnError) {
            let process = try SpawnedProcess(
                executable: executable,
                arguments: destination.arguments(generation: generation, commandLine: line),
                environment: destination.environment()
            ) { [weak self] event in
                self?.handle(event)
            }
            state.withLock { $0.process = process }
            process.write(installer)
            process.setDeadline(.now + destination.timeouts.shell)
        } catch {
            fail(.unable(runner: destination.runner, reason: "ssh could not be started: \(error)"))
        }
    }

    /// Ends the channel for good: every waiting call gets the error.
    func fail(_ error: RunnerError) {
        let (calls, process) = state.withLock { state in
            guard state.error == nil else { return ([] as [Call], nil as SpawnedProcess?) }
            state.error = error
            let calls = state.underWay + state.queue
            (state.underWay, state.queue) = ([], [])
            return (calls, state.process)
        }
        process?.signal(SIGKILL)
        for call in calls { call.continuation.resume(returning: .failure(error)) }
    }

    // MARK: - On the client's thread

    private func handle(_ event: SpawnedProcess.Event) {
        switch event {
        case .output(let bytes): take(bytes)
        case .errorOutput(let bytes):
            // The last words are what matters, and the far side's own errors come this way too.
            state.withLock { $0.errors = ($0.errors + bytes).suffix(16_384) }
        case .deadlinePassed: fail(slowness())
        case .ended(let status):
            let error = state.withLock { state in
                failure.ended(
                    phase: state.greeting == nil ? .connecting : .open,
                    status: status,
                    errors: String(decoding: state.errors, as: UTF8.self),
                    noise: state.parser.lastNoise
                )
            }
            fail(error)
        }
    }

    private func slowness() -> RunnerError {
        let isSignedIn = unsafe access(destination.controlPath(generation: generation), F_OK) == 0
        return state.withLock { state in
            guard state.greeting == nil else { return failure.silent(limit: destination.timeouts.answer) }
            return failure.slow(
                isSignedIn: isSignedIn,
                limit: destination.timeouts.shell,
                errors: String(decoding: state.errors, as: UTF8.self),
                noise: state.parser.lastNoise
            )
        }
    }

    private func take(_ bytes: [UInt8]) {
        let (done, error) = state.withLock { state -> ([Call], RunnerError?) in
            do throws(SSHFrameParser.Failure) {
                var done: [Call] = []
                for frame in try state.parser.feed(bytes) {
                    if let error = accept(frame, &state, &done) { return (done, error) }
                }
                return (done, nil)
            } catch {
                return (
                    [],
                    .unreachable(runner: destination.runner, reason: "its answer was cut or mixed with other output")
                )
            }
        }
        for call in done { call.continuation.resume(returning: .success(call.frames)) }
        if let error { fail(error) }
    }

    private func accept(_ frame: SSHFrame, _ state: inout State, _ done: inout [Call]) -> RunnerError? {
        if frame.tag == 0 {
            let words = frame.text.split(separator: " ", maxSplits: 2).map(String.init)
            guard frame.kind == "ready", words.count == 3 else {
                return .unable(runner: destination.runner, reason: String(frame.text))
            }
            state.greeting = Greeting(directoryID: words[0], bootID: words[1], hostName: words[2])
            state.process?.setDeadline(nil)
            sendNext(&state)
            return nil
        }
        if let index = state.underWay.firstIndex(where: { $0.tag == frame.tag }) {
            if frame.kind == "done" {
                done.append(state.underWay.remove(at: index))
            } else {
                state.underWay[index].frames.append(frame)
            }
        }
        if frame.kind == "done", frame.tag == state.expected {
            state.expected = nil
            state.process?.setDeadline(nil)
            sendNext(&state)
        }
        return nil
    }
}
