import Core
import Glibc
import TestKit
import Testing

@testable import Runner

/// Certificates in both directions, and the sentences where they do not fit.
struct TLSTests {
    private let fixture = DialInFixture()

    /// Makes files and a gate that shows a certificate and demands one.
    private func withMutualGate(
        names: String = "DNS:localhost,IP:127.0.0.1",
        _ body: @Sendable (_ port: Int, _ ca: PrivateCA) async throws -> Void
    ) async throws {
        let ca = try await PrivateCA(in: fixture.folder)
        let server = try await ca.issue("server", names: names)
        let tls = TLSFiles(certificate: server.certificate, key: server.key, authority: ca.certificate)
        try await fixture.withGate(tls: tls) { port, _ in try await body(port, ca) }
    }

    private func refusal(_ port: Int, _ tls: TLSFiles) async -> String {
        var configuration = fixture.host(port, scheme: "https")
        configuration.tls = tls
        do throws(RunnerDaemonError) {
            _ = try await DialOut(configuration, logger: DialInFixture.logger)
            return "none"
        } catch {
            return error.description
        }
    }

    @Test func `both sides show certificates, and all goes through`() async throws {
        let ca = try await PrivateCA(in: fixture.folder)
        let (server, host) = (try await ca.issue("server"), try await ca.issue("host"))
        let tls = TLSFiles(certificate: server.certificate, key: server.key, authority: ca.certificate)
        try await fixture.withGate(tls: tls) { port, switchboard in
            var configuration = fixture.host(port, scheme: "https")
            configuration.tls = TLSFiles(certificate: host.certificate, key: host.key, authority: ca.certificate)
            let host = try await DialOut(configuration, logger: DialInFixture.logger)
            try await DialInFixture.with([host]) {
                await switchboard.waits { !$0.isEmpty }
                let runner = switchboard.runner(named: "far")
                try await RunnerClaim.readsTheLogWhileItGrows.check(runner, folder: fixture.folder)
            }
        }
    }

    @Test func `a host without a certificate, or with one of another CA, is not let in`() async throws {
        try await withMutualGate { port, ca in
            let bare = await refusal(port, TLSFiles(authority: ca.certificate))
            #expect(bare.contains("it demands a certificate of ours, and none is named"), "\(bare)")
            let stranger = try await PrivateCA(named: "stranger", in: fixture.folder).issue("strange")
            let strange = await refusal(
                port,
                TLSFiles(certificate: stranger.certificate, key: stranger.key, authority: ca.certificate)
            )
            #expect(strange.contains("it does not trust the CA that signed our certificate"), "\(strange)")
        }
    }

    @Test func `a server of an unknown CA is not trusted`() async throws {
        try await withMutualGate { port, _ in
            let words = await refusal(port, TLSFiles())
            #expect(words.contains("signed by a CA that is not trusted here"), "\(words)")
        }
    }

    @Test func `a server with another name is not trusted unless its name does not matter`() async throws {
        try await withMutualGate(names: "DNS:elsewhere.example") { port, ca in
            let words = await refusal(port, TLSFiles(authority: ca.certificate))
            #expect(words.contains("is not for the name 'localhost'. It is for elsewhere.example."), "\(words)")
            let host = try await ca.issue("host")
            let lax = TLSFiles(
                certificate: host.certificate,
                key: host.key,
                authority: ca.certificate,
                verifiesName: false
            )
            #expect(await refusal(port, lax) == "none")
        }
    }

    @Test func `an expired certificate is named as such on both sides`() async throws {
        let ca = try await PrivateCA(in: fixture.folder)
        let old = try await ca.issueExpired("old")
        let error = #expect(throws: RunnerDaemonError.self) {
            try DialInGate(
                DialInGate.Configuration(
                    host: "127.0.0.1",
                    port: 0,
                    tls: TLSFiles(certificate: old.certificate, key: old.key)
                ),
                switchboard: Switchboard(),
                registry: fixture.registry,
                logger: DialInFixture.logger
            )
        }
        #expect(error?.description.contains("has expired on 2020-01-02") == true)
        let server = try Program(
            "/usr/bin/openssl",
            ["s_server", "-accept", "127.0.0.1:0", "-cert", old.certificate, "-key", old.key, "-www"],
            environment: ["PATH": "/usr/bin:/bin"]
        )
        let line = try await server.line(startingWith: "ACCEPT ")
        let port = try #require(line.split(separator: ":").last.flatMap { Int($0) })
        let words = await refusal(port, TLSFiles(authority: ca.certificate))
        #expect(words.contains("its certificate has expired on 2020-01-02"), "\(words)")
    }

    @Test func `an address without TLS behind it says so`() async throws {
        try await fixture.withGate { port, _ in
            let words = await refusal(port, TLSFiles())
            #expect(words.contains("does not speak TLS"), "\(words)")
        }
    }

    @Test func `a daemon that listens demands certificates of its servers too`() async throws {
        let ca = try await PrivateCA(in: fixture.folder)
        let (daemon, server) = (try await ca.issue("daemon"), try await ca.issue("server"))
        let listening = HTTPFixture()
        let tls = TLSFiles(certificate: daemon.certificate, key: daemon.key, authority: ca.certificate)
        try await listening.withDaemon({ $0.tls = tls }) { port in
            let url = "https://127.0.0.1:\(port)"
            let mine = TLSFiles(certificate: server.certificate, key: server.key, authority: ca.certificate)
            let friend = try HTTPRunner(name: "far", url: url, token: HTTPFixture.token, tls: mine)
            try await RunnerClaim.readsTheLogWhileItGrows.check(friend, folder: listening.folder)
            let bare = TLSFiles(authority: ca.certificate)
            let stranger = try HTTPRunner(name: "far", url: url, token: HTTPFixture.token, tls: bare)
            let error = await #expect(throws: RunnerError.self) { try await stranger.identify() }
            #expect(
                error?.description.contains("it demands a certificate of ours") == true,
                "\(String(describing: error))"
            )
        }
    }

    @Test func `files that do not fit are told before anything is dialled`() async throws {
        let half = await refusal(1, TLSFiles(certificate: "/c"))
        #expect(half.contains("certificate and key go together"), "\(half)")
        let missing = await refusal(1, TLSFiles(authority: "/no/such/ca.pem"))
        #expect(missing.contains("/no/such/ca.pem cannot be used for TLS: No such file or directory"), "\(missing)")
    }
}
