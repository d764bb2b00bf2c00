import Core
import Glibc
import TestKit
import Testing

/// A server starts by one command, lets in whom it should, and says clearly when it cannot work.
struct ServingTests {
    static let hello = "tasks:\n  greet:\n    run: echo hello\n"

    @Test func `from nothing to a served page by one command`() async throws {
        try await Station.with { station in
            let server = try await station.start(["hello.yaml": Self.hello])
            let address = try station.address
            #expect(try address.ask("GET", "/healthz").status == 200)
            #expect(try address.ask("GET", "/readyz").status == 200)
            #expect(station.ready == "ready \(address.url)\(address.link)")

            let made = try await station.rota("token", "create", "tester")
            let token = String(made.text.split(separator: "\n").first ?? "")
            #expect(made.exitCode == 0 && !token.isEmpty, "\(made)")
            for path in ["/", "/dags", "/dags/hello", "/api/v1/dags"] {
                let answer = try address.ask("GET", path, ["Authorization": "Bearer \(token)"])
                #expect(answer.status == 200, "\(path): \(answer)")
                #expect(answer.body.contains(path == "/" ? "Rota" : "hello"), "\(path): \(answer)")
            }
            server.signal(SIGINT)
            let result = try await server.result()
            #expect(result.exitCode == 0, "\(result)")
            #expect(result.text.split(separator: "\n").count == 1, "one line on standard output: \(result)")
        }
    }

    @Test func `a one-time link signs a browser in, once`() async throws {
        try await Station.with { station in
            _ = try await station.start()
            let address = try station.address
            let first = try address.ask("GET", address.link)
            #expect(first.status == 303 || first.status == 302, "\(first)")
            let cookie = try #require(first.cookie)
            let page = try address.ask("GET", "/", ["Cookie": cookie])
            #expect(page.status == 200, "\(page)")
            let second = try address.ask("GET", address.link)
            #expect(second.status == 410 && second.cookie == nil, "\(second)")
            #expect(second.body.contains("rota login"), "\(second)")

            let login = try await station.rota("login")
            let link = try #require(login.text.split(separator: "\n").first { $0.hasPrefix("http") }, "\(login)")
            let path = String(link.dropFirst(address.url.count))
            #expect(try address.ask("GET", path).cookie != nil, "\(login)")
            #expect(try address.ask("GET", path).status == 410)
        }
    }

    @Test func `strangers, other sites and other names are turned away`() async throws {
        try await Station.with { station in
            _ = try await station.start()
            let address = try station.address
            for path in ["/", "/dags", "/runs", "/api/v1/dags", "/api/v1/runs"] {
                #expect(try address.ask("GET", path).status == 401, "\(path)")
                let guess = try address.ask("GET", path, ["Authorization": "Bearer guessed"])
                #expect(guess.status == 401, "\(path): \(guess)")
                let cookie = try address.ask("GET", path, ["Cookie": "rota=guessed"])
                #expect(cookie.status == 401, "\(path): \(cookie)")
            }
            let foreign = try address.ask("GET", "/", ["Host": "rota.evil.example"])
            #expect(foreign.status == 421, "\(foreign)")
            let made = try await station.rota("token", "create", "tester")
            let token = String(made.text.split(separator: "\n").first ?? "")
            let post = try address.ask(
                "POST",
                "/api/v1/dags/none/pause",
                ["Authorization": "Bearer \(token)", "Origin": "http://evil.example"]
            )
            #expect(post.status == 403, "\(post)")
            let otherPort = try address.ask(
                "POST",
                "/api/v1/dags/none/pause",
                ["Authorization": "Bearer \(token)", "Origin": "http://127.0.0.1:1"]
            )
            #expect(otherPort.status == 403, "\(otherPort)")

            let refused = try await station.bare(["dags", "list", "--url", address.url])
            #expect(refused.exitCode == 5 && refused.errorText.contains("rota token create"), "\(refused)")
            let environment = ["ROTA_URL": address.url, "ROTA_TOKEN": token]
            let accepted = try await station.bare(["dags", "list"], environment: environment)
            #expect(accepted.exitCode == 0, "\(accepted)")
            let revoked = try await station.rota("token", "revoke", "tester")
            #expect(revoked.exitCode == 0, "\(revoked)")
            let late = try await station.bare(["dags", "list"], environment: environment)
            #expect(late.exitCode == 5, "\(late)")
        }
    }

