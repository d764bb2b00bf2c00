import AttemptProtocol
import Core
import Glibc
import Runner
import TestKit
import Testing

/// Commands that do what they can to get away, or to take their host with them.
struct LocalHostileTests {
    private let fixture = LocalFixture()

    @Test(arguments: [
        // Twice forked and orphaned.
        "( (sleep 600 &) & )",
        // Of another session and group, without environment and descriptors.
        "(setsid env -i sh -c 'trap \"\" TERM HUP INT; exec sleep 600' </dev/null 97>&- >/dev/null 2>&1 &)",
        // Each a child of the one before, in a session of its own.
        "(setsid sh -c 'setsid sh -c \"setsid sleep 600 &\" &' &)",
        // It forks as soon as it is told to end.
        "(trap 'setsid sleep 600 & exit' TERM; while :; do sleep 0.05; done) &",
        // Stopped.
        "sh -c 'kill -STOP $$' &",
    ])
    func `nothing is left of what is cancelled, by whatever way it fled`(_ flight: String) async throws {
        let runner = fixture.runner
        let order = StartOrder("\(flight)\necho ready; sleep 600")
        _ = try await runner.start([order])
        let check = RunnerCheck(runner: runner, folder: fixture.folder)
        _ = try await check.numbers(in: order.id, until: "ready")
        try await runner.cancel(order.id, grace: .milliseconds(300))
        guard case .ended(let record) = try await runner.outcome(of: order.id) else {
            Issue.record("a cancelled attempt has no record")
            return
        }
        #expect(record.cause == .cancelled)
        #expect(Self.marked(order.id) == [])
        #expect(try await runner.listing().strays == [])
    }

    @Test(.enabled(if: geteuid() == 0 && LocalUser(name: "nobody") != nil))
    func `a fork bomb within a limit is ended, and the keeper goes on`() async throws {
        // Limits of the number of processes do not hold for root.
        let folder = fixture.folder + "/nobody"
        unsafe mkdir(folder, 0o777)
        unsafe chmod(fixture.folder, 0o755)
        let runner = LocalRunner(
            name: "nobody",
            stateDirectory: folder + "/state",
            keeperExecutable: LocalFixture.keeperExecutable,
            keeperIdleLimit: .seconds(1),
            user: LocalUser(name: "nobody")
        )
        let order = StartOrder(
            """
            id -un; echo "$HOME $USER"; ulimit -u 60; echo ready
            bomb() { bomb & bomb & sleep 0.05; }
            # The first process stays: one that ended would end the attempt by itself.
            (while :; do bomb; done) 2>/dev/null &
            exec sleep 1000
            """
        )
        _ = try await runner.start([order])
        let check = RunnerCheck(runner: runner, folder: fixture.folder)
        _ = try await check.numbers(in: order.id, until: "ready")
        let log = String(decoding: try await runner.wholeLog(order.id), as: UTF8.self)
        #expect(log.hasPrefix("nobody\n"))
        try await eventually("twenty processes") { Self.marked(order.id).count >= 20 }
        let other = try await runner.record(of: StartOrder("exit 3", run: "other"))
        #expect(other.ending == .exited(3))
        try await runner.cancel(order.id, grace: .milliseconds(100))
        #expect(try await runner.outcome(of: order.id).isOver)
        #expect(Self.marked(order.id) == [])
        let facts = try #require(FileFacts(path: "\(folder)/state/attempts/\(order.id)/log"))
        #expect(facts.owner == LocalUser(name: "nobody")?.number)
    }

    @Test func `a flood of output holds up neither other attempts nor the cancel`() async throws {
        let runner = fixture.runner
        var order = StartOrder("yes flood")
        order.logCap = LogCap(bytes: 1 << 20)
        _ = try await runner.start([order])
        #expect(try await runner.record(of: StartOrder("exit 3")).ending == .exited(3))
        let log = fixture.folder + "/state/attempts/\(order.id)/log"
        try await eventually("a flood") { FileFacts(path: log)?.size ?? 0 >= 64 << 20 }
        try await runner.cancel(order.id, grace: .seconds(5))
        guard case .ended(let record) = try await runner.outcome(of: order.id) else {
            Issue.record("a cancelled attempt has no record")
            return
        }
        #expect(record.cause == .cancelled && record.logBytes >= 64 << 20)
        let last = try await runner.readLog(order.id, from: record.logBytes - 60, limit: 60)
        #expect(last.start == nil && String(decoding: last.bytes, as: UTF8.self).contains("flood\nflood"))
    }

    @Test func `a limit of a file's size is the command's own failure`() async throws {
        let order = StartOrder("ulimit -f 8; echo before; yes | head -c 100000 || exit 5")
        let record = try await fixture.runner.record(of: order)
        #expect(record.ending != .exited(0))
        #expect(record.logBytes <= 8192)
        #expect(try await fixture.runner.wholeLog(order.id).starts(with: Array("before\n".utf8)))
    }

    /// The living processes with an attempt's mark.
    private static func marked(_ id: AttemptID) -> [Int32] {
        let tag = "\(0x4000_0000_0000_0000 | id.low & 0x3FFF_FFFF_FFFF_FFFF)"
        return HostProcesses.all().filter { process in
            guard let limits = TextFile.read("/proc/\(process)/limits"), limits.contains(tag),
                let stat = TextFile.read("/proc/\(process)/stat"), let end = stat.lastIndex(of: ")")
            else { return false }
            return !stat[end...].hasPrefix(") Z")
        }
    }
}
