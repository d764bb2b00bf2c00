import AsyncHTTPClient
import AttemptProtocol
import Core
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Speaks HTTP to a runner daemon and makes one clear error of whatever goes wrong.
struct HTTPRunnerClient: Sendable {
    let runner: String
    private let root: String
    private let token: String
    private let tls: TLSConfiguration?

    /// How long an answer may take, its body included.
    private static let answerLimit: TimeAmount = .seconds(60)

    /// One client for the whole process: it keeps connections, follows no redirect and uses no proxy.
    private static let shared: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout.connect = .seconds(5)
        configuration.httpVersion = .http1Only
        // Who calls knows when to try again; until then a refusal should be known at once.
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    init(runner: String, url: String, token: String, trustedCertificates: String?) throws(RunnerError) {
        self.runner = runner
        self.token = token
        let isSecure = url.hasPrefix("https://")
        let address = url.dropFirst(isSecure ? 8 : 7)
        guard isSecure || url.hasPrefix("http://"), let host = HTTPRunnerClient.host(of: address) else {
            throw .unable(runner: runner, reason: "'\(url)' is not an address such as https://host:8091")
        }
        guard isSecure || RunnerDaemon.isLoopback(host) else {
            let reason = "\(url) would send the token in the clear; use https:// for other hosts"
            throw .unable(runner: runner, reason: reason)
        }
        root = url.hasSuffix("/") ? String(url.dropLast()) : url
        guard let trustedCertificates else {
            tls = nil
            return
        }
        var configuration = TLSConfiguration.makeClientConfiguration()
        do {
            configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(trustedCertificates))
        } catch {
            let reason = "the certificates in \(trustedCertificates) cannot be used: \(error)"
            throw .unable(runner: runner, reason: reason)
        }
        tls = configuration
    }

    /// Asks one question and waits for its answer.
    func ask(_ question: KeeperRequest) async throws(RunnerError) -> KeeperReply {
        var request = request(HTTPRunnerWire.verb(question))
        request.method = .POST
        request.body = .bytes(ByteBuffer(bytes: question.frame(request: 1).encoded))
        let (bytes, _) = try await answer(to: request, limit: Frame.bodyLimit + 16)
        do throws(WireError) {
            var frames = FrameBuffer()
            frames.append(bytes)
            guard let frame = try frames.next() else { throw WireError.truncated }
            return try KeeperReply(frame)
        } catch {
            throw .unable(runner: runner, reason: "its answer cannot be understood: \(error)")
        }
    }

    /// Fetches some bytes.
    func get(_ path: String, limit: Int) async throws(RunnerError) -> (bytes: [UInt8], headers: HTTPHeaders) {
        try await answer(to: request(path), limit: limit)
    }

    /// Opens the stream of events; the answer's head has come when this returns.
    func openEvents() async throws(RunnerError) -> HTTPClientResponse.Body {
        let response: HTTPClientResponse
        do {
            // The whole answer lasts as long as the stream; its head must come soon, which the caller watches.
            response = try await HTTPRunnerClient.shared.execute(
                request(HTTPRunnerWire.events),
                deadline: .distantFuture
            )
        } catch {
            throw unreachable(error)
        }
        try await check(response)
        return response.body
    }

    private func request(_ path: String) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: "\(root)\(HTTPRunnerWire.root)/\(path)")
        request.headers.add(name: "authorization", value: "Bearer \(token)")
        request.tlsConfiguration = tls
        return request
    }

    private func answer(
        to request: HTTPClientRequest,
        limit: Int
    ) async throws(RunnerError) -> (bytes: [UInt8], headers: HTTPHeaders) {
        let response: HTTPClientResponse
        do {
            response = try await HTTPRunnerClient.shared.execute(request, timeout: HTTPRunnerClient.answerLimit)
        } catch {
            throw unreachable(error)
        }
        try await check(response)
        do {
            let body = try await response.body.collect(upTo: limit)
            return (Array(body.readableBytesView), response.headers)
        } catch {
            throw unreachable(error)
        }
    }

    private func check(_ response: HTTPClientResponse) async throws(RunnerError) {
        guard response.status != .ok else { return }
        // The reason is for people; without it the status must do.
        let body = try? await response.body.collect(upTo: 4096)
        let text = body.map { String(decoding: $0.readableBytesView, as: UTF8.self) } ?? ""
        guard let word = response.headers.first(name: HTTPRunnerWire.errorHeader) else {
            let reason = "something that is no rota runner answered with HTTP status \(response.status.code)"
            throw .unreachable(runner: runner, reason: reason)
        }
        throw HTTPRunnerWire.error(word, text, runner: runner)
    }

    /// A sentence for what went wrong on the way.
    func unreachable(_ error: any Error) -> RunnerError {
        if let error = error as? RunnerError { return error }
        let reason: String =
            switch error {
            case let error as HTTPClientError:
                switch error {
                case .connectTimeout: "no connection within 5 seconds"
                case .deadlineExceeded, .readTimeout: "no answer within 60 seconds"
                case .remoteConnectionClosed: "the connection broke before the answer was complete"
                default: "the connection failed: \(error)"
                }
            case let error as NIOConnectionError: HTTPRunnerClient.words(error)
            case let error as IOError: "no connection, or it broke: \(SystemFailure.words(error.errnoCode))"
            default: "the connection failed: \(error)"
            }
        return .unreachable(runner: runner, reason: reason)
    }

    private static func words(_ error: NIOConnectionError) -> String {
        if error.dnsAError != nil && error.dnsAAAAError != nil { return "the name \(error.host) is not known" }
        let first = error.connectionErrors.first.map { failure in
            (failure.error as? IOError).map { SystemFailure.words($0.errnoCode) } ?? "\(failure.error)"
        }
        return "no connection to \(error.host):\(error.port): \(first ?? "it was not answered")"
    }

    private static func host(of address: Substring) -> String? {
        let authority = address.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !authority.isEmpty, !authority.contains("@"), !authority.contains(where: \.isWhitespace) else {
            return nil
        }
        if authority.hasPrefix("[") { return String(authority.dropFirst().prefix { $0 != "]" }) }
        return String(authority.prefix { $0 != ":" })
    }
}
