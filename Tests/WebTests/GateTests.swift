import HTTPTypes
import Hummingbird
import Postgres
import Store
import Testing

@testable import Web

struct GateTests {
    @Test func `every route but the open ones refuses a stranger`() async throws {
        try await SeededSite.with { seeded in
            let client = SiteClient(seeded)
            let routes = seeded.site.makeRouter().routes
            #expect(routes.count > 40)
            let open: Set = [
                "/healthz", "/readyz", "/login", "/login/{link}", "/assets/{digest}/{name}",
            ]
            for route in routes where !open.contains(route.path.description) {
                let path = route.path.description.replacing("{dag}", with: "sales_daily")
                    .replacing("{key}", with: "latest").filter { $0 != "{" && $0 != "}" }
                let answer = try await client.send(route.method, path)
                #expect(answer.status == .unauthorized, "\(route)")
                #expect(!answer.text.contains("sales_daily") || !answer.text.contains("<h1>sales"), "\(route)")
            }
        }
    }

    @Test func `a bearer token opens pages until it is revoked, and a wrong one opens none`() async throws {
        try await SeededSite.with { seeded in
            let client = SiteClient(seeded)
            let token = try #require(try await seeded.store.createToken(name: "ci"))
            #expect(try await seeded.store.createToken(name: "ci") == nil)
            #expect(try await client.get("/dags", [.authorization: "Bearer \(token)"]).status == .ok)
            #expect(try await client.get("/dags", [.authorization: "Bearer \(token)x"]).status == .unauthorized)
            #expect(try await client.get("/dags", [.authorization: "Basic \(token)"]).status == .unauthorized)
            #expect(try await seeded.store.tokens().first?.lastUsedAt != nil)
            #expect(try await seeded.store.revokeToken(name: "ci"))
            #expect(try await client.get("/dags", [.authorization: "Bearer \(token)"]).status == .unauthorized)
        }
    }

    @Test func `a one-time link signs in once, and says how to get another`() async throws {
        try await SeededSite.with { seeded in
            let client = SiteClient(seeded)
            let link = "/login/\(try await seeded.store.createLoginLink())"
            let head = try await client.send(.head, link)
            #expect(head.status == .noContent)
            let preview = try await client.get(link, [try #require(.init("Sec-Purpose")): "prefetch"])
            #expect(preview.headers[.setCookie] == nil)
            let first = try await client.get(link)
            #expect(first.status == .seeOther)
            #expect(first.headers[.location] == "/")
            let cookie = try #require(first.headers[.setCookie])
            #expect(
                cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Max-Age=2592000")
            )
            let second = try await client.get(link)
            #expect(second.status == .gone)
            #expect(second.headers[.setCookie] == nil)
            #expect(second.text.contains("rota login"))
        }
    }

    @Test func `a link older than fifteen minutes signs nobody in`() async throws {
        try await SeededSite.with { seeded in
            let link = try await seeded.store.createLoginLink()
            try await seeded.store.pool.withConnection {
                try await $0.executeScript("UPDATE login_link SET expires_at = now() - interval '1 second'")
            }
            #expect(try await seeded.store.redeemLoginLink(link) == nil)
        }
    }

    @Test func `secrets are stored as hashes only`() async throws {
        try await SeededSite.with { seeded in
            let token = try #require(try await seeded.store.createToken(name: "ci"))
            let link = try await seeded.store.createLoginLink()
            let session = try #require(try await seeded.store.startSession(token: token))
            let statement = Statement(
                name: "dump_secrets",
                sql: """
                    SELECT coalesce(string_agg(t::text, ''), '') || coalesce((SELECT string_agg(l::text, '') FROM login_link l), '')
                        || coalesce((SELECT string_agg(s::text, '') FROM session s), '') FROM token t
                    """
            )
            let dump: String = try await seeded.store.pool.execute(statement)[0].decode(0)
            for secret in [token, link, session] {
                #expect(!dump.contains(secret))
                #expect(!dump.contains(hexadecimal(secret)))
            }
        }
    }

    private func hexadecimal(_ text: String) -> String {
        text.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test(arguments: ["evil.example", "evil.example:8080", "", "localhost.evil.example", "169.254.169.254"])
    func `a foreign Host is refused`(host: String) async throws {
        var client = SiteClient(try SeededSite.withoutDatabase())
        client.host = host
        let answer = try await client.get("/healthz")
        #expect(answer.status == .misdirectedRequest)
    }

    @Test(arguments: ["localhost", "LOCALHOST:9", "127.0.0.1:8080", "[::1]:8080", "rota.example:443"])
    func `our own names are answered`(host: String) async throws {
        var client = SiteClient(try SeededSite.withoutDatabase { $0.hosts = ["rota.example"] })
        client.host = host
        let answer = try await client.get("/healthz")
        #expect(answer.status == .ok)
    }

    @Test(arguments: ["http://evil.example", "null", "http://localhost:3000", "http://localhost"])
    func `a form sent from another origin is refused`(origin: String) async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let body = "form_key=\(client.formKey)"
            let answer = try await client.send(.post, "/dags/sales_daily/pause", [.origin: origin], body: body)
            #expect(answer.status == .forbidden)
            #expect(try await seeded.store.dag("sales_daily")?.isPaused == false)
        }
    }

