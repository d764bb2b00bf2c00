import AsyncHTTPClient
import AttemptProtocol
package import Core
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// Makes the HTTP requests of tasks, from this process.
///
/// It is no host: what it makes ends with the process, and whoever takes its place says of what it does not know that
/// it was lost. An answer's head and body are the attempt's log.
package final class RequestRunner: RunnerAdapter {
    package var name: String { RequestOrder.runnerName }

    /// How much of one answer is kept, in bytes.
    ///
    /// The log says how much was left out.
    package static let mostKept = 1 << 20

    private let made = Mutex<[AttemptID: Made]>([:])
    private let listeners = Mutex<[AsyncThrowingStream<RunnerEvent, any Error>.Continuation]>([])
    private let hostName: String
    private let now: @Sendable () -> Timestamp

    /// A request that is under way or has ended.
    private struct Made: Sendable {
        var startedAt: Timestamp
        var log: [UInt8] = []
        var omitted = 0
        var record: ExitRecord?
        var cause = ExitRecord.Cause.itself
        var task: Task<Void, Never>?
    }

    /// Prepares it; `now` is the wall clock, for the beginning and the end of requests.
    package init(hostName: String, now: @escaping @Sendable () -> Timestamp) {
        self.hostName = hostName
        self.now = now
    }

    /// Whether a request was ordered here and is not forgotten.
    func knows(_ id: AttemptID) -> Bool { made.withLock { $0[id] != nil } }

    package func identify() async throws(RunnerError) -> RunnerIdentity {
        RunnerIdentity(
            directoryID: "requests",
            bootID: "requests",
            hostName: hostName,
            version: ProtocolVersion.software
        )
    }

    package func start(_ orders: [StartOrder]) async throws(RunnerError) -> [StartAnswer] {
        orders.map { order in
            guard let request = order.request else { return .refused(reason: "it is no request") }
            let startedAt = now()
            let isNew = made.withLock { made in
                guard made[order.id] == nil else { return false }
                made[order.id] = Made(startedAt: startedAt)
                return true
            }
            if isNew {
                let task = Task { await self.make(request, order.id, limit: order.timeout) }
                made.withLock { $0[order.id]?.task = task }
            }
            return .status(status(of: order.id))
        }
    }

    package func ask(_ ids: [AttemptID]) async throws(RunnerError) -> [AttemptStatus] { ids.map(status) }

    private func status(of id: AttemptID) -> AttemptStatus {
        made.withLock { made in
            guard let request = made[id] else {
                return .lost(proof: "the server that made the request ended before it had the whole answer")
            }
            if let record = request.record { return .ended(record) }
            return .running(StartRecord(processID: 0, startedAt: request.startedAt))
        }
    }

    package func events() -> AsyncThrowingStream<RunnerEvent, any Error> {
        let (stream, continuation) = AsyncThrowingStream<RunnerEvent, any Error>.makeStream()
        listeners.withLock { $0.append(continuation) }
        return stream
    }

    private func tell(_ event: RunnerEvent) {
        listeners.withLock { listeners in
            listeners.removeAll { if case .terminated = $0.yield(event) { true } else { false } }
        }
    }

    package func readLog(_ id: AttemptID, from offset: Int64, limit: Int) async throws(RunnerError) -> LogSlice {
        let slice = made.withLock { made -> LogSlice? in
            guard let log = made[id]?.log else { return nil }
            let start = min(log.count, Int(offset))
            return LogSlice(bytes: Array(log[start..<min(log.count, start + limit)]), end: Int64(log.count))
        }
        guard let slice else { throw .unknownAttempt(runner: name, id: "\(id)") }
        return slice
    }

    package func readOutput(_ id: AttemptID) async throws(RunnerError) -> [UInt8] { [] }

    package func cancel(_ id: AttemptID, grace: Duration) async throws(RunnerError) { stop(id, .cancelled) }

    private func stop(_ id: AttemptID, _ cause: ExitRecord.Cause) {
        let task = made.withLock { made -> Task<Void, Never>? in
            guard let request = made[id], request.record == nil, request.cause == .itself else { return nil }
            made[id]?.cause = cause
            return request.task
        }
        task?.cancel()
    }

    package func forget(_ ids: [AttemptID]) async throws(RunnerError) {
        made.withLock { made in
            for id in ids where made[id]?.record != nil { made[id] = nil }
        }
    }

    package func forgetRun(_ runDirectory: String) async throws(RunnerError) {}
}

// MARK: - One request

