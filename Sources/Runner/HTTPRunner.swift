package import AttemptProtocol
package import Core
import NIOHTTP1
import Synchronization

/// A runner on another host, reached at the HTTP address of its `rota runner`.
package struct HTTPRunner: KeeperRunner {
    package let name: String
    private let client: HTTPRunnerClient
    private let silenceLimit: Duration
    private let listening = HTTPRunnerListening()
    private let told = HTTPRunnerLoad()

    /// Names the runner, its address such as `https://host:8091`, and its token.
    ///
    /// `tls`: The CA of the daemon's certificate, and a certificate of one's own where it demands one.
    /// Events that have given no sign of life for `silenceLimit` are broken off. Defaults to 10 seconds, five signs.
    /// - Throws: `unable` when the address or the certificates cannot be used.
    package init(
        name: String,
        url: String,
        token: String,
        tls: TLSFiles = TLSFiles(),
        silenceLimit: Duration = .seconds(10),
        edition: CarrierEdition = .ours
    ) throws(RunnerError) {
        self.name = name
        self.silenceLimit = silenceLimit
        client = try HTTPRunnerClient(runner: name, url: url, token: token, tls: tls, edition: edition)
    }

    package func reply(to question: KeeperRequest) async throws(RunnerError) -> KeeperReply {
        switch question {
        case .start, .ask: await listening.settled()
        default: break
        }
        return try await client.ask(question)
    }

    package func events() -> AsyncThrowingStream<RunnerEvent, any Error> {
        let key = listening.begin()
        return AsyncThrowingStream(bufferingPolicy: .bufferingOldest(100_000)) { continuation in
            // The stream owns this task: it ends when its reader goes, and its end is the stream's.
            let task = Task {
                defer { listening.end(key) }
                do throws(RunnerError) {
                    try await HTTPRunnerEvents(client: client, silenceLimit: silenceLimit).pass(to: continuation, told)
                    {
                        listening.end(key)
                    }
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    package func readLog(_ id: AttemptID, from offset: Int64, limit: Int) async throws(RunnerError) -> LogSlice {
        let path = "\(HTTPRunnerWire.attempts)/\(id)/\(HTTPRunnerWire.log)?from=\(offset)&limit=\(limit)"
        let (bytes, headers) = try await client.get(path, limit: HTTPRunnerWire.logLimit + 1)
        guard let end = headers.first(name: HTTPRunnerWire.logEndHeader).flatMap({ Int64($0) }) else {
            throw .unable(runner: name, reason: "its answer does not say how long the log is")
        }
        let start = headers.first(name: HTTPRunnerWire.logStartHeader).flatMap { Int64($0) }
        return LogSlice(bytes: bytes, end: end, start: start)
    }

    package func readOutput(_ id: AttemptID) async throws(RunnerError) -> [UInt8] {
        try await client.get("\(HTTPRunnerWire.attempts)/\(id)/\(HTTPRunnerWire.output)", limit: 2 << 20).bytes
    }

    package func load() async -> RunnerLoad? { told.load }
}

/// How busy the far side said that it is.
final class HTTPRunnerLoad: Sendable {
    private let last = Mutex<RunnerLoad?>(nil)

    var load: RunnerLoad? { last.withLock { $0 } }

    func note(_ load: RunnerLoad) {
        last.withLock { $0 = load }
    }
}
