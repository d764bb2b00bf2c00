import Core
import HTTPTypes
import Hummingbird
import Store

extension API {
    /// Routes about who may come in; closed to browsers, so that a page cannot leave a key behind.
    func addAccessRoutes(to group: some RouterMethods<WebContext>) {
        group.get("tokens", use: listTokens)
        group.post("tokens", use: createToken)
        group.delete("tokens/{name}", use: revokeToken)
        group.post("login-links", use: createLoginLink)
    }

    /// Refuses browsers what could leave a key behind.
    func requireKeyholder(_ context: WebContext) throws(RequestError) {
        switch context.visitor {
        case .owner, .token: return
        case .browser, .stranger:
            throw .forbidden("Tokens and links are made and revoked with `rota token` and `rota login`, not by a page.")
        }
    }

    @Sendable private func listTokens(_ request: Request, _ context: WebContext) async throws -> Response {
        try requireKeyholder(context)
        _ = try Query(request, allowed: [])
        let tokens = try await store.tokens()
        return answer { writer in
            writer.listing(tokens) { writer, token in
                writer.object {
                    $0.member("name", token.name)
                    $0.member("created_at", token.createdAt)
                    $0.member("last_used_at", token.lastUsedAt)
                    $0.member("revoked_at", token.revokedAt)
                }
            }
        }
    }

    @Sendable private func createToken(_ request: Request, _ context: WebContext) async throws -> Response {
        try requireKeyholder(context)
        _ = try Query(request, allowed: [])
        let name = try await RequestBody(request, allowed: ["name"]).requiredText("name")
        guard Self.isTokenName(name) else {
            throw RequestError.invalid(
                "The name '\(name.shortened)' is not allowed; use 1 to 100 letters, digits, '.', '_', '-' and '@'."
            )
        }
        guard let token = try await store.createToken(name: name) else {
            throw RequestError.conflict(
                "There is a token '\(name)' already. Choose another name, or revoke it with `rota token revoke \(name)`."
            )
        }
        return answer(.created) {
            $0.object {
                $0.member("name", name)
                $0.member("token", token)
            }
        }
    }

    @Sendable private func revokeToken(_ request: Request, _ context: WebContext) async throws -> Response {
        try requireKeyholder(context)
        _ = try Query(request, allowed: [])
        let name = try context.part("name")
        guard try await store.revokeToken(name: name) else {
            let living = try await store.tokens().filter { $0.revokedAt == nil }.map(\.name)
            let hint = Spelling.suggestion(for: name, among: living)
            throw RequestError.notFound(
                "There is no token '\(name.shortened)'" + (hint.isEmpty ? "." : hint),
                nearest: nil
            )
        }
        return Response(status: .noContent)
    }

    @Sendable private func createLoginLink(_ request: Request, _ context: WebContext) async throws -> Response {
        try requireKeyholder(context)
        _ = try Query(request, allowed: [])
        _ = try await RequestBody(request, allowed: [])
        let secret = try await store.createLoginLink()
        return answer(.created) {
            $0.object {
                $0.member("path", "/login/\(secret)")
                $0.member("origin", origin)
                $0.member("minutes", 15)
            }
        }
    }

    /// What stands before a path for a browser on this host; nil as long as nothing listens for browsers.
    private var origin: String? {
        guard let port = configuration.boundPort.number else { return nil }
        let isAny = configuration.host == "0.0.0.0" || configuration.host == "::"
        let host = isAny ? "127.0.0.1" : configuration.host
        return "http://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }

    /// Names stand in history, tables and addresses.
    static func isTokenName(_ name: String) -> Bool {
        (1...100).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"),
                    UInt8(ascii: "@"):
                    true
                default: false
                }
            }
    }
}
