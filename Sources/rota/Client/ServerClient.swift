import AsyncHTTPClient
import Core
import NIOCore
import NIOHTTP1

/// Speaks with the server's API.
struct ServerClient: Sendable {
    let address: ServerAddress
    private let http: HTTPClient

    /// One for the whole program, whose connections end with it.
    ///
    /// That no server is there is said at once, not after tries.
    private static let http: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.timeout.connect = .seconds(10)
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// Prepares to speak with a server; nothing is sent yet.
    init(_ address: ServerAddress) {
        self.address = address
        http = Self.http
    }

    /// What the server answered.
    struct Answer: Sendable {
        var headers: HTTPHeaders
        var body: ByteBuffer

        /// The body as it came.
        var bytes: [UInt8] { Array(body.readableBytesView) }

        /// The body as text.
        var text: String { String(buffer: body) }
    }

    /// Parts of an address below `/api/v1/`, and its query.
    struct Route: Sendable {
        var path: String
        private var query: [(name: String, value: String)] = []

        /// Joins parts, each encoded.
        init(_ parts: String...) {
            path = "/api/v1/" + parts.map { PercentEncoding.encode($0) }.joined(separator: "/")
        }

        /// The same with one more name in its query; without it where there is no value.
        func with(_ name: String, _ value: (some CustomStringConvertible)?) -> Route {
            guard let value else { return self }
            var route = self
            route.query.append((name, value.description))
            return route
        }

        /// The path with its query.
        var target: String {
            guard !query.isEmpty else { return path }
            return path + "?"
                + query.map { "\($0.name)=\(PercentEncoding.encode($0.value))" }.joined(separator: "&")
        }
    }

    /// The longest answer that is taken in.
    private static let longestAnswer = 256 << 20

    /// Asks for something; an answer that is no success, or takes longer than the patience, is thrown.
    func get(_ route: Route, patience: Duration = .seconds(30)) async throws -> Answer {
        try await send(.GET, route, body: nil, patience: patience)
    }

    /// Asks for a JSON document.
    func document(_ route: Route, patience: Duration = .seconds(30)) async throws -> JSONValue {
        try parse(try await get(route, patience: patience))
    }

    /// Tells the server to do something.
    func post(_ route: Route, _ body: JSONValue = .object([])) async throws -> Answer {
        try await send(.POST, route, body: body.description, patience: .seconds(60))
    }

    /// Tells the server to remove something.
    @discardableResult
    func delete(_ route: Route) async throws -> Answer {
        try await send(.DELETE, route, body: nil, patience: .seconds(30))
    }

    /// Reads an answer as JSON.
    func parse(_ answer: Answer) throws(ClientFailure) -> JSONValue {
        guard let document = JSONValue(parsing: answer.text) else {
            throw .strangeAnswer(place: address.name, what: "its answer is not JSON")
        }
        return document
    }

    private func send(
        _ method: HTTPMethod,
        _ route: Route,
        body: String?,
        patience: Duration
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: address.base + route.target)
        request.method = method
        request.headers.add(name: "Accept", value: "application/json")
        if let token = address.token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(string: body))
        }
        do {
            let response = try await http.execute(request, timeout: .nanoseconds(patience.nanoseconds))
            let bytes = try await response.body.collect(upTo: Self.longestAnswer)
            guard (200..<300).contains(response.status.code) else {
                throw failure(status: Int(response.status.code), body: String(buffer: bytes))
            }
            return Answer(headers: response.headers, body: bytes)
        } catch let error as ClientFailure {
            throw error
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw explain(error)
        }
    }

    private func failure(status: Int, body: String) -> ClientFailure {
        if status == 401, address.token != nil { return .tokenRefused(place: address.name) }
        let error = JSONValue(parsing: body)?["error"]
        guard let kind = error?.text("kind"), let message = error?.text("message") else {
            return .strangeAnswer(place: address.name, what: "it answered with the status \(status)")
        }
        return .answered(status: status, kind: kind, message: message, place: address.name)
    }

    private func explain(_ error: any Error) -> ClientFailure {
        if let error = error as? HTTPClientError {
            if error == .deadlineExceeded || error == .readTimeout { return .timedOut(place: address.name) }
            if error == .connectTimeout {
                return .unreachable(place: address.name, reason: "the connection was not taken in time")
            }
            if error == .remoteConnectionClosed {
                return .unreachable(place: address.name, reason: "it closed the connection")
            }
        }
        if error is HTTPParserError {
            return .strangeAnswer(place: address.name, what: "it does not speak HTTP")
        }
        return .unreachable(place: address.name, reason: ConnectionReason.words(for: error))
    }
}

extension Duration {
    /// The duration as the HTTP client wants it.
    fileprivate var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
