import AsyncHTTPClient
import AttemptProtocol
import Core
import NIOCore
import NIOHTTP1
import NIOSSL

/// Speaks HTTP to one server that this host dials.
struct DialOutClient: Sendable {
    /// The server's address, as it was given.
    let server: String
    let edition: CarrierEdition
    private let link: HTTPLink

    init(server: String, tls: TLSFiles, edition: CarrierEdition) throws(RunnerDaemonError) {
        self.server = server
        self.edition = edition
        do throws(RunnerError) {
            link = try HTTPLink(far: server, url: server, tls: tls, secret: "the credential")
        } catch {
            throw .server("\(HTTPRunnerWire.reason(error))")
        }
    }

    /// Asks to become a runner.
    func join(_ wish: JoinRequest, token: String) async throws(RunnerError) {
        var request = request(DialInWire.join, bearer: token)
        request.method = .POST
        request.body = .bytes(ByteBuffer(bytes: wish.frame.encoded))
        let response = try await link.execute(request, deadline: .now() + .seconds(30))
        try await check(response)
    }

    /// Opens the half of a connection by which the server asks; its head has come when this returns.
    func questions(_ credential: RunnerCredential, session: String) async throws(RunnerError) -> HTTPClientResponse {
        let request = request(DialInWire.questions, credential, session)
        let response = try await link.execute(request, deadline: .distantFuture)
        try await check(response)
        return response
    }

    /// Sends the half by which this host answers; returns when the server has ended it.
    func answers(
        _ credential: RunnerCredential,
        session: String,
        _ bytes: AsyncStream<ByteBuffer>
    ) async throws(RunnerError) {
        var request = request(DialInWire.answers, credential, session)
        request.method = .POST
        request.body = .stream(bytes, length: .unknown)
        let response = try await link.execute(request, deadline: .distantFuture)
        try await check(response)
    }

    /// A sentence for what went wrong on the way.
    func unreachable(_ error: any Error) async -> RunnerError { await link.unreachable(error) }

    private func request(_ verb: String, _ credential: RunnerCredential, _ session: String) -> HTTPClientRequest {
        var request = request(verb, bearer: credential.secret)
        request.headers.add(name: DialInWire.nameHeader, value: credential.name)
        request.headers.add(name: DialInWire.sessionHeader, value: session)
        return request
    }

    private func request(_ verb: String, bearer: String) -> HTTPClientRequest {
        var request = link.request("\(DialInWire.root)/\(verb)")
        request.headers.add(name: "authorization", value: "Bearer \(bearer)")
        request.headers.add(name: CarrierEdition.header, value: edition.text)
        return request
    }

    /// What an error means, of a server rather than of a runner.
    func words(_ error: RunnerError) -> String {
        let reason = HTTPRunnerWire.reason(error)
        return switch error {
        case .unreachable: "the server \(server) cannot be reached: \(reason)"
        case .notAuthorised, .hostKey: "the server \(server) did not let us in: \(reason)"
        case .unable, .unknownAttempt, .copied: "the server \(server) refused: \(reason)"
        }
    }

    private func check(_ response: HTTPClientResponse) async throws(RunnerError) {
        try await link.check(response, noPeer: "something that is no rota server's address for runners answered")
    }
}
