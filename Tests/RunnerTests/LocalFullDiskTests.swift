import AttemptProtocol
import Core
import Glibc
import Runner
import Testing

/// A runner whose disk is full: a small one of its own, mounted where only its keeper sees it.
@Suite(.enabled(if: SmallDisk.canBeMade))
struct LocalFullDiskTests {
    @Test func `on a full disk ends are recorded, new attempts are refused with a sentence, and none is lost`()
        async throws
    {
        let fixture = LocalFixture()
        let disk = try await SmallDisk(in: fixture.folder)
        let runner = LocalRunner(
            name: "small",
            stateDirectory: disk.state,
            keeperExecutable: LocalFixture.keeperExecutable
        )
        let gate = fixture.folder + "/gate"
        // Twenty that run, one of which prints until nothing fits any more.
        let waiting = (0..<20).map { number in
            StartOrder("echo begun; until [ -e '\(gate)' ]; do sleep 0.02; done; exit \(number)")
        }
        let chatty = StartOrder("yes 0123456789 || exit 9")
        for answer in try await runner.start(waiting + [chatty]) {
            guard case .status(.running) = answer else {
                Issue.record("it does not run: \(answer)")
                return
            }
        }
        guard case .ended(let full) = try await runner.outcome(of: chatty.id) else {
            Issue.record("what filled the disk has no record")
            return
        }
        // Its own write failed, which is its own failure.
        #expect(full.ending == .exited(9) && full.logBytes > 100_000)
        disk.fill()
        let late = StartOrder("true")
        switch try #require(try await runner.start([late]).first) {
        case .refused(let reason), .status(.neverStarted(let reason)):
            #expect(reason.contains("full") && reason.contains("No space left on device"))
        case let answer: Issue.record("it was not refused: \(answer)")
        }
        let cancelled = waiting[19].id
        try await runner.cancel(cancelled, grace: .seconds(10))
        guard case .ended(let record) = try await runner.outcome(of: cancelled) else {
            Issue.record("what was cancelled has no record")
            return
        }
        #expect(record.cause == .cancelled)
        var facts = stat()
        let mark = unsafe lstat(StateDirectory(path: disk.state).ending(cancelled), &facts)
        #expect(mark == 0, "that it was being ended stands there for a keeper that comes after")
        TextFile.write("", to: gate)
        for (number, order) in waiting.dropLast().enumerated() {
            guard case .ended(let record) = try await runner.outcome(of: order.id) else {
                Issue.record("attempt \(number) has no record")
                continue
            }
            #expect(record.ending == .exited(Int32(number)))
        }
        // With space again the same runner takes what it refused.
        try await runner.forget([chatty.id])
        disk.clear()
        let again = StartOrder("exit 4")
        #expect(try await runner.record(of: again).ending == .exited(4))
    }
}

/// A file system of four megabytes in a mount namespace of a keeper's own, seen through /proc.
final class SmallDisk: Sendable {
    let state: String
    private let folder: String
    private let process: Int32

    /// Mounting takes root, and a kernel that lets it.
    static let canBeMade: Bool =
        geteuid() == 0 && Shell.run("unshare -m sh -c 'mount -t tmpfs -o size=64k none /mnt' 2>/dev/null")

    init(in folder: String) async throws {
        let mount = folder + "/disk"
        unsafe mkdir(mount, 0o700)
        let script =
            "mount -t tmpfs -o size=4m none '\(mount)' && exec '\(LocalFixture.keeperExecutable)' --state '\(mount)/state' "
            + "--foreground --idle 300 2>'\(folder)/keeper.log'"
        process = Shell.start(["unshare", "-m", "sh", "-c", script])
        self.folder = "/proc/\(process)/root\(mount)"
        state = self.folder + "/state"
        while unsafe access(state + "/keeper.sock", F_OK) != 0 {
            guard waitpid(process, nil, WNOHANG) == 0 else {
                throw Unexpected.status("the keeper on the small disk did not start")
            }
            await Task.yield()
        }
    }

    /// Takes all the space there is.
    func fill() { _ = Shell.run("cat /dev/zero >'\(folder)/filler' 2>/dev/null; echo x >>'\(folder)/filler2'") }

    /// Gives it back.
    func clear() { _ = Shell.run("rm -f '\(folder)/filler' '\(folder)/filler2'") }

    deinit {
        kill(process, SIGTERM)
        var status: Int32 = 0
        unsafe waitpid(process, &status, 0)
    }
}

/// Programs that tests start.
enum Shell {
    /// Starts a program, found by PATH.
    static func start(_ words: [String]) -> Int32 {
        var process: Int32 = 0
        let program = words.first ?? ""
        let code = unsafe CStrings.with(words) { words in
            unsafe posix_spawnp(&process, program, nil, nil, words, environ)
        }
        return code == 0 ? process : -1
    }

    /// Runs a script; says whether it succeeded.
    static func run(_ script: String) -> Bool {
        let process = start(["sh", "-c", script])
        var status: Int32 = -1
        while unsafe waitpid(process, &status, 0) < 0 && errno == EINTR {}
        return status == 0
    }
}
