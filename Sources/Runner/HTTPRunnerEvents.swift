import AsyncHTTPClient
import AttemptProtocol
import Core
import NIOCore
import Synchronization

/// Reads a daemon's stream of events for as long as it gives signs of life.
struct HTTPRunnerEvents {
    let client: HTTPRunnerClient
    let silenceLimit: Duration

    /// Passes events on; ends only by an error, or when the task is cancelled.
    func pass(
        to continuation: AsyncThrowingStream<RunnerEvent, any Error>.Continuation,
        _ told: HTTPRunnerLoad,
        onOpen: @escaping @Sendable () -> Void
    ) async throws(RunnerError) {
        let pulse = HTTPRunnerPulse()
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    let body = try await client.openEvents()
                    onOpen()
                    var frames = FrameBuffer()
                    for try await bytes in body {
                        pulse.beat()
                        frames.append(bytes.readableBytesView)
                        while let frame = try frames.next() {
                            if case .report(let load)? = try CarrierMessage(frame) {
                                told.note(load)
                            } else if frame.kind < CarrierMessage.firstKind {
                                try tell(frame, continuation)
                            }
                        }
                    }
                    throw broken("the stream of its events ended")
                }
                group.addTask {
                    while true {
                        try await Task.sleep(for: .milliseconds(500))
                        let silence = pulse.silence
                        guard silence < silenceLimit else {
                            throw broken("it has given no sign of life for \(silence.components.seconds) seconds")
                        }
                    }
                }
                defer { group.cancelAll() }
                try await group.next()
            }
        } catch let error as WireError {
            throw broken("its events cannot be understood: \(error)")
        } catch {
            throw await client.unreachable(error)
        }
    }

    private func tell(
        _ frame: Frame,
        _ continuation: AsyncThrowingStream<RunnerEvent, any Error>.Continuation
    ) throws {
        let result: AsyncThrowingStream<RunnerEvent, any Error>.Continuation.YieldResult
        switch try KeeperEvent(frame) {
        case .ended(let id, let record): result = continuation.yield(.ended(id, record))
        case .lost(let id, let proof): result = continuation.yield(.lost(id, proof: proof))
        case .logGrew(let id): result = continuation.yield(.logGrew(id))
        case .heartbeat, nil: return
        }
        if case .dropped = result { throw broken("its events were read too slowly") }
    }

    private func broken(_ reason: String) -> RunnerError {
        .unreachable(runner: client.runner, reason: reason)
    }
}

/// When the far side gave its last sign of life.
final class HTTPRunnerPulse: Sendable {
    private let last = Mutex(ContinuousClock.now)

    func beat() {
        last.withLock { $0 = .now }
    }

    var silence: Duration { last.withLock { ContinuousClock.now - $0 } }
}