extension RequestRunner {
    /// What keeps a request from succeeding, as a sentence.
    private struct Failure: Error {
        var sentence: String
    }

    private func make(_ request: RequestOrder, _ id: AttemptID, limit: Duration?) async {
        let began = ContinuousClock.now
        let watchdog = limit.map { limit in
            Task {
                // Cancelled: the answer was there in time.
                guard (try? await Task.sleep(for: limit)) != nil else { return }
                self.stop(id, .timedOut)
            }
        }
        var problem: String?
        do {
            try await fetch(request, id)
        } catch let failure as Failure {
            problem = failure.sentence
        } catch {
            problem = RequestFailure.sentence(for: error)
        }
        watchdog?.cancel()
        let (endedAt, duration) = (now(), began.duration(to: .now))
        made.withLock { made in
            guard var own = made[id] else { return }
            if own.omitted > 0 {
                own.log += Array("\n[rota: \(own.omitted) bytes more were not kept]\n".utf8)
            }
            if let problem, own.cause == .itself { own.log += Array("error: \(problem)\n".utf8) }
            own.record = ExitRecord(
                ending: problem.map { .notStarted(reason: $0) } ?? .exited(0),
                cause: problem == nil ? .itself : own.cause,
                startedAt: own.startedAt,
                endedAt: endedAt,
                duration: duration,
                logBytes: Int64(own.log.count)
            )
            made[id] = own
        }
        if let record = made.withLock({ $0[id]?.record }) { tell(.ended(id, record)) }
    }

    private func fetch(_ order: RequestOrder, _ id: AttemptID) async throws {
        note(Array("\(order.method) \(Self.withoutPassword(order.url))\n".utf8), of: id)
        var request = HTTPClientRequest(url: order.url)
        request.method = HTTPMethod(rawValue: order.method)
        for header in order.headers { request.headers.add(name: header.name, value: header.value) }
        if !request.headers.contains(name: "User-Agent") {
            request.headers.add(name: "User-Agent", value: "rota/\(ProtocolVersion.software)")
        }
        if let body = order.body { request.body = .bytes(ByteBuffer(bytes: body)) }
        let isSafe = order.method == "GET" || order.method == "HEAD"
        let client = isSafe ? Self.following : Self.staying
        let response = try await client.execute(request, deadline: .distantFuture)
        var head = "\nHTTP/\(response.version.major).\(response.version.minor) \(response.status.code)"
        head += response.status.reasonPhrase.isEmpty ? "\n" : " \(response.status.reasonPhrase)\n"
        for (name, value) in response.headers {
            let isSecret = name.lowercased() == "set-cookie"
            head += "\(name): \(isSecret ? "(not kept)" : value)\n"
        }
        note(Array("\(head)\n".utf8), of: id)
        var last: UInt8 = 10
        for try await part in response.body {
            last = part.readableBytesView.last ?? last
            note(Array(part.readableBytesView), of: id)
        }
        if last != 10 { note([10], of: id) }
        let status = Int(response.status.code)
        guard order.expected.contains(where: { $0.contains(status) }) else {
            let phrase = response.status.reasonPhrase
            let words = phrase.isEmpty ? "\(status)" : "\(status) \(phrase)"
            throw Failure(sentence: "the answer is \(words), expected is \(order.expectedWords)")
        }
    }

    private func note(_ bytes: [UInt8], of id: AttemptID) {
        made.withLock { made in
            guard let kept = made[id]?.log.count else { return }
            let room = max(0, Self.mostKept - kept)
            made[id]?.log += bytes.prefix(room)
            made[id]?.omitted += max(0, bytes.count - room)
        }
        tell(.logGrew(id))
    }

    /// A URL whose password nobody needs to read.
    private static func withoutPassword(_ url: String) -> String {
        guard let scheme = url.firstRange(of: "://") else { return url }
        let rest = url[scheme.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard let at = authority.lastIndex(of: "@") else { return url }
        return url[..<scheme.upperBound] + "…@" + rest[rest.index(after: at)...]
    }

    /// How long a connection may take to come about.
    private static let connectLimit: TimeAmount = .seconds(10)

    private static func client(_ redirects: HTTPClient.Configuration.RedirectConfiguration) -> HTTPClient {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = redirects
        configuration.timeout.connect = connectLimit
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 256
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Clients of the whole process; only what asks for nothing but an answer goes on to where it is sent.
    private static let following = client(.follow(max: 5, allowCycles: false))
    private static let staying = client(.disallow)
}
