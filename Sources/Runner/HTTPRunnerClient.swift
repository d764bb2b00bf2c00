import AsyncHTTPClient
import AttemptProtocol
import Core
import NIOCore
import NIOHTTP1

/// Speaks HTTP to a runner daemon.
struct HTTPRunnerClient: Sendable {
    let runner: String
    /// The editions of the conversation that this side understands.
    let edition: CarrierEdition
    private let link: HTTPLink
    private let token: String

    /// How long an answer may take, its body included.
    private static let answerLimit: TimeAmount = .seconds(60)

    init(
        runner: String,
        url: String,
        token: String,
        tls: TLSFiles,
        edition: CarrierEdition
    ) throws(RunnerError) {
        self.runner = runner
        self.token = token
        self.edition = edition
        link = try HTTPLink(far: runner, url: url, tls: tls, secret: "the token")
    }

    /// Asks one question and waits for its answer.
    func ask(_ question: KeeperRequest) async throws(RunnerError) -> KeeperReply {
        var request = request(HTTPRunnerWire.verb(question))
        request.method = .POST
        request.body = .bytes(ByteBuffer(bytes: question.frame(request: 1).encoded))
        let (bytes, headers) = try await answer(to: request, limit: Frame.bodyLimit + 16)
        guard agreedEdition(headers) != nil else {
            let theirs = CarrierEdition(header: headers.first(name: CarrierEdition.header)) ?? CarrierEdition(1...1)
            throw .unable(runner: runner, reason: CarrierEdition.refusal(runner: theirs, server: edition))
        }
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
        // The whole answer lasts as long as the stream; its head must come soon, which the caller watches.
        let response = try await link.execute(request(HTTPRunnerWire.events), deadline: .distantFuture)
        try await check(response)
        return response.body
    }

    /// A sentence for what went wrong on the way.
    func unreachable(_ error: any Error) async -> RunnerError { await link.unreachable(error) }

    private func agreedEdition(_ headers: HTTPHeaders) -> Int? {
        CarrierEdition(header: headers.first(name: CarrierEdition.header)).flatMap { edition.agreed(with: $0) }
    }

    private func request(_ path: String) -> HTTPClientRequest {
        var request = link.request("\(HTTPRunnerWire.root)/\(path)")
        request.headers.add(name: "authorization", value: "Bearer \(token)")
        request.headers.add(name: CarrierEdition.header, value: edition.text)
        return request
    }

    private func answer(
        to request: HTTPClientRequest,
        limit: Int
    ) async throws(RunnerError) -> (bytes: [UInt8], headers: HTTPHeaders) {
        let response = try await link.execute(request, deadline: .now() + Self.answerLimit)
        try await check(response)
        do {
            let body = try await response.body.collect(upTo: limit)
            return (Array(body.readableBytesView), response.headers)
        } catch {
            throw await unreachable(error)
        }
    }

    private func check(_ response: HTTPClientResponse) async throws(RunnerError) {
        try await link.check(response, noPeer: "something that is no rota runner answered")
    }
}
