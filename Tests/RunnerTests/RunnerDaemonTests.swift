import Core
import Glibc
import Logging
import Runner
import Testing

/// What a runner daemon refuses before it listens.
struct RunnerDaemonTests {
    private let fixture = HTTPFixture()

    private func start(_ change: (inout RunnerDaemon.Configuration) -> Void) throws {
        TextFile.write(HTTPFixture.token, to: fixture.folder + "/token")
        var configuration = RunnerDaemon.Configuration(
            tokenFile: fixture.folder + "/token",
            stateDirectory: fixture.folder + "/state",
            keeperExecutable: LocalFixture.keeperExecutable
        )
        change(&configuration)
        _ = try RunnerDaemon(configuration, logger: Logger(label: "test"))
    }

    @Test(arguments: ["0.0.0.0", "::", "10.0.0.1", "example.org", "127.0.0.1.example.org"])
    func `an address that others can reach needs TLS`(_ host: String) {
        #expect(throws: RunnerDaemonError.plainText(address: host)) { try start { $0.host = host } }
    }

    @Test func `a token must be there and be a secret`() {
        let path = fixture.folder + "/other"
        #expect(throws: RunnerDaemonError.tokenFile(path: path, reason: "No such file or directory")) {
            try start { $0.tokenFile = path }
        }
        TextFile.write("short\n", to: path)
        #expect(throws: RunnerDaemonError.weakToken(path: path)) { try start { $0.tokenFile = path } }
    }

    @Test func `a certificate goes with its key, and both must work`() {
        #expect(throws: RunnerDaemonError.halfCertificate) { try start { $0.tls.certificate = "/c" } }
        #expect(throws: RunnerDaemonError.self) {
            try start {
                $0.tls.certificate = "/no/such/file"
                $0.tls.key = "/no/such/file"
            }
        }
    }

    @Test func `a port that is taken is one clear sentence`() async throws {
        let server = SilentServer()
        let error = await #expect(throws: RunnerDaemonError.self) {
            try await fixture.withDaemon(port: server.port) { _ in }
        }
        let sentence = "cannot listen on 127.0.0.1:\(server.port): Address already in use"
        #expect(error?.description == sentence)
    }
}
