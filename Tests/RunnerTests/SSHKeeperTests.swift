import AttemptProtocol
import Core
import Glibc
import Runner
import TestKit
import Testing

/// Hosts to which the keeper is copied over SSH.
@Suite(.serialized) struct SSHKeeperTests {
    @Test(arguments: PrivateSSHServer.FarShell.allCases.filter(\.isInstalled))
    func `a keeper that was copied keeps every promise of a carrier`(shell: PrivateSSHServer.FarShell) async throws {
        try await withSSH(shell: shell) { fixture in
            let runner = try fixture.keeperRunner()
            for claim in RunnerClaim.allCases {
                do {
                    try await claim.check(runner, folder: fixture.server.folder)
                } catch {
                    Issue.record("\(claim) with \(shell): \(error)")
                }
            }
            #expect(try await runner.identify().version == ProtocolVersion.software)
            runner.close()
        }
    }

    @Test func `a copy of the host's state directory is not served`() async throws {
        try await withSSH { fixture in
            let runner = try fixture.keeperRunner()
            _ = try await runner.identify()
            let copy = fixture.server.folder + "/copy"
            let copied = try await Program.run("/bin/cp", ["-a", "--", fixture.server.home + "/.rota", copy])
            #expect(copied.exitCode == 0, "\(copied)")
            let other = try fixture.keeperRunner(stateDirectory: copy)
            let error = await runnerError { () throws(RunnerError) in _ = try await other.identify() }
            #expect(error?.description.contains("belongs to another runner") == true, "\(error.debugDescription)")
            runner.close()
            other.close()
        }
    }

    @Test func `whatever of the way is killed, the command goes on under the same keeper`() async throws {
        try await withSSH(bashrc: "echo noise; printf 'no line end'") { fixture in
            let runner = try fixture.keeperRunner()
            let gate = fixture.server.folder + "/gate"
            let order = StartOrder("echo before; until [ -e '\(gate)' ]; do sleep 0.05; done; echo after; exit 7")
            guard case .status(.running(let start)) = try await runner.start([order])[0] else {
                Issue.record("it does not run")
                return
            }
            let keeper = try KeeperProbe(folder: fixture.keeperState()).identity().processID
            let cuts: [() throws -> Int] = [
                { try fixture.server.cutConnections() },
                { fixture.kill { $0.split(separator: "\0").first?.hasSuffix("/ssh") == true } },
                { fixture.kill { $0.hasPrefix("ssh: ") && $0.contains("[mux]") } },
                { fixture.kill { $0.contains("/rota-keeper-") && $0.contains("\0bridge\0") } },
            ]
            for (number, cut) in cuts.enumerated() {
                let events = runner.events()
                #expect(try await runner.ask([order.id]) == [.running(start)])
                #expect(try cut() > 0, "cut \(number)")
                await #expect(throws: RunnerError.self) { for try await _ in events {} }
                try await eventually("an answer after cut \(number)") {
                    await runnerError({ () throws(RunnerError) in _ = try await runner.ask([order.id]) }) == nil
                }
            }
            #expect(try await runner.ask([order.id]) == [.running(start)])
            #expect(try KeeperProbe(folder: fixture.keeperState()).identity().processID == keeper)
            TextFile.write("", to: gate)
            #expect(try await runner.record(of: order).ending == .exited(7))
            #expect(try await runner.wholeLog(order.id) == Array("before\nafter\n".utf8))
            runner.close()
        }
    }

    @Test func `a killed keeper is followed by another, and another program does not touch what runs`() async throws {
        try await withSSH { fixture in
            let first = try fixture.keeperRunner()
            let gate = fixture.server.folder + "/gate"
            let order = StartOrder("echo before; until [ -e '\(gate)' ]; do sleep 0.05; done; echo after")
            _ = try await first.start([order])
            let programs = fixture.programs()
            #expect(programs.count == 1)
            first.close()
            // The same program with another hash, as an upgrade brings it.
            let upgrade = fixture.server.folder + "/rota-keeper"
            try fixture.copy(LocalFixture.keeperExecutable, to: upgrade, adding: [0])
            let second = try fixture.keeperRunner(executable: upgrade)
            guard case .running = try await second.ask([order.id])[0] else {
                Issue.record("it does not run under the other program")
                return
            }
            #expect(fixture.programs().count == 1 && fixture.programs() != programs)
            kill(try KeeperProbe(folder: fixture.keeperState()).identity().processID, SIGKILL)
            try await eventually("another keeper") {
                await runnerError({ () throws(RunnerError) in _ = try await second.identify() }) == nil
            }
            TextFile.write("", to: gate)
            guard case .lost = try await second.outcome(of: order.id) else {
                Issue.record("nobody saw how it ended, and it was not said to be lost")
                return
            }
            #expect(try await second.wholeLog(order.id) == Array("before\nafter\n".utf8))
            second.close()
        }
    }

