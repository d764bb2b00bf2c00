import AttemptProtocol
import Core
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// Answers runners that dial in.
struct DialInResponder: HTTPResponder {
    let switchboard: Switchboard
    let registry: any RunnerRegistry
    let edition: CarrierEdition
    let logger: Logger

    typealias Context = BasicRequestContext

    /// The longest wish to join.
    private static let joinLimit = 64 << 10

    func respond(to request: Request, context: BasicRequestContext) async throws -> Response {
        do {
            return try await answer(to: request)
        } catch let error as RunnerError {
            return refusal(error)
        } catch let error as WireError {
            return refusal(.unable(runner: "", reason: "\(error)"))
        }
    }

    private func answer(to request: Request) async throws -> Response {
        let prefix = DialInWire.root + "/"
        guard request.uri.path.hasPrefix(prefix) else { return notFound(request) }
        switch (request.method, request.uri.path.dropFirst(prefix.count)) {
        case (.post, DialInWire.join[...]): return try await join(request)
        case (.get, DialInWire.questions[...]): return try await questions(request)
        case (.post, DialInWire.answers[...]): return try await answers(request)
        default: return notFound(request)
        }
    }

    // MARK: - Joining

    private func join(_ request: Request) async throws -> Response {
        _ = try agreedEdition(request)
        var request = request
        let body = try await request.collectBody(upTo: Self.joinLimit)
        var frames = FrameBuffer()
        frames.append(Array(body.readableBytesView))
        guard let frame = try frames.next() else { throw WireError.truncated }
        let wish = try JoinRequest(frame)
        if let complaint = wish.complaint { throw RunnerError.unable(runner: "", reason: complaint) }
        try await registry.join(wish, token: bearer(request))
        logger.notice("a runner has joined", metadata: ["runner": "\(wish.name)"])
        return Response(status: .ok, headers: editionHeaders)
    }

    // MARK: - The two halves of a connection

    /// The answer that lasts as long as the connection: what the server asks.
    private func questions(_ request: Request) async throws -> Response {
        let (runner, session) = try await visitor(request)
        let (outgoing, sending) = AsyncStream<ByteBuffer>.makeStream()
        let line = RunnerLine(runner: runner) { bytes in
            if let bytes { sending.yield(ByteBuffer(bytes: bytes)) } else { sending.finish() }
        }
        switchboard.expect(line, session: session)
        // The first sign of life lets the runner go on; proxies pass the head on with it.
        line.beat()
        let switchboard = switchboard
        let body = ResponseBody { writer in
            do {
                for await bytes in outgoing { try await writer.write(bytes) }
                try await writer.finish(nil)
            } catch {
                line.close("the connection broke")
                switchboard.forget(line)
                throw error
            }
            switchboard.forget(line)
        }
        var headers = editionHeaders
        headers[.contentType] = "application/octet-stream"
        headers[.cacheControl] = "no-store"
        if let name = HTTPField.Name("X-Accel-Buffering") { headers[name] = "no" }
        return Response(status: .ok, headers: headers, body: body)
    }

    /// The request that lasts as long: what the runner answers and tells.
    private func answers(_ request: Request) async throws -> Response {
        let (runner, session) = try await visitor(request)
        guard let line = switchboard.match(session: session, runner: runner) else {
            throw RunnerError.unable(
                runner: "",
                reason:
                    "the two halves of the connection reached different servers; name each server by its own address"
            )
        }
        defer { switchboard.forget(line) }
        try await withThrowingDiscardingTaskGroup { group in
            do {
                var frames = FrameBuffer()
                var isKnown = false
                for try await bytes in request.body {
                    guard line.isOpen else { break }
                    line.hear()
                    frames.append(bytes.readableBytesView)
                    while let frame = try frames.next() { try line.take(frame) }
                    guard !isKnown, let terms = line.terms else { continue }
                    if let complaint = JoinRequest.complaint(terms) {
                        line.close(complaint)
                        throw RunnerError.unable(runner: "", reason: complaint)
                    }
                    isKnown = true
                    // What it is asked there it answers here.
                    group.addTask { await admit(line) }
                }
                line.close("it closed the connection")
            } catch {
                line.close(error is WireError ? "what it sends cannot be understood: \(error)" : "the connection broke")
                throw error
            }
        }
        return Response(status: .ok, headers: editionHeaders)
    }

