import AttemptProtocol
import Core
import Glibc
import Runner
import TestKit
import Testing

/// Limits of memory and processors, without a cgroup tree and with folders that look like one.
struct LocalLimitTests {
    private let fixture = LocalFixture()

    @Test func `without groups memory is limited for each process, and the note says what is not kept`() async throws {
        var order = StartOrder("ulimit -v; x=$(head -c 200000000 /dev/zero | tr '\\0' x); echo ${#x}")
        order.limits = ResourceLimits(memory: 100 << 20, processorMillis: 500)
        let record = try await fixture.runner.record(of: order)
        #expect(record.ending != .exited(0))
        let log = String(decoding: try await fixture.runner.wholeLog(order.id), as: UTF8.self)
        #expect(log.hasPrefix("102400\n"))
        let note = try #require(record.note)
        #expect(note.contains("100 MiB of memory were the limit of each process"))
        #expect(note.contains("0.5 processors was not kept"))
    }

    @Test func `a command with limits is what it is without: its session, environment and exit code`() async throws {
        var order = StartOrder(#"[ "$(ps -o sid= -p $$ | tr -d ' ')" = $$ ]; echo "$A" "$0"; exit 7"#)
        order.environment = [EnvironmentVariable("A", "x y")]
        order.limits = ResourceLimits(memory: 4 << 30)
        let record = try await fixture.runner.record(of: order)
        #expect(record.ending == .exited(7))
        let log = String(decoding: try await fixture.runner.wholeLog(order.id), as: UTF8.self)
        #expect(log == "x y \(fixture.folder)/state/attempts/\(order.id)/script\n")
    }

    @Test func `an attempt's group gets its limits, and a kill for lack of memory is named`() async throws {
        let tree = try tree(controllers: "cpu memory")
        let runner = runner(in: tree)
        var order = StartOrder("until [ -e \(fixture.folder)/go ]; do sleep 0.02; done; kill -KILL $$")
        order.limits = ResourceLimits(memory: 64 << 20, processorMillis: 1500)
        _ = try await runner.start([order])
        let group = "\(tree)/rota-\(order.id)"
        #expect(TextFile.read(group + "/memory.max") == "\(64 << 20)")
        #expect(TextFile.read(group + "/cpu.max") == "150000 100000")
        #expect(TextFile.read(group + "/memory.oom.group") == "1")
        try await eventually("a process in the group") { TextFile.read(group + "/cgroup.procs") == "0" }
        TextFile.write("low 0\noom 3\noom_kill 1\n", to: group + "/memory.events")
        TextFile.write("", to: fixture.folder + "/go")
        guard case .ended(let record) = try await runner.outcome(of: order.id) else {
            Issue.record("it has no record")
            return
        }
        #expect(record.isOutOfMemory)
        #expect(record.ending == .signalled(SIGKILL))
        #expect(record.note?.hasPrefix("it needed more memory than its limit") == true)
    }

    @Test(.enabled(if: LocalLimitTests.realTree != nil))
    func `in a real group all is found and killed, and the group goes with its attempt`() async throws {
        let root = try #require(Self.realTree)
        let tree = "\(root)/rota-test-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        #expect(unsafe mkdir(tree, 0o755) == 0)
        let runner = runner(in: tree)
        // The child drops group, session, environment, descriptors and the mark: only the group can tell whose it is.
        var order = StartOrder(
            """
            (setsid env -i bash -c 'ulimit -R unlimited; exec sleep 600' 97>&- >/dev/null 2>&1 &)
            echo ready; sleep 600
            """
        )
        order.limits = ResourceLimits(memory: 8 << 30)
        _ = try await runner.start([order])
        let check = RunnerCheck(runner: runner, folder: fixture.folder)
        _ = try await check.numbers(in: order.id, until: "ready")
        let group = "\(tree)/rota-\(order.id)"
        let processes = (TextFile.read(group + "/cgroup.procs") ?? "").split(separator: "\n")
            .compactMap { Int32($0).map { SeenProcess($0) } }
        #expect(processes.count >= 2)
        try await runner.cancel(order.id, grace: .milliseconds(100))
        #expect(try await runner.outcome(of: order.id).isOver)
        for process in processes { #expect(!process.isAlive) }
        #expect(unsafe access(group, F_OK) != 0)
        let keeper = SeenProcess(try KeeperProbe(folder: fixture.folder + "/state").identity().processID)
        kill(keeper.id, SIGKILL)
        try await eventually("the keeper's end") { !keeper.isAlive }
        try await eventually("an empty group") { unsafe rmdir(tree + "/rota-keeper") == 0 }
        #expect(unsafe rmdir(tree) == 0)
    }

    /// Where this host has a cgroup tree of version 2 in which groups can be made; nil: nowhere.
    private static let realTree: String? = {
        let lines = (TextFile.read("/proc/self/mounts") ?? "").split(separator: "\n")
        let mounts = lines.map { $0.split(separator: " ") }.filter { $0.count > 2 && $0[2] == "cgroup2" }
        return mounts.map { String($0[1]) }.first { unsafe access($0 + "/cgroup.procs", W_OK) == 0 && geteuid() == 0 }
    }()

    /// A folder that looks like a part of the cgroup tree.
    private func tree(controllers: String) throws -> String {
        let tree = fixture.folder + "/tree"
        unsafe mkdir(tree, 0o755)
        TextFile.write("", to: tree + "/cgroup.procs")
        TextFile.write(controllers + "\n", to: tree + "/cgroup.subtree_control")
        return tree
    }

    private func runner(in tree: String) -> LocalRunner {
        LocalRunner(
            name: "limited",
            stateDirectory: fixture.folder + "/state",
            keeperExecutable: LocalFixture.keeperExecutable,
            keeperIdleLimit: .seconds(1),
            controlGroup: tree
        )
    }
}
