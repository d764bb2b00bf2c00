import Core
import HTTPTypes
import Hummingbird
import NIOCore
import Store

extension Site {
    /// Life signs, the way in and out, and the files of `web/`.
    func addFrameRoutes(to router: Router<WebContext>) {
        router.get("healthz") { request, _ in
            healthAnswer(to: request, problems: [])
        }
        router.get("readyz") { request, _ in
            healthAnswer(to: request, problems: await readinessProblems())
        }
        router.get("assets/{digest}/{name}") { request, context in
            try asset(named: context.parameters.require("name"), digest: context.parameters.require("digest"), request)
        }
        router.get("events") { request, context in try await changeEvents(request, context) }
        router.get("favicon.ico") { _, _ in redirect(to: Asset.path(of: "icon-success.svg")) }
        router.get("login") { request, context in
            loginPage(next: query(request)["next"] ?? "/", complaint: nil, to: request, context)
        }
        router.post("login") { request, context in try await signInByToken(request, context) }
        router.get("login/{link}") { request, context in try await signInByLink(request, context) }
        router.post("logout") { request, context in try await signOut(request, context) }
    }

    // MARK: - Life signs

    private func readinessProblems() async -> [String] {
        guard await isDatabaseThere else { return ["The database cannot be reached."] }
        var problems: [String] = []
        for check in configuration.checks {
            if let problem = await check.problem() { problems.append("\(check.name): \(problem)") }
        }
        return problems
    }

    private func healthAnswer(to request: Request, problems: [String]) -> Response {
        let status: HTTPResponse.Status = problems.isEmpty ? .ok : .serviceUnavailable
        guard (request.headers[.accept] ?? "").contains("application/json") else {
            let text = problems.isEmpty ? "ok\n" : problems.joined(separator: "\n") + "\n"
            return plain(status, "text/plain; charset=utf-8", text)
        }
        let list = JSONValue.array(problems.map { .string($0) })
        let word = JSONValue.string(problems.isEmpty ? "ok" : "not_ready")
        let body = JSONValue.object([.init(name: "status", value: word), .init(name: "problems", value: list)])
        return plain(status, "application/json", body.description + "\n")
    }

    private func plain(_ status: HTTPResponse.Status, _ type: String, _ text: String) -> Response {
        Response(
            status: status,
            headers: [.contentType: type, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }

    // MARK: - Files

    private func asset(named name: String, digest: String, _ request: Request) throws -> Response {
        guard let asset = Asset.all[name], !name.hasSuffix(".mustache") else {
            throw RequestError.notFound("There is no file '\(name)' here.", nearest: nil)
        }
        // An old page may ask for a file of an older program: it gets today's, which must not be kept under that name.
        let keeping = asset.digest == digest ? "public, max-age=31536000, immutable" : "no-cache"
        var headers: HTTPFields = [.contentType: asset.mediaType, .cacheControl: keeping]
        var bytes = asset.bytes
        if let compressed = asset.compressed, Compression.takesGzip(request.headers[.acceptEncoding] ?? "") {
            (headers[.contentEncoding], bytes) = ("gzip", compressed)
        }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    // MARK: - In and out

    private func loginPage(
        next: String,
        complaint: String?,
        to request: Request,
        _ context: WebContext,
        status: HTTPResponse.Status = .ok
    ) -> Response {
        let view = MessageView(
            heading: "Sign in",
            sentence: "Run `rota login` on the server's host and open the link it prints, or give a token.",
            next: nil,
            signIn: SignInView(next: Address.isLocal(next) ? next : "/", complaint: complaint)
        )
        let page = PageView(title: "Sign in · Rota")
        return respond(page, "message", view, to: request, context, now: Self.localClock(), status: status)
    }

    private func signInByToken(_ request: Request, _ context: WebContext) async throws -> Response {
        let fields = try await form(request, context)
        let next = fields["next"].flatMap { Address.isLocal($0) ? $0 : nil } ?? "/"
        let token = (fields["token"] ?? "").filter { !$0.isWhitespace }
        guard let secret = try await store.startSession(token: token) else {
            let complaint = "This token does not count. Make one with `rota token create NAME`."
            return loginPage(next: next, complaint: complaint, to: request, context, status: .unauthorized)
        }
        return signedIn(secret, to: next)
    }

    private func signInByLink(_ request: Request, _ context: WebContext) async throws -> Response {
        // A preview of the link, by a browser or a chat program that says so, must not use it up.
        let purpose = HTTPField.Name("Sec-Purpose").flatMap { request.headers[$0] } ?? ""
        guard request.method == .get, !purpose.contains("prefetch") else { return Response(status: .noContent) }
        let link = try context.parameters.require("link")
        if let secret = try await store.redeemLoginLink(link) { return signedIn(secret, to: "/") }
        let view = MessageView(
            heading: "This link no longer works",
            sentence: "It was used, or is older than 15 minutes. Run `rota login` on the server's host for another.",
            next: nil,
            signIn: SignInView(next: "/", complaint: nil)
        )
        let page = PageView(title: "This link no longer works · Rota", mood: "failed")
        return respond(page, "message", view, to: request, context, now: Self.localClock(), status: .gone)
    }

    private func signOut(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try await form(request, context)
        if let secret = request.cookies[cookieName]?.value { try await store.endSession(of: secret) }
        var response = redirect(to: "/login")
        response.headers[.setCookie] = "\(cookieName)=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"
        return response
    }

    private func signedIn(_ secret: String, to path: String) -> Response {
        var response = redirect(to: path)
        let age = 30 * 86_400
        response.headers[.setCookie] = "\(cookieName)=\(secret); Path=/; Max-Age=\(age); HttpOnly; SameSite=Lax"
        return response
    }
}
