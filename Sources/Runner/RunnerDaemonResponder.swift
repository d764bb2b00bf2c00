import AttemptProtocol
import Core
import HTTPTypes
import Hummingbird
import NIOCore

/// Answers what servers ask of a runner daemon, by asking the runner beside it.
struct RunnerDaemonResponder: HTTPResponder {
    let runner: LocalRunner
    let token: RunnerDaemonToken
    let edition: CarrierEdition

    typealias Context = BasicRequestContext

    func respond(to request: Request, context: BasicRequestContext) async throws -> Response {
        guard token.isShown(by: request.headers[.authorization]) else {
            return refusal(.notAuthorised(runner: "", reason: "the token was missing or wrong"), .unauthorized)
        }
        let header = HTTPField.Name(CarrierEdition.header)
        // A server that says nothing speaks the first edition.
        let theirs = CarrierEdition(header: header.flatMap { request.headers[$0] }) ?? CarrierEdition(1...1)
        guard let agreed = edition.agreed(with: theirs) else {
            return refusal(.unable(runner: "", reason: CarrierEdition.refusal(runner: edition, server: theirs)))
        }
        do {
            var response = try await answer(to: request, agreed)
            // The first edition told nothing.
            if let header, edition.range.upperBound > 1 { response.headers[header] = edition.text }
            return response
        } catch let error as RunnerError {
            return refusal(error)
        } catch let error as WireError {
            return refusal(.unable(runner: "", reason: "\(error)"), .badRequest)
        }
    }

    private func answer(to request: Request, _ edition: Int) async throws -> Response {
        let parts = request.uri.path.split(separator: "/").map(String.init)
        guard parts.count >= 3, "/\(parts[0])/\(parts[1])" == HTTPRunnerWire.root else { return notFound(request) }
        switch (request.method, parts.count, parts[2]) {
        case (.get, 3, HTTPRunnerWire.events): return eventStream(tellingLoad: edition >= 2)
        case (.get, 5, HTTPRunnerWire.attempts):
            guard let id = AttemptID(parts[3]) else { return notFound(request) }
            switch parts[4] {
            case HTTPRunnerWire.log: return try await log(of: id, request)
            case HTTPRunnerWire.output: return bytes(try await runner.readOutput(id))
            default: return notFound(request)
            }
        case (.post, 3, let verb): return try await ask(verb, request)
        default: return notFound(request)
        }
    }

    private func ask(_ verb: String, _ request: Request) async throws -> Response {
        var request = request
        let body: ByteBuffer
        do {
            body = try await request.collectBody(upTo: Frame.bodyLimit)
        } catch is NIOTooManyBytesError {
            return refusal(.unable(runner: "", reason: "the request is longer than 64 MiB"), .contentTooLarge)
        }
        var frames = FrameBuffer()
        frames.append(Array(body.readableBytesView))
        guard let frame = try frames.next() else { throw WireError.truncated }
        guard let question = try KeeperRequest(frame), HTTPRunnerWire.verb(question) == verb else {
            return notFound(request)
        }
        let reply = try await RunnerDesk(runner: runner).reply(to: question)
        return bytes(reply.frame(request: frame.request).encoded)
    }

    private func log(of id: AttemptID, _ request: Request) async throws -> Response {
        let from = request.uri.queryParameters["from"].flatMap { Int64($0) } ?? 0
        let limit = request.uri.queryParameters["limit"].flatMap { Int($0) } ?? HTTPRunnerWire.logLimit
        let slice = try await runner.readLog(
            id,
            from: max(0, from),
            limit: max(0, min(limit, HTTPRunnerWire.logLimit))
        )
        var response = bytes(slice.bytes)
        if let name = HTTPField.Name(HTTPRunnerWire.logEndHeader) { response.headers[name] = "\(slice.end)" }
        if let start = slice.start, let name = HTTPField.Name(HTTPRunnerWire.logStartHeader) {
            response.headers[name] = "\(start)"
        }
        return response
    }

    private func bytes(_ bytes: [UInt8]) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "application/octet-stream"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        )
    }

    private func notFound(_ request: Request) -> Response {
        let reason =
            "there is nothing at \(request.method) \(request.uri.path); the two sides may be of different versions"
        return refusal(.unable(runner: "", reason: reason), .notFound)
    }

    private func refusal(_ error: RunnerError, _ status: HTTPResponse.Status? = nil) -> Response {
        let usual: HTTPResponse.Status =
            switch error {
            case .unreachable: .serviceUnavailable
            case .hostKey, .notAuthorised: .unauthorized
            case .unable, .copied: .conflict
            case .unknownAttempt: .notFound
            }
        var headers: HTTPFields = [.contentType: "text/plain; charset=utf-8"]
        if let name = HTTPField.Name(HTTPRunnerWire.errorHeader) { headers[name] = HTTPRunnerWire.word(error) }
        let body = ByteBuffer(string: HTTPRunnerWire.reason(error))
        return Response(status: status ?? usual, headers: headers, body: ResponseBody(byteBuffer: body))
    }
}
