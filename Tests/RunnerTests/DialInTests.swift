import AttemptProtocol
import Core
import Glibc
import TestKit
import Testing

@testable import Runner

struct DialInTests {
    private let fixture = DialInFixture()

    @Test(arguments: RunnerClaim.allCases)
    func `a runner that dials in keeps every promise`(_ claim: RunnerClaim) async throws {
        try await fixture.withRunner { runner, _ in
            try await claim.check(runner, folder: fixture.folder)
        }
    }

    @Test func `a piece that begins later than asked, beyond a log's cap, says so`() throws {
        for message in [CarrierMessage.bytes([1, 2], end: 9, start: 7), .bytes([1, 2], end: 9)] {
            #expect(try CarrierMessage(message.frame()) == message)
        }
    }

    @Test func `it tells its labels, its slots and how busy its host is`() async throws {
        try await fixture.withRunner { runner, switchboard in
            let terms = RunnerTerms(labels: ["etl"], slots: 4)
            #expect(switchboard.present == [Switchboard.Presence(name: "far", terms: terms)])
            let load = try await value(of: "word of its load") { await runner.load() }
            let figure = try #require(load.load)
            let free = try #require(load.memoryFree)
            #expect(figure >= 0)
            #expect(free > 0 && free <= 1)
        }
    }

    @Test func `it says on which terms it takes tasks`() async throws {
        let terms = RunnerTerms(
            labels: ["etl"],
            slots: 4,
            reserved: ReservedSlots(slots: 1, priority: 80),
            busy: LoadLimits(load: 2, memoryFree: 0.1, measure: 7, margin: 0.5)
        )
        try await fixture.withRunner {
            $0.terms = terms
        } _: { _, switchboard in
            #expect(switchboard.present == [Switchboard.Presence(name: "far", terms: terms)])
        }
    }

    @Test func `it tells its keeper's clock, so that attempts can be fenced`() async throws {
        try await fixture.withRunner { runner, _ in
            let first = try #require(try await runner.greet(heard: nil).clock)
            let second = try #require(try await runner.greet(heard: first).clock)
            #expect(second.bootID == first.bootID && second.sinceBoot >= first.sinceBoot)
        }
    }

    @Test func `a host that comes back finds its attempts, and needs its token no more`() async throws {
        let gate = fixture.folder + "/gate"
        let order = StartOrder("echo begun; until [ -e '\(gate)' ]; do sleep 0.02; done; echo on; exit 5")
        try await fixture.withRunner { runner, _ in _ = try await runner.start([order]) }
        try await fixture.withRunner {
            $0.joinToken = nil
        } _: { runner, _ in
            TextFile.write("", to: gate)
            guard case .ended(let record) = try await runner.outcome(of: order.id) else {
                Issue.record("it has no record")
                return
            }
            #expect(record.ending == .exited(5))
            #expect(try await runner.wholeLog(order.id) == Array("begun\non\n".utf8))
        }
    }

    @Test func `a server that comes back is dialled again`() async throws {
        let port = try await fixture.withGate { port, _ in port }
        let host = try await fixture.withGate(port: port) { port, _ in
            try await DialOut(fixture.host(port), logger: DialInFixture.logger)
        }
        try await DialInFixture.with([host]) {
            for _ in 0..<2 {
                try await fixture.withGate(port: port) { _, switchboard in
                    await switchboard.waits { !$0.isEmpty }
                    _ = try await switchboard.runner(named: "far").identify()
                }
            }
        }
    }

    @Test func `who waits for an answer is told when the connection is cut, and events end`() async throws {
        try await fixture.withRunner { runner, switchboard in
            var events = runner.events().makeAsyncIterator()
            _ = try await runner.ask([])
            switchboard.disconnect("far", reason: "somebody pulled the plug")
            let expected = RunnerError.unreachable(runner: "far", reason: "somebody pulled the plug")
            await #expect(throws: expected) { try await events.next() }
            _ = try await value(of: "runner that is back") { try? await runner.identify() }
        }
    }

    @Test func `events end when the keeper of the host is killed, and the host dials anew`() async throws {
        try await fixture.withRunner { runner, switchboard in
            var events = runner.events().makeAsyncIterator()
            let order = StartOrder("sleep 600")
            _ = try await runner.start([order])
            let keeper = try KeeperProbe(folder: fixture.folder + "/state").identity().processID
            kill(keeper, SIGKILL)
            await #expect(throws: RunnerError.self) { while try await events.next() != nil {} }
            let status = try await value(of: "runner that is back") { try? await runner.ask([order.id]).first }
            guard case .running = status else {
                Issue.record("what runs on is \(status)")
                return
            }
            try await runner.cancel(order.id, grace: .zero)
            #expect(try await runner.outcome(of: order.id).isOver)
        }
    }