    /// Lets a connection take its place, unless another host that lives has the same state directory.
    private func admit(_ line: RunnerLine) async {
        do throws(RunnerError) {
            if let greeting = await greeting(over: line) {
                if let copy = try await copy(of: greeting, line.runner) {
                    logger.warning("runner '\(line.runner)' is there twice: \(copy)")
                    try await registry.note(copy, of: line.runner)
                    return line.close(.copied(runner: line.runner, reason: copy.description))
                }
                line.note(greeting.identity)
            }
            guard line.isOpen else { return }
            switchboard.connect(line)
            logger.info("a runner has dialled in", metadata: ["runner": "\(line.runner)"])
        } catch {
            line.close(error)
        }
    }

    /// Who answers there; nil: nobody can say so now, whose reason the seat tells.
    private func greeting(over line: RunnerLine) async -> RunnerGreeting? {
        let question = KeeperRequest.hello(protocolVersion: ProtocolVersion.current)
        guard case .hello(let keeper)? = try? await line.reply(to: question) else { return nil }
        return RunnerGreeting(keeper)
    }

    /// The host that has the same state directory as the one that answers, and lives; nil: none is known.
    private func copy(of greeting: RunnerGreeting, _ runner: String) async throws(RunnerError) -> HostCopy? {
        // Of two boots of one host the earlier does not answer once the later has dialled.
        if let other = switchboard.otherBoot(of: runner, than: greeting.identity.bootID),
            let answer = await self.greeting(over: other), answer.identity.directoryID == greeting.identity.directoryID
        {
            return HostCopy(host: greeting.identity.hostName, original: answer.identity.hostName, runner: runner)
        }
        return try await registry.copy(of: greeting)
    }

    /// Whose connection it is, if they show what that runner was given.
    private func visitor(_ request: Request) async throws -> (runner: String, session: String) {
        _ = try agreedEdition(request)
        guard let name = header(DialInWire.nameHeader, request),
            let session = header(DialInWire.sessionHeader, request),
            (16...100).contains(session.utf8.count)
        else { throw RunnerError.unable(runner: "", reason: "the request does not say which runner dials") }
        let credential = bearer(request)
        guard !credential.isEmpty, try await registry.directory(of: name, credential: credential) != nil else {
            throw RunnerError.notAuthorised(
                runner: "",
                reason:
                    "no runner '\(name.prefix(100))' with this credential has joined, or it was removed; join anew with a token"
            )
        }
        return (name, session)
    }

    private func agreedEdition(_ request: Request) throws(RunnerError) -> Int {
        guard let theirs = CarrierEdition(header: header(CarrierEdition.header, request)) else {
            throw .unable(runner: "", reason: "the request does not say which edition of the protocol it speaks")
        }
        guard let agreed = edition.agreed(with: theirs) else {
            throw .unable(runner: "", reason: CarrierEdition.refusal(runner: theirs, server: edition))
        }
        return agreed
    }

    // MARK: - Parts of requests and answers

    private func header(_ name: String, _ request: Request) -> String? {
        HTTPField.Name(name).flatMap { request.headers[$0] }
    }

    private func bearer(_ request: Request) -> String {
        let text = request.headers[.authorization] ?? ""
        return text.lowercased().hasPrefix("bearer ") ? String(text.dropFirst(7)) : ""
    }

    private var editionHeaders: HTTPFields {
        var headers = HTTPFields()
        if let name = HTTPField.Name(CarrierEdition.header) { headers[name] = edition.text }
        return headers
    }

    private func notFound(_ request: Request) -> Response {
        refusal(
            .unable(runner: "", reason: "runners dial here; there is nothing at \(request.method) \(request.uri.path)")
        )
    }

    private func refusal(_ error: RunnerError) -> Response {
        let status: HTTPResponse.Status =
            switch error {
            case .unreachable: .serviceUnavailable
            case .hostKey, .notAuthorised: .unauthorized
            case .unable, .unknownAttempt, .copied: .conflict
            }
        var headers = editionHeaders
        headers[.contentType] = "text/plain; charset=utf-8"
        if let name = HTTPField.Name(HTTPRunnerWire.errorHeader) { headers[name] = HTTPRunnerWire.word(error) }
        let body = ByteBuffer(string: HTTPRunnerWire.reason(error))
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: body))
    }
}