    @Test func `what another site's page fetches is refused, and a followed link is not`() async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let site = try #require(HTTPField.Name("Sec-Fetch-Site"))
            let mode = try #require(HTTPField.Name("Sec-Fetch-Mode"))
            #expect(try await client.get("/", [site: "cross-site", mode: "no-cors"]).status == .forbidden)
            #expect(try await client.get("/", [site: "same-site", mode: "cors"]).status == .forbidden)
            #expect(try await client.get("/", [site: "cross-site", mode: "navigate"]).status == .ok)
        }
    }

    @Test func `a form without the session's key changes nothing`() async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            for body in ["", "form_key=", "form_key=\(String(repeating: "0", count: 64))"] {
                let answer = try await client.send(.post, "/dags/sales_daily/pause", body: body)
                #expect(answer.status == .forbidden)
            }
            #expect(try await seeded.store.dag("sales_daily")?.isPaused == false)
            #expect(try await client.post("/dags/sales_daily/pause").status == .seeOther)
            #expect(try await seeded.store.dag("sales_daily")?.isPaused == true)
        }
    }

    @Test(arguments: [
        ("//evil.example", "/"), ("/\\evil", "/"), ("https://evil", "/"), ("/runs?state=failed", "/runs?state=failed"),
    ])
    func `after signing in the way leads to a page of ours`(next: String, location: String) async throws {
        try await SeededSite.with { seeded in
            let token = try #require(try await seeded.store.createToken(name: "ci"))
            let answer = try await SiteClient(seeded).post("/login", "token=\(token)&next=\(Address.segment(next))")
            #expect(answer.status == .seeOther)
            #expect(answer.headers[.location] == location)
        }
    }

    @Test func `a wrong token at the form is told so`() async throws {
        try await SeededSite.with(seed: "") { seeded in
            let answer = try await SiteClient(seeded).post("/login", "token=nope&next=/")
            #expect(answer.status == .unauthorized)
            #expect(answer.text.contains("rota token create"))
        }
    }

    @Test func `signing out ends the session`() async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            #expect(try await client.get("/dags").status == .ok)
            #expect(try await client.post("/logout").status == .seeOther)
            #expect(try await client.get("/dags").status == .unauthorized)
        }
    }

    @Test func `every answer carries the headers that keep browsers safe`() async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            for path in ["/", "/nowhere", "/login", "/api/v1/dags", Asset.path(of: "ui.css")] {
                let headers = try await client.get(path).headers
                let policy = headers[try #require(.init("Content-Security-Policy"))] ?? ""
                #expect(policy.hasPrefix("default-src 'none'; script-src 'self'; style-src 'self'"), "\(path)")
                #expect(policy.contains("frame-ancestors 'none'"))
                #expect(!policy.contains("unsafe"))
                #expect(headers[try #require(.init("X-Content-Type-Options"))] == "nosniff")
                #expect(headers[.cacheControl] != nil)
            }
        }
    }
}
