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
        try await switchboard.line(of: name).reply(to: question)
    }

    package func events() -> AsyncThrowingStream<RunnerEvent, any Error> {
        do throws(RunnerError) {
            return try switchboard.line(of: name).events()
        } catch {
            return AsyncThrowingStream { $0.finish(throwing: error) }
        }
    }

    package func readLog(_ id: AttemptID, from offset: Int64, limit: Int) async throws(RunnerError) -> LogSlice {
        try await switchboard.line(of: name).read(.readLog(id, offset: offset, limit: limit))
    }

    package func readOutput(_ id: AttemptID) async throws(RunnerError) -> [UInt8] {
        try await switchboard.line(of: name).read(.readOutput(id)).bytes
    }

    package func load() async -> RunnerLoad? {
        // Without a connection it tells nothing.
        try? switchboard.line(of: name).load
    }
}
