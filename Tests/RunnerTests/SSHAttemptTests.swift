import Core
import Glibc
import Logging
import Runner
import TestKit
import Testing

/// What the far side knows of an attempt whose keepers are killed, and what it can only guess.
@Suite(.serialized) struct SSHAttemptTests {
    @Test(arguments: PrivateSSHServer.FarShell.allCases.filter(\.isInstalled))
    func `a killed parent leaves its command running and then proof of its loss`(
        shell: PrivateSSHServer.FarShell
    ) async throws {
        try await withSSH(shell: shell) { fixture in
            let runner = try fixture.runner()
            let gate = fixture.server.folder + "/gate"
            let order = StartOrder("until [ -e '\(gate)' ]; do sleep 0.05; done")
            let events = runner.events()
            let start = try await runner.start([order])
            let parent = try await fixture.started(order.id, runner: runner)[3]
            #expect(kill(parent, SIGKILL) == 0)
            #expect(try await runner.ask([order.id]).map { .status($0) } == start)
            TextFile.write("", to: gate)
            var proof = ""
            waiting: for try await event in events {
                if case .lost(order.id, let sentence) = event {
                    proof = sentence
                    break waiting
                }
            }
            #expect(proof.contains("its parent process \(parent) is gone"))
            #expect(proof.contains("is empty and there is no exit record"))
            #expect(try await runner.ask([order.id]) == [.lost(proof: proof)])
            #expect(try await runner.start([order]) == [.status(.lost(proof: proof))])
            runner.close()
        }
    }

    @Test func `a command on the host measures how busy it is, whatever its rc files say`() async throws {
        try await withSSH(bashrc: "echo 99; printf 'no line end'") { fixture in
            var logger = Logger(label: "test")
            logger.logLevel = .critical
            let path = fixture.server.folder + "/figure"
            TextFile.write("it's 7\n", to: path)
            let (shell, keeper) = (try fixture.runner(), try fixture.keeperRunner())
            _ = try await shell.identify()
            _ = try await keeper.identify()
            let command = "cut -d ' ' -f 2 '\(path)'"
            for measure in [shell.measure(command, logger: logger), keeper.measure(command, logger: logger)] {
                let running = Task { await measure.run() }
                try await eventually("the figure") { measure.value == 7 }
                running.cancel()
                await running.value
            }
            shell.close()
            keeper.close()
        }
    }

    @Test func `an exit above 128 is perhaps a signal`() async throws {
        try await withSSH { fixture in
            let runner = try fixture.runner()
            let record = try await runner.record(of: StartOrder("kill -KILL $$"))
            #expect(record.ending == .exited(137))
            #expect(record.note == "exit code 137: perhaps killed by signal 9 (SIGKILL)")
            let other = try await runner.record(of: StartOrder("exit 255"))
            #expect(other.ending == .exited(255))
            #expect(other.note == nil)
            runner.close()
        }
    }

    @Test(arguments: PrivateSSHServer.FarShell.allCases.filter(\.isInstalled))
    func `a command gets the signals and the file mask of a session`(shell: PrivateSSHServer.FarShell) async throws {
        try await withSSH(shell: shell) { fixture in
            let runner = try fixture.runner()
            // INT and QUIT are ignored for ever by what a shell starts in the background. A shell may ignore QUIT itself.
            let order = StartOrder("umask; cat /proc/self/status")
            #expect(try await runner.record(of: order).ending == .exited(0))
            let lines = String(decoding: try await runner.wholeLog(order.id), as: UTF8.self).split(separator: "\n")
            #expect(lines.first == "0022")
            let words = try #require(lines.first { $0.hasPrefix("SigIgn:") }).split(separator: "\t")
            let ignored = try #require(words.last.flatMap { UInt64($0, radix: 16) })
            #expect(ignored & (1 << UInt64(SIGINT - 1) | 1 << UInt64(SIGQUIT - 1)) == 0)
            runner.close()
        }
    }

    @Test func `what a command leaves behind is counted`() async throws {
        try await withSSH { fixture in
            let runner = try fixture.runner()
            let order = StartOrder("sleep 600 & echo $!")
            let record = try await runner.record(of: order)
            #expect(record.ending == .exited(0))
            #expect(record.note == "left 1 process behind")
            let left = try #require(
                Int32(String(decoding: try await runner.wholeLog(order.id).dropLast(), as: UTF8.self))
            )
            #expect(kill(left, SIGKILL) == 0)
            runner.close()
        }
    }

    @Test func `two servers that send one order start it once`() async throws {
        try await withSSH(shell: .dash) { fixture in
            let witness = fixture.server.folder + "/witness"
            let orders = (0..<20).map { _ in StartOrder("echo x >> '\(witness)'") }
            let runners = try (0..<2).map { _ in try fixture.runner() }
            try await withThrowingTaskGroup { group in
                for runner in runners {
                    group.addTask { _ = try await runner.start(orders) }
                }
                try await group.waitForAll()
            }
            for order in orders { #expect(try await runners[0].record(of: order).ending == .exited(0)) }
            #expect(TextFile.read(witness) == String(repeating: "x\n", count: 20))
            for runner in runners { runner.close() }
        }
    }

    @Test func `the secrets of an order are on no disk once it runs`() async throws {
        try await withSSH { fixture in
            let runner = try fixture.runner()
            var order = StartOrder("cat ../environment; echo \"${#SECRET}\"; tr '\\0' ' ' </proc/$PPID/cmdline")
            order.environment = [EnvironmentVariable("SECRET", "swordfish")]
            #expect(try await runner.record(of: order).ending == .exited(0))
            let log = String(decoding: try await runner.wholeLog(order.id), as: UTF8.self)
            #expect(log.hasPrefix("9\n"))
            #expect(!log.contains("swordfish"))
            runner.close()
        }
    }
}
