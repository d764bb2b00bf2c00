import AttemptProtocol
import Core
import Glibc
import TestKit
import Testing

@testable import Runner

/// Hosts that were copied together with their state directories.
struct CopiedHostTests {
    private let fixture = DialInFixture()
    private var original: String { fixture.folder + "/state" }
    private var copy: String { fixture.folder + "/copy" }

    @Test(arguments: [
        (StatePlace(machine: "a", folder: 7), StatePlace(machine: "a", folder: 7), nil as String?),
        (StatePlace(machine: nil, folder: 7), StatePlace(machine: "a", folder: 7), nil),
        (StatePlace(machine: "a", folder: 7), StatePlace(machine: nil, folder: 7), nil),
        (StatePlace(machine: "a", folder: 7), StatePlace(machine: "b", folder: 7), "another machine"),
        (StatePlace(machine: "a", folder: 7), StatePlace(machine: "a", folder: 8), "another folder"),
        (StatePlace(machine: nil, folder: 7), StatePlace(machine: nil, folder: 8), "another folder"),
    ])
    func `a state directory knows the place where it was made`(
        _ made: StatePlace,
        _ here: StatePlace,
        _ words: String?
    ) throws {
        let objection = made.objection(here: here)
        #expect((objection == nil) == (words == nil))
        #expect(objection?.contains(words ?? "") ?? true)
        #expect(StatePlace(text: made.text) == made)
    }

    @Test func `a directory that was copied from another machine says so and what to do`() throws {
        let machine = fixture.folder + "/machine"
        let directory = StateDirectory(path: original)
        _ = try directory.prepare()
        TextFile.write("0123456789abcdef0123456789abcdef\n", to: machine)
        #expect(try directory.objectionToPlace(machineFiles: [machine]) == nil)
        TextFile.write("ffffffffffffffffffffffffffffffff\n", to: machine)
        let objection = try #require(try directory.objectionToPlace(machineFiles: [machine]))
        #expect(objection.contains("another machine") && objection.contains(directory.placeFile), "\(objection)")
        TextFile.write("", to: machine)
        #expect(try directory.objectionToPlace(machineFiles: [machine]) == nil, "a host without such a name")
    }

    @Test func `nobody serves a copied directory before a person has said so`() async throws {
        let runner = local(original)
        let identity = try await runner.identify()
        try await makeCopy(keepsPlace: true)
        let other = local(copy)
        let error = await #expect(throws: RunnerError.self) { try await other.identify() }
        #expect(error?.description.contains("belongs to another runner") == true, "\(error?.description ?? "")")
        #expect(try await runner.identify() == identity)
        try await fixture.withGate { port, _ in
            var configuration = fixture.host(port, state: "copy")
            configuration.joinToken = nil
            let error = await #expect(throws: RunnerDaemonError.self) {
                _ = try await DialOut(configuration, logger: DialInFixture.logger)
            }
            #expect(error?.description.contains("remove the directory") == true, "\(error?.description ?? "")")
        }
        unsafe unlink(StateDirectory(path: copy).placeFile)
        #expect(try await other.identify().directoryID == identity.directoryID)
    }

    @Test func `a copy of a host that dials in is refused as long as the host answers`() async throws {
        try await fixture.withGate { port, switchboard in
            let host = try await DialOut(fixture.host(port), logger: DialInFixture.logger)
            try await DialInFixture.with([host]) {
                await switchboard.waits { !$0.isEmpty }
                let first = try await switchboard.runner(named: "far").identify()
                try await makeCopy(keepsPlace: false)
                try await withKeeperOfCopy {
                    let error = try await dial(port)
                    #expect(error.description.contains("has the same state directory as another one"), "\(error)")
                    let client = try DialOutClient(server: "http://localhost:\(port)", tls: TLSFiles(), edition: .ours)
                    #expect(client.words(error).contains("refused: this host"), "\(client.words(error))")
                    #expect(error.description.contains("remove its state directory"), "\(error)")
                    #expect(try await switchboard.runner(named: "far").identify() == first, "it goes on")
                    #expect(fixture.registry.copies.map(\.runner) == ["far"])
                }
            }
        }
    }

    @Test func `a host of another boot is let in once the one of before is gone`() async throws {
        try await fixture.withGate { port, switchboard in
            let host = try await DialOut(fixture.host(port), logger: DialInFixture.logger)
            try await DialInFixture.with([host]) { await switchboard.waits { !$0.isEmpty } }
            await switchboard.waits { $0.isEmpty }
            try await makeCopy(keepsPlace: false)
            try await withKeeperOfCopy {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { _ = try await dial(port) }
                    await switchboard.waits { !$0.isEmpty }
                    let identity = try await switchboard.runner(named: "far").identify()
                    #expect(identity.bootID == "boot-of-the-copy")
                    group.cancelAll()
                }
            }
        }
    }

    // MARK: - The copy

    private func local(_ folder: String) -> LocalRunner {
        LocalRunner(
            name: "local",
            stateDirectory: folder,
            keeperExecutable: LocalFixture.keeperExecutable,
            keeperIdleLimit: .seconds(1)
        )
    }

    /// Copies the directory as with its disk; one that keeps its place was not made here.
    private func makeCopy(keepsPlace: Bool) async throws {
        let copied = try await Program.run("/bin/cp", ["-a", "--", original, copy])
        #expect(copied.exitCode == 0, "\(copied)")
        if !keepsPlace { unsafe unlink(StateDirectory(path: copy).placeFile) }
    }

    /// Runs the keeper of the copy's host, in another boot.
    private func withKeeperOfCopy(_ body: () async throws -> Void) async throws {
        let bootFile = fixture.folder + "/boot"
        TextFile.write("boot-of-the-copy\n", to: bootFile)
        let keeper = try Program(
            LocalFixture.keeperExecutable,
            ["--foreground", "--state", copy, "--idle", "600"],
            environment: [BootID.fileVariable: bootFile]
        )
        defer { keeper.signal(SIGKILL) }
        try await eventually("keeper of the copy") {
            (try? KeeperProbe(folder: copy).identity().bootID) == "boot-of-the-copy"
        }
        try await body()
    }

    /// Dials as the copy, and says why the connection ended.
    private func dial(_ port: Int) async throws -> RunnerError {
        let session = DialOutSession(
            client: try DialOutClient(server: "http://localhost:\(port)", tls: TLSFiles(), edition: .ours),
            credential: try #require(try RunnerCredential(in: copy)),
            runner: local(copy),
            terms: RunnerTerms(labels: ["etl"], slots: 4),
            silenceLimit: .seconds(45)
        )
        return await session.run {}
    }
}