    @Test func `a wrong token, a taken name and a missing token are sentences`() async throws {
        try await fixture.withGate { port, _ in
            var configuration = fixture.host(port)
            configuration.joinToken = "rota_join_of_others"
            await expectRefusal(configuration, "did not let us in: the join token is wrong")
            configuration.joinToken = nil
            await expectRefusal(configuration, "has not joined yet")
            configuration.joinToken = DialInFixture.token
            configuration.name = "a b"
            await expectRefusal(configuration, "cannot be the name of a runner")
            _ = try await DialOut(fixture.host(port), logger: DialInFixture.logger)
            await expectRefusal(fixture.host(port, state: "other"), "another host has joined as 'far'")
        }
    }

    @Test func `a runner that was removed is not let in`() async throws {
        try await fixture.withRunner { _, switchboard in
            fixture.registry.remove("far")
            switchboard.disconnect("far", reason: "it was removed")
            await switchboard.waits { $0.isEmpty }
            let credential = try #require(try RunnerCredential(in: fixture.folder + "/state"))
            #expect(try fixture.registry.directory(of: "far", credential: credential.secret) == nil)
        }
    }

    @Test func `its credential is its owner's alone`() async throws {
        try await fixture.withRunner { _, _ in
            let path = fixture.folder + "/state/joined"
            var facts = stat()
            #expect(unsafe stat(path, &facts) == 0)
            #expect(facts.st_mode & 0o777 == 0o600)
            #expect(TextFile.read(path)?.hasPrefix("far\nrota_runner_") == true)
        }
    }

    @Test(arguments: [(1...1, 1...2), (1...2, 1...1), (1...2, 2...3), (2...3, 1...2)])
    func `neighbouring editions understand each other`(
        _ host: ClosedRange<Int>,
        _ server: ClosedRange<Int>
    ) async throws {
        try await fixture.withGate(edition: CarrierEdition(server)) { port, switchboard in
            var configuration = fixture.host(port)
            configuration.edition = CarrierEdition(host)
            let host = try await DialOut(configuration, logger: DialInFixture.logger)
            try await DialInFixture.with([host]) {
                await switchboard.waits { !$0.isEmpty }
                let runner = switchboard.runner(named: "far")
                try await RunnerClaim.keepsEveryByteOfTheLog.check(runner, folder: fixture.folder)
            }
        }
    }

    @Test func `editions that are too far apart are a sentence that names the older side`() async throws {
        try await fixture.withGate(edition: CarrierEdition(3...4)) { port, _ in
            await expectRefusal(fixture.host(port), "upgrade rota on the runner's host")
        }
        try await fixture.withGate(edition: CarrierEdition(1...2)) { port, _ in
            var configuration = fixture.host(port)
            configuration.edition = CarrierEdition(3...4)
            await expectRefusal(configuration, "upgrade rota on the server")
        }
    }

    @Test(arguments: [(["a b"], 4), (["etl"], 0), (["etl"], 200_000), ([""], 1)])
    func `a host that comes back with what no runner may have is not connected`(
        _ labels: [String],
        _ slots: Int
    ) async throws {
        try await fixture.withGate { port, switchboard in
            _ = try await DialOut(fixture.host(port), logger: DialInFixture.logger)
            var configuration = fixture.host(port)
            configuration.joinToken = nil
            let session = DialOutSession(
                client: try DialOutClient(server: "http://localhost:\(port)", tls: TLSFiles(), edition: .ours),
                credential: try #require(try RunnerCredential(in: configuration.stateDirectory)),
                runner: fixture.local.runner,
                terms: RunnerTerms(labels: labels, slots: slots),
                silenceLimit: configuration.silenceLimit
            )
            let error = await session.run {}
            #expect(error.description.contains("label") || error.description.contains("slots"), "\(error)")
            #expect(switchboard.present.isEmpty)
        }
    }

    @Test func `forty hosts come back after their server was away`() async throws {
        let names = (0..<40).map { "host-\($0)" }
        let (port, hosts) = try await fixture.withGate { port, _ in
            var hosts: [DialOut] = []
            for name in names {
                let configuration = fixture.host(port, name: name, state: name)
                hosts.append(try await DialOut(configuration, logger: DialInFixture.logger))
            }
            return (port, hosts)
        }
        try await DialInFixture.with(hosts) {
            for _ in 0..<2 {
                try await fixture.withGate(port: port) { _, switchboard in
                    await switchboard.waits { Set($0.map(\.name)) == Set(names) }
                }
            }
        }
    }

    @Test(arguments: [1, 2, 3, 9])
    func `pauses between tries grow to an end, and differ`(_ failures: Int) {
        let shortest = DialOut.pause(after: failures, chance: 0)
        let longest = DialOut.pause(after: failures, chance: 1)
        #expect(shortest * 2 == longest)
        #expect(longest <= .seconds(10))
        #expect(longest >= DialOut.pause(after: max(1, failures - 1), chance: 1))
    }

    private func expectRefusal(_ configuration: DialOut.Configuration, _ words: String) async {
        let error = await #expect(throws: RunnerDaemonError.self) {
            _ = try await DialOut(configuration, logger: DialInFixture.logger)
        }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }
}
