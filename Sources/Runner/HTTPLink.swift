import AsyncHTTPClient
import AttemptProtocol
import Core
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// One side's way to another over HTTP, which makes one clear error of whatever goes wrong.
struct HTTPLink: Sendable {
    /// What errors call the far side.
    let far: String
    private let root: String
    private let host: String
    private let port: Int
    private let tls: TLSConfiguration?

    /// One client for the whole process: it keeps connections, follows no redirect and uses no proxy.
    private static let shared: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout.connect = .seconds(5)
        configuration.httpVersion = .http1Only
        // Who calls knows when to try again; until then a refusal should be known at once.
        configuration.connectionPool.retryConnectionEstablishment = false
        // A runner holds two requests open for as long as it is connected; the standard 8 would be four runners.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 1_000
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// Checks an address; `secret` is what it would show to listeners in between without TLS.
    init(far: String, url: String, tls: TLSFiles, secret: String) throws(RunnerError) {
        self.far = far
        let isSecure = url.hasPrefix("https://")
        let address = url.dropFirst(isSecure ? 8 : 7)
        guard isSecure || url.hasPrefix("http://"), let place = Self.place(of: address) else {
            throw .unable(runner: far, reason: "'\(url)' is not an address such as https://host:8091")
        }
        guard isSecure || RunnerListener.isLoopback(place.host) else {
            throw .unable(
                runner: far,
                reason: "\(url) would send \(secret) in the clear; use https:// for other hosts"
            )
        }
        host = place.host
        port = place.port ?? (isSecure ? 443 : 80)
        root = url.hasSuffix("/") ? String(url.dropLast()) : url
        guard isSecure else {
            self.tls = nil
            return
        }
        do throws(TLSFilesError) {
            self.tls = try tls.client()
        } catch {
            throw .unable(runner: far, reason: "\(error)")
        }
    }

    /// A request for a path.
    func request(_ path: String) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: root + path)
        request.tlsConfiguration = tls
        return request
    }

    /// Sends a request; the answer's head has come when this returns.
    func execute(
        _ request: HTTPClientRequest,
        deadline: NIODeadline
    ) async throws(RunnerError) -> HTTPClientResponse {
        do {
            return try await Self.shared.execute(request, deadline: deadline)
        } catch {
            throw await unreachable(error)
        }
    }

    /// Throws what an answer refuses; `noPeer` says what has answered where it names no kind of refusal.
    func check(_ response: HTTPClientResponse, noPeer: String) async throws(RunnerError) {
        guard response.status != .ok else { return }
        // The reason is for people; without it the status must do.
        let body = try? await response.body.collect(upTo: 4096)
        let text = body.map { String(decoding: $0.readableBytesView, as: UTF8.self) } ?? ""
        guard let word = response.headers.first(name: HTTPRunnerWire.errorHeader) else {
            throw .unreachable(runner: far, reason: "\(noPeer) with HTTP status \(response.status.code)")
        }
        throw HTTPRunnerWire.error(word, text, runner: far)
    }

    /// A sentence for what went wrong on the way.
    func unreachable(_ error: any Error) async -> RunnerError {
        if let error = error as? RunnerError { return error }
        if tls != nil, let reason = await TLSDiagnosis.reason(error, host: host, port: port, tls: tls) {
            return .unreachable(runner: far, reason: reason)
        }
        let reason: String =
            switch error {
            case let error as HTTPClientError:
                switch error {
                case .connectTimeout: "no connection within 5 seconds"
                case .deadlineExceeded, .readTimeout: "no answer within 60 seconds"
                case .remoteConnectionClosed: "the connection broke before the answer was complete"
                default: "the connection failed: \(error)"
                }
            case let error as NIOConnectionError: Self.words(error)
            case let error as IOError: "no connection, or it broke: \(SystemFailure.words(error.errnoCode))"
            default: "the connection failed: \(error)"
            }
        return .unreachable(runner: far, reason: reason)
    }

    private static func words(_ error: NIOConnectionError) -> String {
        if error.dnsAError != nil && error.dnsAAAAError != nil { return "the name \(error.host) is not known" }
        let first = error.connectionErrors.first.map { failure in
            (failure.error as? IOError).map { SystemFailure.words($0.errnoCode) } ?? "\(failure.error)"
        }
        return "no connection to \(error.host):\(error.port): \(first ?? "it was not answered")"
    }

    private static func place(of address: Substring) -> (host: String, port: Int?)? {
        let authority = address.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !authority.isEmpty, !authority.contains("@"), !authority.contains(where: \.isWhitespace) else {
            return nil
        }
        if authority.hasPrefix("[") {
            let host = authority.dropFirst().prefix { $0 != "]" }
            return (String(host), Int(authority.dropFirst(host.count + 3)))
        }
        let host = authority.prefix { $0 != ":" }
        return (String(host), Int(authority.dropFirst(host.count + 1)))
    }
}
