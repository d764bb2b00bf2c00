import Core
import Glibc
import Runner
import TestKit
import Testing

/// What a shell alone does for tasks that must end when no server is heard of, and for limits.
@Suite(.serialized) struct SSHFenceTests {
    private static func fenced(_ script: String, after: Duration, contact: KeeperClock) -> StartOrder {
        var order = StartOrder(script)
        order.grace = .milliseconds(200)
        order.fence = Fence(after: after, contact: contact)
        return order
    }

    /// A reading that is believed to be of the moment at which it arrives, however slow the machine is.
    private static func present(_ runner: SSHRunner) async throws -> KeeperClock {
        var clock = try #require(try await runner.greet(heard: nil).clock)
        clock.sinceBoot += .seconds(3_600)
        return clock
    }

    /// Lets the far side hear of a server while a body works.
    private static func whileHeard<Result: Sendable>(
        _ runner: SSHRunner,
        _ body: () async throws -> Result
    ) async throws -> Result {
        let beating = Task {
            var heard: KeeperClock?
            while !Task.isCancelled {
                heard = try await runner.greet(heard: heard).clock
                try await Task.sleep(for: .milliseconds(200))
            }
        }
        defer { beating.cancel() }
        return try await body()
    }

    @Test(arguments: PrivateSSHServer.FarShell.allCases.filter(\.isInstalled))
    func `an attempt is ended in silence, with what left its group`(shell: PrivateSSHServer.FarShell) async throws {
        try await withSSH(shell: shell) { fixture in
            let runner = try fixture.runner()
            let script = """
                (trap '' TERM; sleep 600) & echo $!
                setsid sleep 600 & echo $!
                [ -z "$BASH_VERSION" ] || { set -m; sleep 600 & echo $!; set +m; }
                echo ready; sleep 600
                """
            let order = Self.fenced(script, after: .seconds(10), contact: try await Self.present(runner))
            let processes = try await Self.whileHeard(runner) {
                _ = try await runner.start([order])
                return try await value(of: "processes") { () -> [SeenProcess]? in
                    let lines = String(decoding: try await runner.wholeLog(order.id), as: UTF8.self).split(
                        separator: "\n"
                    )
                    if lines.contains("ready") { return lines.compactMap { Int32($0).map { SeenProcess($0) } } }
                    return try await runner.ask([order.id])[0].isOver ? [] : nil
                }
            }
            // On a machine that stood still for so long the runner was right to end it.
            if !processes.isEmpty { #expect(processes.count == (shell == .bash ? 3 : 2)) }
            // Questions alone are no sign that a server hears the answers.
            guard case .ended(let record) = try await runner.outcome(of: order.id) else {
                Issue.record("it has no record")
                return
            }
            #expect(record.cause == .fenced)
            for process in processes { #expect(!process.isAlive, "\(process) outlived the fence") }
            runner.close()
        }
    }

    @Test(arguments: PrivateSSHServer.FarShell.allCases.filter(\.isInstalled))
    func `a reading that a server has heard keeps an attempt alive`(shell: PrivateSSHServer.FarShell) async throws {
        try await withSSH(shell: shell) { fixture in
            let runner = try fixture.runner()
            let span = Duration.seconds(6)
            let kept = Self.fenced("sleep 600", after: span, contact: try await Self.present(runner))
            _ = try await runner.start([kept])
            try await runner.keepsHearing(for: span + .seconds(2), whileRunning: kept.id)
            try await runner.cancel(kept.id, grace: .zero)
            #expect(try await runner.outcome(of: kept.id).isOver)
            runner.close()
        }
    }

    @Test func `a fence holds when the command's parent is killed, and readings of another boot count for nothing`()
        async throws
    {
        try await withSSH { fixture in
            let runner = try fixture.runner()
            let order = Self.fenced("sleep 600", after: .seconds(10), contact: try await Self.present(runner))
            let isKilled = try await Self.whileHeard(runner) {
                _ = try await runner.start([order])
                let parent = try await fixture.started(order.id, runner: runner)[3]
                guard case .running = try await runner.ask([order.id])[0] else { return false }
                return kill(parent, SIGKILL) == 0
            }
            // On a machine that stood still for so long the runner was right to end it.
            guard isKilled else { return }
            _ = try await runner.greet(heard: KeeperClock(bootID: "another", sinceBoot: .seconds(1 << 40)))
            guard case .lost = try await runner.outcome(of: order.id) else {
                Issue.record("it was not ended, or somebody saw how it was")
                return
            }
            runner.close()
        }
    }

    @Test func `an order whose silence is over starts nothing`() async throws {
        try await withSSH { fixture in
            let runner = try fixture.runner()
            var contact = try #require(try await runner.greet(heard: nil).clock)
            contact.sinceBoot -= .seconds(100)
            let witness = fixture.server.folder + "/witness"
            let order = Self.fenced("touch '\(witness)'", after: .seconds(60), contact: contact)
            guard case .status(.neverStarted(let reason)) = try await runner.start([order])[0] else {
                Issue.record("it was started")
                return
            }
            #expect(reason.contains("too long"))
            #expect(TextFile.read(witness) == nil)
            runner.close()
        }
    }

    @Test(arguments: PrivateSSHServer.FarShell.allCases.filter(\.isInstalled))
    func `memory is limited for each process, and processors are refused`(
        shell: PrivateSSHServer.FarShell
    ) async throws {
        try await withSSH(shell: shell) { fixture in
            let runner = try fixture.runner()
            var order = StartOrder("ulimit -v; exit 3")
            order.limits = ResourceLimits(memory: 512 << 20)
            #expect(runner.objection(to: order.limits) == nil)
            let record = try await runner.record(of: order)
            #expect(record.ending == .exited(3))
            #expect(try await runner.wholeLog(order.id) == Array("524288\n".utf8))
            #expect(record.note?.contains("512 MiB of memory were the limit of each process") == true)
            let objection = try #require(runner.objection(to: ResourceLimits(processorMillis: 500)))
            #expect(objection.contains("`install: keeper`"))
            _ = try await runner.identify()
            let load = try #require(await runner.load())
            #expect(try #require(load.load) >= 0)
            #expect((0...1).contains(try #require(load.memoryFree)))
            runner.close()
        }
    }
}
