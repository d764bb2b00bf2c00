package import AttemptProtocol
package import Core

/// A runner that dials the server, reached over whatever connection it holds now.
package struct DialInRunner: KeeperRunner {
    package let name: String
    private let switchboard: Switchboard

    init(name: String, switchboard: Switchboard) {
        self.name = name
        self.switchboard = switchboard
    }

    package func reply(to question: KeeperRequest) async throws(RunnerError) -> KeeperReply {
        let frame = try await switchboard.line(of: name).ask { question.frame(request: $0) }
        guard try content(of: frame) == nil else { throw unexpected(nil) }
        do throws(WireError) {
            return try KeeperReply(frame)
        } catch {
            throw .unable(runner: name, reason: "its answer cannot be understood: \(error)")
        }
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

    package func load() async -> RunnerLoad? {
        // Without a connection it tells nothing.
        try? switchboard.line(of: name).load
    }

    private func read(_ message: DialInMessage) async throws(RunnerError) -> LogSlice {
        let frame = try await switchboard.line(of: name).ask { message.frame(request: $0) }
        guard case .bytes(let bytes, let end, let start)? = try content(of: frame) else { throw unexpected(nil) }
        return LogSlice(bytes: bytes, end: end, start: start)
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
}