    @Test func `it has fences, limits, strays and figures of the host`() async throws {
        try await withSSH { fixture in
            let runner = try fixture.keeperRunner()
            var contact = try #require(try await runner.greet(heard: nil).clock)
            contact.sinceBoot += .seconds(3_600)
            var fenced = StartOrder("sleep 600")
            fenced.grace = .milliseconds(200)
            fenced.fence = Fence(after: .seconds(2), contact: contact)
            _ = try await runner.start([fenced])
            var limited = StartOrder("ulimit -v; setsid sleep 600 & until [ -e /proc/$!/stat ]; do :; done")
            limited.limits = ResourceLimits(memory: 512 << 20)
            #expect(runner.objection(to: limited.limits) == nil)
            #expect(try await runner.record(of: limited).ending == .exited(0))
            let log = String(decoding: try await runner.wholeLog(limited.id), as: UTF8.self)
            #expect(!log.isEmpty)
            let strays = try #require(try await runner.strays()).filter { $0.attempt == limited.id }
            #expect(strays.count == 1)
            try await runner.reap(strays.map(\.processID))
            try await eventually("the end of the stray") {
                try #require(try await runner.strays()).allSatisfy { $0.attempt != limited.id }
            }
            try await eventually("figures of the host") { await runner.load()?.memoryFree != nil }
            guard case .ended(let record) = try await runner.outcome(of: fenced.id) else {
                Issue.record("the fence gave no record")
                return
            }
            #expect(record.cause == .fenced)
            runner.close()
        }
    }

    @Test(.enabled(if: geteuid() == 0)) func `root's runner runs tasks as whom it is told to`() async throws {
        try await withSSH { fixture in
            guard let daemon = unsafe getpwnam("daemon") else { throw Unexpected.status("there is no user daemon") }
            let state = fixture.server.folder + "/theirs"
            #expect(unsafe mkdir(state, 0o700) == 0)
            #expect(unsafe chown(state, daemon.pointee.pw_uid, daemon.pointee.pw_gid) == 0)
            for folder in [fixture.server.folder, fixture.server.folder + "/bin"] { unsafe chmod(folder, 0o755) }
            let runner = try fixture.keeperRunner(stateDirectory: state, runAs: "daemon")
            let order = StartOrder("id -un; echo $USER; [ -O \"$ROTA_RUN_DIR\" ]")
            #expect(try await runner.record(of: order).ending == .exited(0))
            #expect(try await runner.wholeLog(order.id) == Array("daemon\ndaemon\n".utf8))
            runner.close()
            let stranger = try fixture.keeperRunner(stateDirectory: state, runAs: "nobody-knows-them")
            let error = await runnerError { () throws(RunnerError) in _ = try await stranger.identify() }
            let reason = "it has no user nobody-knows-them, as whom tasks are to run"
            #expect(error == .unable(runner: "far", reason: reason))
        }
    }

    @Test func `a program that does not run there is refused with what to do`() async throws {
        try await withSSH { fixture in
            let program = fixture.server.folder + "/broken"
            TextFile.write("#!/bin/sh\necho 'not for this libc' >&2; exit 1\n", to: program)
            let runner = try fixture.keeperRunner(executable: program)
            let error = await runnerError { () throws(RunnerError) in _ = try await runner.identify() }
            guard case .unable("far", let reason)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(reason.contains("not for this libc") && reason.contains("leave out 'install'"), "\(reason)")
            #expect(fixture.programs().isEmpty)
            let missing = try fixture.keeperRunner(executable: "/no/such/program")
            await #expect(throws: RunnerError.self) { try await missing.identify() }
        }
    }
}

extension SSHFixture {
    /// The folder for this machine below the home of the sessions.
    private var machine: String? { names(in: server.home + "/.rota").first.map { "\(server.home)/.rota/\($0)" } }

    /// The state directory of the keeper that was copied.
    func keeperState() throws -> String { try #require(machine) + "/keeper" }

    /// The keepers' programs there.
    func programs() -> [String] { machine.map { names(in: $0) }?.filter { $0.hasPrefix("rota-keeper-") } ?? [] }

    /// Kills processes of this server's connections whose command line is as asked for; answers how many.
    func kill(_ isMeant: (String) -> Bool) -> Int {
        var count = 0
        for process in names(in: "/proc").compactMap({ Int32($0) }) where process != getpid() {
            guard let line = TextFile.read("/proc/\(process)/cmdline"), line.contains(server.folder), isMeant(line)
            else { continue }
            if Glibc.kill(process, SIGKILL) == 0 { count += 1 }
        }
        return count
    }

    /// Copies a file and adds some bytes.
    func copy(_ source: String, to target: String, adding more: [UInt8]) throws {
        let file = try Descriptor(path: source, flags: O_RDONLY)
        let copy = try Descriptor(path: target, flags: O_WRONLY | O_CREAT, mode: 0o700)
        try copy.write(try file.read(from: 0, limit: Int(file.length)) + more)
    }

    private func names(in folder: String) -> [String] {
        guard let directory = unsafe opendir(folder) else { return [] }
        defer { _ = unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }
}
