import AttemptProtocol
import Core
import Hummingbird
import NIOCore
import ServiceLifecycle

extension RunnerDaemonResponder {
    /// So many events may wait for a slow server; then the stream ends, and the server opens it anew and asks.
    private static let waitingLimit = 100_000

    /// One answer that does not end: events as they happen, and a sign of life every few seconds.
    ///
    /// `tellingLoad`: Whether the server understands how busy this host is.
    func eventStream(tellingLoad: Bool) -> Response {
        // Listening begins before the head of the answer is sent, so nothing after it is missed.
        let events = runner.events()
        let runner = runner
        let body = ResponseBody { writer in
            try await RunnerDaemonResponder.pass(events, tellingLoad ? runner : nil, to: &writer)
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: [.contentType: "application/octet-stream"], body: body)
    }

    private static func pass(
        _ events: AsyncThrowingStream<RunnerEvent, any Error>,
        _ measured: LocalRunner?,
        to writer: inout any ResponseBodyWriter
    ) async throws {
        let (queue, continuation) = AsyncStream<Frame>.makeStream(bufferingPolicy: .bufferingOldest(waitingLimit))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { continuation.finish() }
                try await cancelWhenGracefulShutdown {
                    for try await event in events {
                        if case .dropped = continuation.yield(KeeperEvent(event).frame) { return }
                    }
                }
            }
            group.addTask {
                while true {
                    if let load = await measured?.load() {
                        continuation.yield(CarrierMessage.report(load).frame())
                    } else {
                        continuation.yield(KeeperEvent.heartbeat.frame)
                    }
                    try await Task.sleep(for: HTTPRunnerWire.heartbeat)
                }
            }
            defer { group.cancelAll() }
            for await frame in queue {
                try await writer.write(ByteBuffer(bytes: frame.encoded))
            }
            // The stream of events ended by an error or by falling behind: so does this answer, before its end.
            throw RunnerError.unreachable(runner: "", reason: "the runner's events broke off")
        }
    }
}

extension KeeperEvent {
    /// The event as it travels.
    init(_ event: RunnerEvent) {
        switch event {
        case .ended(let id, let record): self = .ended(id, record)
        case .lost(let id, let proof): self = .lost(id, proof: proof)
        case .logGrew(let id): self = .logGrew(id)
        }
    }
}
