import AttemptProtocol
import Core
import Glibc
import Runner
import TestKit
import Testing

/// What is known after keepers died, were replaced, or the host was restarted.
struct LocalRecoveryTests {
    private let fixture = LocalFixture()
    private var runner: LocalRunner { fixture.runner }
    private var check: RunnerCheck<LocalRunner> { RunnerCheck(runner: fixture.runner, folder: fixture.folder) }

    @Test func `attempts go on when the adapter goes, and the next one finds them`() async throws {
        let gate = fixture.folder + "/gate"
        let order = gated(gate, "exit 5")
        do {
            let first = fixture.anotherRunner()
            _ = try await first.start([order])
        }
        guard case .running = try #require(try await runner.ask([order.id]).first) else {
            Issue.record("it does not run any more")
            return
        }
        TextFile.write("", to: gate)
        guard case .ended(let record) = try await runner.outcome(of: order.id) else {
            Issue.record("it has no record: \(try await runner.ask([order.id]))")
            return
        }
        #expect(record.ending == .exited(5))
        #expect(try await runner.wholeLog(order.id) == Array("begun\ngone on\n".utf8))
    }

    @Test func `a killed keeper's attempts run on; those that end meanwhile are lost with proof`() async throws {
        let gates = [fixture.folder + "/one", fixture.folder + "/two"]
        let orders = gates.map { gated($0, "touch '\($0).done'") }
        let finished = StartOrder("exit 4")
        _ = try await runner.record(of: finished)
        _ = try await runner.start(orders)
        for order in orders { _ = try await check.numbers(in: order.id, until: "begun") }
        try await killKeeper()
        TextFile.write("", to: gates[0])
        try await eventually("the task's last deed") { TextFile.read(gates[0] + ".done") != nil }
        guard case .lost(let proof) = try await runner.outcome(of: orders[0].id) else {
            Issue.record("how it ended cannot be known, and yet is")
            return
        }
        #expect(proof.contains("its lock is free"))
        let statuses = try await runner.ask([orders[1].id, finished.id])
        guard case .running(let start) = statuses[0], case .ended(let record) = statuses[1] else {
            Issue.record("unexpected: \(statuses)")
            return
        }
        #expect(start.processID > 0)
        #expect(record.ending == .exited(4))
        TextFile.write("", to: gates[1])
        guard case .lost = try await runner.outcome(of: orders[1].id) else {
            Issue.record("the attempt without a parent was not settled")
            return
        }
        #expect(try await runner.wholeLog(orders[1].id) == Array("begun\ngone on\n".utf8))
    }

    @Test func `a killed keeper's attempts can be cancelled by the next`() async throws {
        let order = StartOrder("(trap '' TERM; setsid sleep 600) & echo begun; sleep 600")
        _ = try await runner.start([order])
        _ = try await check.numbers(in: order.id, until: "begun")
        try await killKeeper()
        try await runner.cancel(order.id, grace: .milliseconds(200))
        guard case .ended(let record) = try await runner.outcome(of: order.id) else {
            Issue.record("a cancelled attempt has no record")
            return
        }
        #expect(record.cause == .cancelled)
        #expect(try #require(record.note).contains("presumed"))
    }

    @Test func `the time of an attempt is kept over the death of its keeper`() async throws {
        var order = StartOrder("echo begun; sleep 600")
        order.timeout = .milliseconds(1500)
        _ = try await runner.start([order])
        _ = try await check.numbers(in: order.id, until: "begun")
        try await killKeeper()
        guard case .ended(let record) = try await runner.outcome(of: order.id) else {
            Issue.record("it has no record: \(try await runner.ask([order.id]))")
            return
        }
        #expect(record.cause == .timedOut)
        #expect(record.duration >= .milliseconds(1400))
    }

    @Test func `tombstones, ends and forgotten identities outlive a killed keeper`() async throws {
        let tombstone = StartOrder("touch '\(fixture.folder)/never'")
        let forgotten = StartOrder("echo ran >> '\(fixture.folder)/ran'")
        _ = try await runner.ask([tombstone.id])
        _ = try await runner.record(of: forgotten)
        try await runner.forget([forgotten.id])
        _ = try await runner.ask([AttemptID.fresh()])
        try await killKeeper()
        let answers = try await runner.start([tombstone, forgotten])
        guard case .status(.neverStarted) = answers[0], case .refused = answers[1] else {
            Issue.record("unexpected: \(answers)")
            return
        }
        #expect(TextFile.read(fixture.folder + "/never") == nil)
        #expect(TextFile.read(fixture.folder + "/ran") == "ran\n")
    }

    @Test func `a torn end of the journal costs only what was torn`() async throws {
        let orders = (0..<20).map { StartOrder("exit \($0)") }
        for order in orders { _ = try await runner.record(of: order) }
        try await killKeeper()
        let journal = fixture.folder + "/state/journal.1"
        let file = try Descriptor(path: journal, flags: O_RDWR)
        let bytes = try file.read(from: 0, limit: Int(file.length))
        let end = JournalEntry.read(bytes).end
        // Half an entry, as a host that lost its power may leave it, and a whole one beyond.
        let entry = JournalEntry.lost(orders[3].id, proof: "must not be seen").encoded
        try file.write(Array(entry.prefix(entry.count / 2)) + [1, 2, 3], at: Int64(end))
        try file.write(entry, at: Int64(end + entry.count))
        let statuses = try await runner.ask(orders.map(\.id))
        for (number, status) in statuses.enumerated() {
            guard case .ended(let record) = status else {
                Issue.record("attempt \(number) is \(status)")
                continue
            }
            #expect(record.ending == .exited(Int32(number)))
        }
    }

    @Test func `a keeper that is replaced keeps its attempts to their end`() async throws {
        let gate = fixture.folder + "/gate"
        let order = gated(gate, "exit 6")
        let doomed = StartOrder("trap '' TERM; echo begun; while :; do sleep 0.05; done")
        _ = try await runner.start([order, doomed])
        for id in [order.id, doomed.id] { _ = try await check.numbers(in: id, until: "begun") }
        let before = SeenProcess(try await keeperProcess())
        try await runner.retireKeeper()
        let after = try await keeperProcess()
        #expect(before.id != after)
        #expect(before.isAlive)
        let later = StartOrder("exit 8")
        #expect(try await runner.record(of: later).ending == .exited(8))
        try await runner.cancel(doomed.id, grace: .milliseconds(100))
        guard case .ended(let cancelled) = try await runner.outcome(of: doomed.id) else {
            Issue.record("a cancelled attempt has no record")
            return
        }
        #expect(cancelled.cause == .cancelled)
        #expect(cancelled.ending == .signalled(SIGKILL))
        TextFile.write("", to: gate)
        guard case .ended(let record) = try await runner.outcome(of: order.id) else {
            Issue.record("it has no record: \(try await runner.ask([order.id]))")
            return
        }
        #expect(record.ending == .exited(6))
        try await eventually("the older keeper's end") { !before.isAlive }
        try await killKeeper()
        let statuses = try await runner.ask([order.id, doomed.id, later.id])
        #expect(statuses == [.ended(record), .ended(cancelled), try #require(statuses.last)])
        guard case .ended = statuses[2] else {
            Issue.record("unexpected: \(statuses)")
            return
        }
    }

    @Test func `a restart of the host is proof that nothing of before still runs`() async throws {
        let bootFile = fixture.folder + "/boot"
        TextFile.write("first-boot\n", to: bootFile)
        try launchKeeper(bootFile: bootFile)
        #expect(try await runner.identify().bootID == "first-boot")
        var order = StartOrder("sleep 600")
        order.bootID = "first-boot"
        _ = try await runner.start([order])
        guard case .running(let start) = try #require(try await runner.ask([order.id]).first) else {
            Issue.record("it does not run")
            return
        }
        try await killKeeper()
        // The command of the test cannot vanish with the host, so it is ended by hand.
        kill(-start.processID, SIGKILL)
        TextFile.write("second-boot\n", to: bootFile)
        try launchKeeper(bootFile: bootFile)
        guard case .lost(let proof) = try #require(try await runner.ask([order.id]).first) else {
            Issue.record("it is not lost")
            return
        }
        #expect(proof.hasPrefix("the host was restarted"))
        let late = StartOrder("true")
        var early = late
        early.bootID = "first-boot"
        guard case .refused = try #require(try await runner.start([early]).first) else {
            Issue.record("an order of before the restart was accepted")
            return
        }
        early.bootID = "second-boot"
        #expect(try await runner.record(of: early).ending == .exited(0))
    }

    @Test func `a state directory may have a long path`() async throws {
        let long = LocalFixture(folder: fixture.folder + "/" + String(repeating: "long/", count: 60).dropLast())
        try await RunnerClaim.reportsExitCodesAsTheyAre.check(long.runner, folder: fixture.folder)
    }

    @Test func `a missing keeper is one clear sentence`() async throws {
        let lost = LocalRunner(
            name: "here",
            stateDirectory: fixture.folder + "/other",
            keeperExecutable: "/no/such/rota-keeper"
        )
        let sentence = "there is no program /no/such/rota-keeper, which belongs beside rota; install it there"
        await #expect(throws: RunnerError.unable(runner: "here", reason: sentence)) { try await lost.identify() }
        var events = lost.events().makeAsyncIterator()
        await #expect(throws: RunnerError.self) { try await events.next() }
    }

    private func gated(_ gate: String, _ then: String) -> StartOrder {
        StartOrder("echo begun; until [ -e '\(gate)' ]; do sleep 0.02; done; echo gone on; \(then)")
    }

    /// The process of the keeper that serves now.
    private func keeperProcess() async throws -> Int32 {
        _ = try await runner.identify()
        return try KeeperProbe(folder: fixture.folder + "/state").identity().processID
    }

    /// Starts a keeper that reads the boot's identity from a file of ours.
    private func launchKeeper(bootFile: String) throws {
        let words = [
            "env", "\(BootID.fileVariable)=\(bootFile)", LocalFixture.keeperExecutable, "--state",
            fixture.folder + "/state", "--idle", "1",
        ]
        var process: Int32 = 0
        let code = unsafe CStrings.with(words) { words in
            unsafe posix_spawn(&process, "/usr/bin/env", nil, nil, words, environ)
        }
        #expect(code == 0)
        var status: Int32 = -1
        while unsafe waitpid(process, &status, 0) < 0 && errno == EINTR {}
        #expect(status == 0)
    }

    private func killKeeper() async throws {
        let process = SeenProcess(try await keeperProcess())
        kill(process.id, SIGKILL)
        try await eventually("the keeper's end") { !process.isAlive }
    }
}
