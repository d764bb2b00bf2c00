import Core
import Glibc
import Runner
import Synchronization
import TestKit

/// P17: commands over SSH, by a shell alone and by a keeper, beside what the connection carries at most.
struct SSHRate: Measurement {
    static let number = "P17"
    static let summary = "commands over SSH, 1, 8 and 32 at once"

    private static let widths = [1, 8, 32]
    private static let rounds = 3

    func measure(_ bench: Bench) async throws -> [Finding] {
        // More at once than sshd lets through one connection by default.
        let server = try PrivateSSHServer(shell: .dash, configuration: ["MaxSessions 100"])
        let leftovers = Cleanup.add { server.end() }
        defer {
            server.end()
            Cleanup.forget(leftovers)
        }
        let way = SSHWay(
            host: "127.0.0.1",
            port: server.port,
            user: server.user,
            identityFile: server.identityFile,
            knownHostsFile: server.knownHostsFile,
            controlDirectory: server.controlDirectory
        )
        let raw = RawSSH(server)
        _ = try raw.rate(count: 1, width: 1)
        let shell = try SSHRunner(name: "shell", way: way)
        let keeper = try SSHKeeperRunner(
            name: "keeper",
            way: way,
            keeperExecutable: bench.rota + "-keeper",
            keeperIdleLimit: .seconds(1)
        )
        defer {
            shell.close()
            keeper.close()
        }
        var findings: [Finding] = []
        for width in Self.widths {
            let count = bench.repetitions(width == 1 ? 60 : 240)
            var (limits, byShell, byKeeper) = (Samples(), Samples(), Samples())
            for round in 0...Self.rounds {
                let limit = try raw.rate(count: count, width: width)
                let rates = (
                    shell: try await Self.rate(shell, count: count, width: width),
                    keeper: try await Self.rate(keeper, count: count, width: width)
                )
                // The first one opens connections and copies the keeper.
                guard round > 0 else { continue }
                limits.add(limit)
                byShell.add(rates.shell)
                byKeeper.add(rates.keeper)
            }
            findings.append(
                Finding(
                    row: Self.number,
                    work: "`true` over SSH, \(width) at once: a shell alone; with `install: keeper`",
                    figures: [
                        Figure("", byShell.median, .perSecond, goal: .shareOfLimit(0.8)),
                        Figure("keeper", byKeeper.median, .perSecond, goal: .shareOfLimit(0.8)),
                    ],
                    limit: Figure("`ssh host true` through the master", limits.median, .perSecond)
                )
            )
        }
        return findings
    }

    /// Commands a second, each from its order to the word of its end, with so many under way.
    private static func rate(_ runner: some RunnerAdapter, count: Int, width: Int) async throws -> Double {
        let boot = try await runner.identify().bootID
        let ends = AttemptEnds()
        let events = runner.events()
        let begun = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<width {
                group.addTask {
                    while ends.begin(atMost: count) {
                        let order = order(boot: boot)
                        let answer = try await runner.start([order])[0]
                        switch answer {
                        case .status(.running): await ends.wait(for: order.id)
                        case .status(.ended): continue
                        default: throw BenchFailure.strange(what: "a command over SSH did not start: \(answer)")
                        }
                    }
                }
            }
            let follower = Task {
                for try await event in events {
                    if case .ended(let id, _) = event { ends.note(id) }
                }
            }
            defer { follower.cancel() }
            try await group.waitForAll()
        }
        return Double(count) / (begun.duration(to: .now) / .seconds(1))
    }

    private static func order(boot: String) -> StartOrder {
        let id = AttemptID(
            milliseconds: Int64(Machine.wallClock() * 1_000),
            random: (.random(in: .min ... .max), .random(in: .min ... .max))
        )
        var order = StartOrder(id: id, script: Array("true\n".utf8), runDirectory: "bench")
        order.bootID = boot
        order.environment = (0..<9).map { EnvironmentVariable("ROTA_V\($0)", "a value of usual length") }
        return order
    }
}

/// Who waits for the ends of attempts, and which have ended.
private final class AttemptEnds: Sendable {
    private let state = Mutex(State())

    private struct State {
        var begun = 0
        var ended: Set<AttemptID> = []
        var waiting: [AttemptID: CheckedContinuation<Void, Never>] = [:]
    }

    /// Whether one more is to be begun.
    func begin(atMost count: Int) -> Bool {
        state.withLock { state in
            state.begun += 1
            return state.begun <= count
        }
    }

    func wait(for id: AttemptID) async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.ended.contains(id) { return true }
                state.waiting[id] = continuation
                return false
            }
            if isOver { continuation.resume() }
        }
    }

    func note(_ id: AttemptID) {
        state.withLock { state in
            state.ended.insert(id)
            return state.waiting.removeValue(forKey: id)
        }?.resume()
    }
}

/// `ssh host true` through a master connection of its own.
private struct RawSSH {
    private let command: Program

    init(_ server: PrivateSSHServer) {
        let options = [
            "ControlMaster=auto", "ControlPath=\(server.controlDirectory)/raw", "ControlPersist=60", "BatchMode=yes",
            "UserKnownHostsFile=\(server.knownHostsFile)", "IdentityFile=\(server.identityFile)", "IdentitiesOnly=yes",
            "LogLevel=ERROR",
        ]
        command = Program(
            "/usr/bin/ssh",
            ["-F", "/dev/null", "-T"] + options.flatMap { ["-o", $0] }
                + ["-p", "\(server.port)", "-l", server.user, "--", "127.0.0.1", "true"]
        )
    }

    /// Sessions a second, with so many under way.
    func rate(count: Int, width: Int) throws -> Double {
        var running: [pid_t] = []
        let begun = ContinuousClock.now
        for _ in 0..<count {
            if running.count == width { try collect(&running) }
            running.append(try command.start())
        }
        while !running.isEmpty { try collect(&running) }
        return Double(count) / (begun.duration(to: .now) / .seconds(1))
    }

    /// Waits until one of them has ended; other children of this process are left alone.
    private func collect(_ running: inout [pid_t]) throws {
        while true {
            for (index, process) in running.enumerated() {
                var status: Int32 = 0
                guard unsafe waitpid(process, &status, WNOHANG) == process else { continue }
                guard status == 0 else { throw BenchFailure.command(line: "ssh ... true", status: status) }
                running.remove(at: index)
                return
            }
            usleep(200)
        }
    }
}
