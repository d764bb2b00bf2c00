import AttemptProtocol
import Core
import Glibc
import Runner
import TestKit
import Testing

/// How attempts end under a keeper that is their parent: exactly, and with nothing of them left.
struct LocalEndingTests {
    private let fixture = LocalFixture()
    private var runner: LocalRunner { fixture.runner }
    private var check: RunnerCheck<LocalRunner> { RunnerCheck(runner: fixture.runner, folder: fixture.folder) }

    @Test(arguments: [SIGKILL, SIGSEGV, SIGTERM, SIGHUP, SIGPIPE, SIGINT])
    func `a signal that ends the command is named exactly`(_ signal: Int32) async throws {
        let record = try await runner.record(of: StartOrder("kill -\(signal) $$"))
        #expect(record.ending == .signalled(signal))
        #expect(record.cause == .itself)
    }

    @Test func `processor time and peak memory are those of the command`() async throws {
        let record = try await runner.record(
            of: StartOrder("x=$(head -c 40000000 /dev/zero | tr '\\0' x); for i in {1..20000}; do :; done")
        )
        #expect(try #require(record.peakMemory) > 40_000_000)
        #expect(try #require(record.processorTime) > .milliseconds(5))
        #expect(record.endedAt >= record.startedAt)
    }

    @Test func `an attempt ends with its command, and what it left behind is named`() async throws {
        let order = StartOrder(
            """
            sleep 600 & first=$!
            setsid sleep 600 & second=$!
            until [ "$(cat /proc/$first/comm /proc/$second/comm)" = $'sleep\\nsleep' ]; do :; done
            """
        )
        let record = try await runner.record(of: order)
        #expect(record.ending == .exited(0))
        let note = try #require(record.note)
        #expect(note.hasPrefix("left 2 processes behind: sleep ("))
        let strays = try await runner.listing().strays.filter { $0.attempt == order.id }
        #expect(strays.map(\.name) == ["sleep", "sleep"])
        let processes = strays.map { SeenProcess($0.processID) }
        try await runner.reap(strays.map(\.processID) + [getpid()])
        try await eventually("their end") { !processes.contains(where: \.isAlive) }
        #expect(try await runner.listing().strays == [])
    }

    @Test(arguments: [
        "setsid sleep 600 &",
        "(setsid env -i sleep 600 &) &",
        "(setsid env -i sleep 600 97>&- >/dev/null 2>&1 &) &",
        "set -m; sleep 600 & set +m",
        "(trap '' TERM HUP; sleep 600) &",
    ])
    func `a cancel ends what fled from the group as well`(_ flight: String) async throws {
        let order = StartOrder("exec 3>\"$ROTA_RUN_DIR/pids\"\n\(flight)\nsleep 600 & echo ready; wait", run: "flight")
        _ = try await runner.start([order])
        _ = try await check.numbers(in: order.id, until: "ready")
        // Two sleeps: the one that fled and the one that stayed.
        try await eventually("both sleeps") { try processes(of: order.id).count >= 2 }
        try await runner.cancel(order.id, grace: .milliseconds(200))
        guard case .ended(let record) = try await runner.outcome(of: order.id) else {
            Issue.record("a cancelled attempt has no record")
            return
        }
        #expect(record.cause == .cancelled)
        #expect(try processes(of: order.id) == [])
    }

    @Test func `a command that handles TERM keeps its exit code and is cancelled all the same`() async throws {
        let order = StartOrder("trap 'echo cleaned; exit 7' TERM; echo ready; while :; do sleep 0.05; done")
        _ = try await runner.start([order])
        _ = try await check.numbers(in: order.id, until: "ready")
        try await runner.cancel(order.id, grace: .seconds(30))
        guard case .ended(let record) = try await runner.outcome(of: order.id) else {
            Issue.record("a cancelled attempt has no record")
            return
        }
        #expect(record.ending == .exited(7))
        #expect(record.cause == .cancelled)
        #expect(try await runner.wholeLog(order.id).suffix(8) == Array("cleaned\n".utf8)[...])
    }

    @Test func `a stopped command is ended too`() async throws {
        let order = StartOrder("echo ready; kill -STOP $$")
        _ = try await runner.start([order])
        _ = try await check.numbers(in: order.id, until: "ready")
        try await runner.cancel(order.id, grace: .seconds(30))
        guard case .ended(let record) = try await runner.outcome(of: order.id) else {
            Issue.record("a cancelled attempt has no record")
            return
        }
        #expect(record.ending == .signalled(SIGTERM))
    }

    @Test func `a command may close its output and go on`() async throws {
        let order = StartOrder("echo before; exec >&- 2>&-; sleep 0.2; exit 3")
        let record = try await runner.record(of: order)
        #expect(record.ending == .exited(3))
        #expect(record.note == nil)
        #expect(try await runner.wholeLog(order.id) == Array("before\n".utf8))
    }

    @Test func `what is written after the end stays readable`() async throws {
        let gate = fixture.folder + "/late"
        let order = StartOrder(
            "(until [ -e '\(gate)' ]; do sleep 0.02; done; echo late; touch '\(gate).done') & echo early"
        )
        let record = try await runner.record(of: order)
        #expect(record.logBytes == 6)
        TextFile.write("", to: gate)
        try await eventually("the task's last deed") { TextFile.read(gate + ".done") != nil }
        #expect(try await runner.wholeLog(order.id) == Array("early\nlate\n".utf8))
    }

    @Test func `the output may not be a pipe that never ends`() async throws {
        let order = StartOrder(#"mkfifo "$ROTA_OUTPUT""#)
        #expect(try await runner.record(of: order).ending == .exited(0))
        await #expect(throws: RunnerError.self) { try await runner.readOutput(order.id) }
    }

    @Test func `an environment larger than the host allows is said to be the cause`() async throws {
        var order = StartOrder("true")
        let value = String(repeating: "x", count: 64 << 10)
        order.environment = (0..<60).map { EnvironmentVariable("V\($0)", value) }
        guard case .notStarted(let reason) = try await runner.record(of: order).ending else {
            Issue.record("three megabytes of environment were accepted")
            return
        }
        #expect(reason.contains("larger than this host allows"))
    }

    @Test func `a thousand orders of one identity at once start it once`() async throws {
        let witness = fixture.folder + "/thousand"
        let order = StartOrder("echo once >> '\(witness)'")
        let runners = [runner, fixture.anotherRunner(), fixture.anotherRunner()]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<1000 {
                group.addTask { _ = try await runners[number % 3].start([order]) }
            }
            try await group.waitForAll()
        }
        #expect(try await runner.outcome(of: order.id).isOver)
        #expect(TextFile.read(witness) == "once\n")
    }

    /// The processes that carry the attempt's mark, found as the keeper finds them.
    private func processes(of id: AttemptID) throws -> [Int32] {
        let tag = 0x4000_0000_0000_0000 | id.low & 0x3FFF_FFFF_FFFF_FFFF
        return HostProcesses.all().filter { process in
            guard SeenProcess(process).isAlive, let limits = TextFile.read("/proc/\(process)/limits") else {
                return false
            }
            guard limits.contains("\(tag)") else { return false }
            return TextFile.read("/proc/\(process)/comm") == "sleep\n"
        }
    }
}

/// The processes of this host.
enum HostProcesses {
    static func all() -> [Int32] {
        guard let folder = unsafe opendir("/proc") else { return [] }
        defer { unsafe closedir(folder) }
        var found: [Int32] = []
        while let item = unsafe readdir(folder) {
            let name = unsafe withUnsafeBytes(of: &item.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let process = Int32(name) { found.append(process) }
        }
        return found
    }
}
