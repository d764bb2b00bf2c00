import Core
import Glibc
import Logging
import Runner
import TestKit
import Testing

struct HTTPRunnerTests {
    private let fixture = HTTPFixture()

    @Test(arguments: RunnerClaim.allCases)
    func `a runner over HTTP keeps every promise`(_ claim: RunnerClaim) async throws {
        let folder = fixture.folder
        try await fixture.withDaemon { port in
            try await claim.check(try HTTPFixture.runner(port), folder: folder)
        }
    }

    @Test(arguments: ["", "a token that is long enougH", "a token that is long enough and longer", "a"])
    func `a wrong token is refused and starts nothing`(_ token: String) async throws {
        let witness = fixture.folder + "/witness"
        try await fixture.withDaemon { port in
            let stranger = try HTTPFixture.runner(port, token: token)
            let expected = RunnerError.notAuthorised(runner: "far", reason: "the token was missing or wrong")
            await #expect(throws: expected) { try await stranger.identify() }
            await #expect(throws: expected) { try await stranger.start([StartOrder("touch '\(witness)'")]) }
            await #expect(throws: expected) { try await stranger.readLog(.fresh(), from: 0, limit: 1) }
            var events = stranger.events().makeAsyncIterator()
            await #expect(throws: expected) { try await events.next() }
        }
        #expect(TextFile.read(witness) == nil)
    }

    @Test func `a daemon that comes back finds its attempts, and what ended meanwhile`() async throws {
        let folder = fixture.folder
        let gate = folder + "/gate"
        let order = StartOrder("echo begun; until [ -e '\(gate)' ]; do sleep 0.02; done; echo on; exit 5")
        let quick = StartOrder("exit 3")
        let port = try await fixture.withDaemon { port in
            let runner = try HTTPFixture.runner(port)
            _ = try await runner.start([order, quick])
            return port
        }
        let runner = try HTTPFixture.runner(port)
        await #expect(throws: RunnerError.self) { try await runner.ask([order.id]) }
        TextFile.write("", to: gate)
        try await fixture.withDaemon(port: port) { _ in
            for (id, code) in [(order.id, Int32(5)), (quick.id, 3)] {
                guard case .ended(let record) = try await runner.outcome(of: id) else {
                    Issue.record("it has no record")
                    continue
                }
                #expect(record.ending == .exited(code))
            }
            #expect(try await runner.wholeLog(order.id) == Array("begun\non\n".utf8))
        }
    }

    @Test func `the stream of events breaks with a sentence when the daemon goes`() async throws {
        let stream = try await fixture.withDaemon { port in
            let runner = try HTTPFixture.runner(port)
            let stream = runner.events()
            _ = try await runner.ask([])
            return stream
        }
        var events = stream.makeAsyncIterator()
        let error = await #expect(throws: RunnerError.self) { try await events.next() }
        #expect(error?.description.hasPrefix("runner 'far' cannot be reached: ") == true)
    }

    @Test func `silence is noticed`() async throws {
        let server = SilentServer()
        let runner = try HTTPRunner(
            name: "far",
            url: "http://127.0.0.1:\(server.port)",
            token: "t",
            silenceLimit: .milliseconds(600)
        )
        var events = runner.events().makeAsyncIterator()
        let error = await #expect(throws: RunnerError.self) { try await events.next() }
        #expect(error?.description.contains("no sign of life") == true)
    }

    @Test func `nobody at the address is one clear sentence`() async throws {
        let closed = SilentServer(isListening: false)
        let port = closed.port
        let runner = try HTTPFixture.runner(port)
        let reason = "no connection, or it broke: Connection refused"
        await #expect(throws: RunnerError.unreachable(runner: "far", reason: reason)) { try await runner.identify() }
    }

    @Test func `TLS carries all the same, and only to those who trust the certificate`() async throws {
        let folder = fixture.folder
        let file = RunnerFixture.path("tls/certificate.pem")
        let key = RunnerFixture.path("tls/key.pem")
        try await fixture.withDaemon(certificate: (file, key)) { port in
            let url = "https://127.0.0.1:\(port)"
            let friend = try HTTPRunner(name: "far", url: url, token: HTTPFixture.token, tls: TLSFiles(authority: file))
            try await RunnerClaim.readsTheLogWhileItGrows.check(friend, folder: folder)
            let stranger = try HTTPRunner(name: "far", url: url, token: HTTPFixture.token)
            await #expect(throws: RunnerError.self) { try await stranger.identify() }
            let plain = try HTTPFixture.runner(port)
            await #expect(throws: RunnerError.self) { try await plain.identify() }
        }
    }

    @Test(arguments: [(1...1, 1...2), (1...2, 1...1), (2...3, 1...2)])
    func `a daemon of a neighbouring edition is understood`(
        _ daemon: ClosedRange<Int>,
        _ server: ClosedRange<Int>
    ) async throws {
        try await fixture.withDaemon({ $0.edition = CarrierEdition(daemon) }) { port in
            let runner = try HTTPRunner(
                name: "far",
                url: "http://127.0.0.1:\(port)",
                token: HTTPFixture.token,
                edition: CarrierEdition(server)
            )
            try await RunnerClaim.keepsEveryByteOfTheLog.check(runner, folder: fixture.folder)
            let tells = daemon.upperBound >= 2 && server.upperBound >= 2
            let events = runner.events()
            var iterator = events.makeAsyncIterator()
            if tells { _ = try await value(of: "word of its load") { await runner.load() } }
            _ = try await runner.start([StartOrder("true")])
            _ = try await iterator.next()
            if !tells { #expect(await runner.load() == nil) }
        }
    }

    @Test(arguments: [(3...4, 1...2, "the server"), (1...1, 2...3, "the runner's host")])
    func `a daemon of a distant edition is a sentence that names the older side`(
        _ daemon: ClosedRange<Int>,
        _ server: ClosedRange<Int>,
        _ older: String
    ) async throws {
        try await fixture.withDaemon({ $0.edition = CarrierEdition(daemon) }) { port in
            let runner = try HTTPRunner(
                name: "far",
                url: "http://127.0.0.1:\(port)",
                token: HTTPFixture.token,
                edition: CarrierEdition(server)
            )
            let error = await #expect(throws: RunnerError.self) { try await runner.identify() }
            #expect(error?.description.contains("upgrade rota on \(older)") == true, "\(String(describing: error))")
        }
    }

    @Test(arguments: ["", "host:1", "ftp://host", "http://", "http://u@127.0.0.1", "http://example.org:8091"])
    func `an address that cannot be meant, or would show the token, is refused`(_ url: String) {
        #expect(throws: RunnerError.self) { try HTTPRunner(name: "far", url: url, token: "t") }
    }
}

/// A port that takes connections and never answers, for as long as the object lives.
final class SilentServer {
    private let socket: Int32
    let port: Int

    /// Without listening the port is taken and yet refuses connections.
    init(isListening: Bool = true) {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let number = socket
        unsafe withUnsafeMutablePointer(to: &address) { pointer in
            let general = unsafe UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: sockaddr.self)
            unsafe bind(number, general, length)
            unsafe getsockname(number, general, &length)
        }
        if isListening { listen(socket, 8) }
        port = Int(UInt16(bigEndian: address.sin_port))
    }

    deinit {
        close(socket)
    }
}
