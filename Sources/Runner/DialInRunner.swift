import AttemptProtocol
package import Core

/// A runner that dials the server, reached over whatever connection it holds now.
package struct DialInRunner: RunnerAdapter {
    package let name: String
    private let switchboard: Switchboard

    init(name: String, switchboard: Switchboard) {
        self.name = name
        self.switchboard = switchboard
    }

    package func identify() async throws(RunnerError) -> RunnerIdentity { try await greet(heard: nil).identity }

    package func greet(heard: KeeperClock?) async throws(RunnerError) -> RunnerGreeting {
        let reply = try await ask(.hello(protocolVersion: ProtocolVersion.current, heard: heard))
        guard case .hello(let identity) = reply else { throw unexpected(reply) }
        return RunnerGreeting(identity)
    }

    package func start(_ orders: [StartOrder]) async throws(RunnerError) -> [StartAnswer] {
        var answers: [StartAnswer] = []
        for batch in LocalRunner.batches(orders) {
            let reply = try await ask(.start(Array(batch)))
            guard case .started(let some) = reply, some.count == batch.count else { throw unexpected(reply) }
            answers += some
        }
        return answers
    }

    package func ask(_ ids: [AttemptID]) async throws(RunnerError) -> [AttemptStatus] {
        let reply = try await ask(.ask(ids))
        guard case .statuses(let statuses) = reply, statuses.count == ids.count else { throw unexpected(reply) }
        return statuses
    }

    package func events() -> AsyncThrowingStream<RunnerEvent, any Error> {
        do throws(RunnerError) {
            return try switchboard.line(of: name).events()
        } catch {
            return AsyncThrowingStream { $0.finish(throwing: error) }
        }
    }

    package func readLog(_ id: AttemptID, from offset: Int64, limit: Int) async throws(RunnerError) -> LogSlice {
        try await read(.readLog(id, offset: offset, limit: limit))
    }

    package func readOutput(_ id: AttemptID) async throws(RunnerError) -> [UInt8] {
        try await read(.readOutput(id)).bytes
    }

    package func cancel(_ id: AttemptID, grace: Duration) async throws(RunnerError) {
        try await expectDone(.cancel(id, grace: grace))
    }

    package func forget(_ ids: [AttemptID]) async throws(RunnerError) {
        try await expectDone(.forget(ids))
    }

    package func forgetRun(_ runDirectory: String) async throws(RunnerError) {
        try await expectDone(.forgetRun(runDirectory))
    }

    package func load() async -> RunnerLoad? {
        // Without a connection it tells nothing.
        try? switchboard.line(of: name).load
    }

    package func strays() async throws(RunnerError) -> [RunnerStray]? {
        let reply = try await ask(.list)
        guard case .listing(let listing) = reply else { throw unexpected(reply) }
        return listing.strays.map { RunnerStray(processID: $0.processID, name: $0.name, attempt: $0.attempt) }
    }

    package func reap(_ processes: [Int32]) async throws(RunnerError) {
        try await expectDone(.reap(processes))
    }

    private func read(_ message: DialInMessage) async throws(RunnerError) -> LogSlice {
        let frame = try await switchboard.line(of: name).ask { message.frame(request: $0) }
        guard case .bytes(let bytes, let end, let start)? = try content(of: frame) else { throw unexpected(nil) }
        return LogSlice(bytes: bytes, end: end, start: start)
    }

    private func ask(_ request: KeeperRequest) async throws(RunnerError) -> KeeperReply {
        let frame = try await switchboard.line(of: name).ask { request.frame(request: $0) }
        guard try content(of: frame) == nil else { throw unexpected(nil) }
        do throws(WireError) {
            return try KeeperReply(frame)
        } catch {
            throw .unable(runner: name, reason: "its answer cannot be understood: \(error)")
        }
    }

    /// What a frame says beside the attempt protocol; the runner's own errors are thrown.
    private func content(of frame: Frame) throws(RunnerError) -> DialInMessage? {
        let message: DialInMessage?
        do throws(WireError) {
            message = try DialInMessage(frame)
        } catch {
            throw .unable(runner: name, reason: "its answer cannot be understood: \(error)")
        }
        guard case .failure(let word, let reason)? = message else { return message }
        throw HTTPRunnerWire.error(word, reason, runner: name)
    }

    private func expectDone(_ request: KeeperRequest) async throws(RunnerError) {
        let reply = try await ask(request)
        guard case .done = reply else { throw unexpected(reply) }
    }

    private func unexpected(_ reply: KeeperReply?) -> RunnerError {
        if case .unable(let reason)? = reply { return .unable(runner: name, reason: reason) }
        return .unable(runner: name, reason: "it gave an answer that does not fit the question")
    }
}
