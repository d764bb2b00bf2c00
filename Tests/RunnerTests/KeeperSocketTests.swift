import AttemptProtocol
import Core
import Glibc
import Runner
import Testing

/// What a keeper makes of clients that misbehave.
struct KeeperSocketTests {
    private let fixture = LocalFixture()
    private var folder: String { fixture.folder + "/state" }

    @Test func `a request of a later edition gets an answer, and the connection goes on`() async throws {
        _ = try await fixture.runner.identify()
        let probe = try KeeperProbe(folder: folder)
        guard case .unable(let reason) = try probe.ask(Frame(kind: 60, request: 3, body: [1, 2, 3])) else {
            Issue.record("an unknown request was answered")
            return
        }
        #expect(reason.contains("too old"))
        guard case .unable = try probe.ask(Frame(kind: 2, request: 4, body: [1, 255, 255, 255, 255])) else {
            Issue.record("a broken request was answered")
            return
        }
        #expect(try !probe.identity().directoryID.isEmpty)
    }

    @Test func `a runaway length ends that connection and no other`() async throws {
        _ = try await fixture.runner.identify()
        let probe = try KeeperProbe(folder: folder)
        probe.send([255, 255, 255, 255, 0, 0, 0, 0, 1])
        #expect(throws: Unexpected.self) { try probe.receive() }
        #expect(try await fixture.runner.identify().directoryID.count == 32)
    }

    @Test func `a client that does not read holds nobody up`() async throws {
        _ = try await fixture.runner.identify()
        let silent = try KeeperProbe(folder: folder)
        silent.send(KeeperRequest.subscribe.frame(request: 1).encoded)
        for number in 0..<5 {
            let orders = (0..<40).map { StartOrder("exit \($0)", run: "r\(number)") }
            _ = try await fixture.runner.start(orders)
            for order in orders { #expect(try await fixture.runner.outcome(of: order.id).isOver) }
        }
    }

    @Test func `only its owner can come in`() async throws {
        _ = try await fixture.runner.identify()
        for path in [folder, folder + "/attempts", folder + "/runs", folder + "/keeper.sock", folder + "/journal.1"] {
            let permissions = try #require(FileFacts(path: path)).permissions
            #expect(permissions & 0o077 == 0, "\(path) is open to others")
        }
        let order = StartOrder("true")
        _ = try await fixture.runner.record(of: order)
        for name in ["", "/script", "/log"] {
            let permissions = try #require(FileFacts(path: "\(folder)/attempts/\(order.id)\(name)")).permissions
            #expect(permissions & 0o077 == 0, "\(name) is open to others")
        }
    }

    @Test func `two keepers never serve one directory`() async throws {
        _ = try await fixture.runner.identify()
        let first = try KeeperProbe(folder: folder).identity().processID
        var process: Int32 = 0
        let words = [LocalFixture.keeperExecutable, "--state", folder, "--idle", "1"]
        let code = unsafe CStrings.with(words) { words in
            unsafe posix_spawn(&process, LocalFixture.keeperExecutable, nil, nil, words, environ)
        }
        #expect(code == 0)
        var status: Int32 = -1
        while unsafe waitpid(process, &status, 0) < 0 && errno == EINTR {}
        #expect(status == 0)
        #expect(try KeeperProbe(folder: folder).identity().processID == first)
    }
}