    @Test func `a second server on the same data directory is refused`() async throws {
        try await Station.with { station in
            _ = try await station.start()
            let other = ["standalone", "--data", station.data, "--dags", station.dags, "--port", "0"]
            let second = try await station.bare(other)
            #expect(second.exitCode == 5, "\(second)")
            #expect(second.errorText.contains(station.data), "\(second)")
            #expect(try await station.rota("dags", "list").exitCode == 0)
        }
    }

    @Test func `a port that is taken is named, and nothing is left running`() async throws {
        try await Station.with { station in
            _ = try await station.start()
            let port = try station.address.port
            let data = station.folder + "/other"
            let second = try await station.bare(
                ["standalone", "--data", data, "--dags", station.dags, "--port", "\(port)"])
            #expect(second.exitCode == 2, "\(second)")
            #expect(second.errorText.contains("\(port)"), "\(second)")
            let left = Processes.all.filter { Processes.words($0).contains { $0.hasPrefix(data + "/") } }
            #expect(left.map { Processes.words($0) } == [])
        }
    }

    @Test func `what keeps a server from starting is said in one sentence`() async throws {
        try await Station.with { station in
            let blocked = station.folder + "/blocked"
            try TextFile.write("", to: blocked)
            let data = try await station.bare(["standalone", "--data", blocked, "--dags", station.dags])
            #expect(data.exitCode == 2, "\(data)")
            #expect(data.errorText.contains(blocked) && data.errorText.contains("--data"), "\(data)")
            let missing = try await station.bare(
                ["standalone", "--data", station.data, "--dags", station.folder + "/nowhere"])
            #expect(missing.exitCode == 2 && missing.errorText.contains("/nowhere"), "\(missing)")
            let none = try await station.bare(["serve", "--data", station.data, "--dags", station.dags])
            #expect(none.exitCode == 4 && none.errorText.contains("DATABASE_URL"), "\(none)")
            let url = ["DATABASE_URL": "postgres://rota@127.0.0.1:1/rota"]
            let down = try await station.bare(
                ["serve", "--data", station.data, "--dags", station.dags],
                environment: url
            )
            #expect(down.exitCode == 4, "\(down)")
            let wrong = ["DATABASE_URL": "no address at all"]
            let bad = try await station.bare(
                ["serve", "--data", station.data, "--dags", station.dags],
                environment: wrong
            )
            #expect(bad.exitCode == 4 || bad.exitCode == 2, "\(bad)")
            for result in [data, missing, none, down, bad] {
                #expect(!result.errorText.contains("Error Domain") && !result.errorText.contains("0x"), "\(result)")
            }
        }
    }

    @Test(.enabled(if: geteuid() != 0, "root may write everywhere"))
    func `a data directory that is not writable is named`() async throws {
        try await Station.with { station in
            unsafe mkdir(station.data, 0o500)
            let result = try await station.bare(["standalone", "--data", station.data, "--dags", station.dags])
            #expect(result.exitCode == 2 && result.errorText.contains(station.data), "\(result)")
        }
    }

    @Test func `without a server a client says where it looked and what to do`() async throws {
        try await Station.with { station in
            let result = try await station.rota("dags", "list")
            #expect(result.exitCode == 4, "\(result)")
            #expect(
                result.errorText.contains(station.data) && result.errorText.contains("rota standalone"),
                "\(result)"
            )
        }
    }
}
