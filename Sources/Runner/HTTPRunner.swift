package import AttemptProtocol
package import Core
import NIOHTTP1
import Synchronization

/// A runner on another host, reached at the HTTP address of its `rota runner`.
package struct HTTPRunner: RunnerAdapter {
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

    package func identify() async throws(RunnerError) -> RunnerIdentity { try await greet(heard: nil).identity }

    package func greet(heard: KeeperClock?) async throws(RunnerError) -> RunnerGreeting {
        let reply = try await client.ask(.hello(protocolVersion: ProtocolVersion.current, heard: heard))
        guard case .hello(let identity) = reply else { throw unexpected(reply) }
        return RunnerGreeting(identity)
    }

    package func start(_ orders: [StartOrder]) async throws(RunnerError) -> [StartAnswer] {
        await listening.settled()
        var answers: [StartAnswer] = []
        for batch in LocalRunner.batches(orders) {
            let reply = try await client.ask(.start(Array(batch)))
            guard case .started(let some) = reply, some.count == batch.count else { throw unexpected(reply) }
            answers += some
        }
        return answers
    }

    package func ask(_ ids: [AttemptID]) async throws(RunnerError) -> [AttemptStatus] {
        await listening.settled()
        let reply = try await client.ask(.ask(ids))
        guard case .statuses(let statuses) = reply, statuses.count == ids.count else { throw unexpected(reply) }
        return statuses
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

    package func cancel(_ id: AttemptID, grace: Duration) async throws(RunnerError) {
        try await expectDone(.cancel(id, grace: grace))
    }

    package func forget(_ ids: [AttemptID]) async throws(RunnerError) {
        try await expectDone(.forget(ids))
    }

    package func forgetRun(_ runDirectory: String) async throws(RunnerError) {
        try await expectDone(.forgetRun(runDirectory))
    }

    package func load() async -> RunnerLoad? { told.load }

    /// Lists what runs there, and the processes that outlived their attempts.
    package func listing() async throws(RunnerError) -> KeeperListing {
        let reply = try await client.ask(.list)
        guard case .listing(let listing) = reply else { throw unexpected(reply) }
        return listing
    }

    package func strays() async throws(RunnerError) -> [RunnerStray]? {
        try await listing().strays.map {
            RunnerStray(processID: $0.processID, name: $0.name, attempt: $0.attempt)
        }
    }

    package func reap(_ processes: [Int32]) async throws(RunnerError) {
        try await expectDone(.reap(processes))
    }

    private func expectDone(_ request: KeeperRequest) async throws(RunnerError) {
        let reply = try await client.ask(request)
        guard case .done = reply else { throw unexpected(reply) }
    }

    private func unexpected(_ reply: KeeperReply) -> RunnerError {
        if case .unable(let reason) = reply { return .unable(runner: name, reason: reason) }
        return .unable(runner: name, reason: "it gave an answer that does not fit the question")
    }
}

/// How busy the far side said that it is.
final class HTTPRunnerLoad: Sendable {
    private let last = Mutex<RunnerLoad?>(nil)

    var load: RunnerLoad? { last.withLock { $0 } }

    func note(_ load: RunnerLoad) {
        last.withLock { $0 = load }
    }
}
