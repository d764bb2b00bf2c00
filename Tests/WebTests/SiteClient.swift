import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOEmbedded
import Store

@testable import Web

/// Asks a site's routes without a socket.
struct SiteClient: Sendable {
    let responder: any HTTPResponder<WebContext>
    /// The name by which the server is called.
    var host = "localhost:8080"
    /// Sent with every request.
    var headers: HTTPFields = [:]
    /// The session's key, for forms.
    var formKey = ""

    init(_ seeded: SeededSite) {
        responder = seeded.site.makeRouter().buildResponder()
    }

    init(responder: any HTTPResponder<WebContext>) {
        self.responder = responder
    }

    /// A client that has signed in by a one-time link.
    static func signedIn(_ seeded: SeededSite) async throws -> SiteClient {
        var client = SiteClient(seeded)
        let answer = try await client.get("/login/\(try await seeded.store.createLoginLink())")
        let cookie = String((answer.headers[.setCookie] ?? "").prefix { $0 != ";" })
        client.headers[.cookie] = cookie
        client.formKey =
            try await seeded.store.session(of: String(cookie.drop { $0 != "=" }.dropFirst()))?.formKey ?? ""
        return client
    }

    /// What came back.
    struct Answer: Sendable {
        var status: HTTPResponse.Status
        var headers: HTTPFields
        var bytes: [UInt8]
        var text: String { String(decoding: bytes, as: UTF8.self) }
    }

    /// Fetches a path.
    func get(_ path: String, _ more: HTTPFields = [:]) async throws -> Answer { try await send(.get, path, more) }

    /// Sends a form with the session's key.
    func post(_ path: String, _ fields: String = "") async throws -> Answer {
        try await send(.post, path, body: "form_key=\(formKey)&\(fields)")
    }

    /// Sends any request.
    func send(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ more: HTTPFields = [:],
        body: String = ""
    ) async throws -> Answer {
        var fields = headers
        for field in more { fields[field.name] = field.value }
        let head = HTTPRequest(method: method, scheme: "http", authority: host, path: path, headerFields: fields)
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer(string: body)))
        let source = ApplicationRequestContextSource(
            channel: NIOAsyncTestingChannel(),
            logger: Logger(label: "test")
        )
        let response = try await responder.respond(to: request, context: WebContext(source: source))
        let body = Collected()
        try await response.body.write(Writer(body: body))
        return Answer(status: response.status, headers: response.headers, bytes: body.bytes)
    }

    private final class Collected {
        var bytes: [UInt8] = []
    }

    private struct Writer: ResponseBodyWriter {
        let body: Collected

        mutating func write(_ buffer: ByteBuffer) async throws { body.bytes += buffer.readableBytesView }

        consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }
}
