import HTTPTypes
import Hummingbird
import Store

/// Decides who may ask at all: the name that was called, where the request was made, and who makes it.
struct Gate: RouterMiddleware {
    typealias Context = WebContext

    let store: Store
    /// The names by which this server may be called, without ports, in lower case.
    let hosts: Set<String>
    let cookieName: String

    /// Whether anyone may ask for a path.
    ///
    /// Such paths tell nothing but life, or are the way in; the files of `web/` are public.
    static func isOpen(_ path: String) -> Bool {
        path == "/healthz" || path == "/readyz" || path == "/login" || path.hasPrefix("/login/")
            || path.hasPrefix("/assets/")
    }

    @concurrent
    func handle(
        _ request: Request,
        context: WebContext,
        next: @concurrent (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        if context.isLocalSocket {
            context.visitor = .owner
            return try await next(request, context)
        }
        try checkHost(request)
        try checkOrigin(request)
        if Self.isOpen(request.uri.path) { return try await next(request, context) }
        context.visitor = try await visitor(of: request)
        guard context.visitor != .stranger else { throw RequestError.unauthorized }
        return try await next(request, context)
    }

    /// Refuses names that are not ours: a page elsewhere may have its own name lead to this address.
    private func checkHost(_ request: Request) throws(RequestError) {
        let authority = request.head.authority ?? ""
        guard hosts.contains(Self.name(in: authority)) else { throw .foreignHost(authority) }
    }

    /// Refuses what another site's page sends: changes by its `Origin`, and anything but a followed link by what the
    /// browser says of it.
    private func checkOrigin(_ request: Request) throws(RequestError) {
        let site = HTTPField.Name("Sec-Fetch-Site").flatMap { request.headers[$0] }
        if let site, site != "same-origin", site != "none" {
            let mode = HTTPField.Name("Sec-Fetch-Mode").flatMap { request.headers[$0] }
            guard request.isReading, mode == nil || mode == "navigate" else {
                throw .forbidden("This request was made by a page of another site, so it is refused.")
            }
        }
        guard !request.isReading, let origin = request.headers[.origin] else { return }
        let ours = request.head.authority ?? ""
        guard origin == "http://\(ours)" || origin == "https://\(ours)" else {
            throw .forbidden("This request comes from \(origin), not from a page of this server, so it is refused.")
        }
    }

    private func visitor(of request: Request) async throws -> Visitor {
        if let authorization = request.headers[.authorization] {
            let words = authorization.split(separator: " ", maxSplits: 1)
            guard words.count == 2, words[0].lowercased() == "bearer" else { return .stranger }
            return try await store.tokenName(of: String(words[1])).map { .token($0) } ?? .stranger
        }
        guard let secret = request.cookies[cookieName]?.value, !secret.isEmpty else { return .stranger }
        return try await store.session(of: secret).map { .browser(formKey: $0.formKey) } ?? .stranger
    }

    /// The host's name in `name:port`, in lower case, with the brackets of an IPv6 address.
    static func name(in authority: String) -> String {
        let lower = authority.lowercased()
        if lower.hasPrefix("["), let end = lower.firstIndex(of: "]") { return String(lower[...end]) }
        return String(lower.prefix { $0 != ":" })
    }
}
