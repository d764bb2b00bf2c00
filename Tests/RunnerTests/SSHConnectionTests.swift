import Core
import Glibc
import Runner
import TestKit
import Testing

/// What goes wrong between here and the far shell, and what is said then.
@Suite(.serialized) struct SSHConnectionTests {
    @Test func `a cut connection leaves the task running and the next call connects anew`() async throws {
        try await withSSH { fixture in
            let runner = try fixture.runner()
            let gate = fixture.server.folder + "/gate"
            let order = StartOrder("echo before; until [ -e '\(gate)' ]; do sleep 0.05; done; echo after; exit 7")
            let events = runner.events()
            guard case .status(.running(let start)) = try await runner.start([order])[0] else {
                Issue.record("it does not run")
                return
            }
            // The stream is open once it has told something.
            for try await event in events where event == .logGrew(order.id) { break }
            #expect(try fixture.server.cutConnections() > 0)
            await #expect(throws: RunnerError.self) { for try await _ in events {} }
            while await runnerError({ () throws(RunnerError) in _ = try await runner.ask([order.id]) }) != nil {}
            #expect(try await runner.ask([order.id]) == [.running(start)])
            TextFile.write("", to: gate)
            #expect(try await runner.record(of: order).ending == .exited(7))
            #expect(try await runner.wholeLog(order.id) == Array("before\nafter\n".utf8))
            runner.close()
        }
    }

    @Test func `a changed host key is told apart and nothing is sent`() async throws {
        try await withSSH { fixture in
            let runner = try fixture.runner(knownHostsFile: fixture.server.changedHostsFile)
            let error = await runnerError { () throws(RunnerError) in _ = try await runner.start([StartOrder("true")]) }
            guard case .hostKey("far", let reason)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(reason.contains("has changed"))
            #expect(fixture.isUntouched)
        }
    }

    @Test func `an unknown host key is told apart and nothing is sent`() async throws {
        try await withSSH { fixture in
            let runner = try fixture.runner(knownHostsFile: fixture.server.emptyHostsFile)
            let error = await runnerError { () throws(RunnerError) in _ = try await runner.start([StartOrder("true")]) }
            guard case .hostKey("far", let reason)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(reason.contains("no host key of 127.0.0.1"))
            #expect(fixture.isUntouched)
        }
    }

    @Test func `a key that is not let in is said to be refused`() async throws {
        try await withSSH { fixture in
            let runner = try fixture.runner(identityFile: fixture.server.strangeIdentityFile)
            let error = await runnerError { () throws(RunnerError) in _ = try await runner.identify() }
            guard case .notAuthorised("far", let reason)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(reason.contains("strange_key"))
        }
    }

    @Test func `what rc files print does no harm`() async throws {
        let bashrc = "echo noise; printf 'no line end'; echo error >&2; printf '%08192d\\n' 0"
        try await withSSH(bashrc: bashrc) { fixture in
            let runner = try fixture.runner()
            #expect(try await fixture.record(of: "echo quiet", runner) == "quiet\n")
            runner.close()
        }
    }

    @Test func `a forced command that never answers has a sentence of its own`() async throws {
        try await withSSH(forcedCommand: "/bin/sh -c 'echo please wait; exec sleep 600'") { fixture in
            let runner = try fixture.runner(timeouts: SSHTimeouts(shell: .seconds(3)))
            let error = await runnerError { () throws(RunnerError) in _ = try await runner.identify() }
            guard case .unable("far", let reason)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(reason.contains("its shell did not answer"))
            #expect(reason.contains("please wait"))
        }
    }

    @Test func `a host without a shell for us says so`() async throws {
        try await withSSH(forcedCommand: "/bin/sh -c 'echo This account is not available; exit 1'") { fixture in
            let runner = try fixture.runner()
            let error = await runnerError { () throws(RunnerError) in _ = try await runner.identify() }
            guard case .unable("far", let reason)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(reason.contains("This account is not available"))
        }
    }

    @Test func `a port where nothing listens is unreachable`() async throws {
        try await withSSH { fixture in
            let way = SSHWay(
                host: "127.0.0.1",
                port: 1,
                user: "nobody",
                identityFile: fixture.server.identityFile,
                knownHostsFile: fixture.server.knownHostsFile,
                controlDirectory: fixture.server.controlDirectory
            )
            let runner = try SSHRunner(name: "far", way: way)
            let error = await runnerError { () throws(RunnerError) in _ = try await runner.identify() }
            let reason = "nothing listens at 127.0.0.1 port 1 (connection refused)"
            #expect(error == .unreachable(runner: "far", reason: reason))
        }
    }

    @Test func `a server that allows one session per connection is used all the same`() async throws {
        try await withSSH(configuration: ["MaxSessions 1"]) { fixture in
            let runner = try fixture.runner()
            let order = StartOrder("echo one")
            #expect(try await runner.record(of: order).ending == .exited(0))
            #expect(try await runner.wholeLog(order.id) == Array("one\n".utf8))
            runner.close()
        }
    }

    @Test(arguments: [
        ("-oProxyCommand=id", 22, "root"), ("host name", 22, "root"), ("host", 0, "root"), ("host", 70_000, "root"),
        ("host", 22, "-root"), ("host", 22, "a b"), ("", 22, "root"), ("ho;st", 22, "root"), ("host", 22, ""),
    ])
    func `a destination that could be taken for something else is refused`(host: String, port: Int, user: String) {
        let way = SSHWay(
            host: host,
            port: port,
            user: user,
            identityFile: "/dev/null",
            knownHostsFile: "/dev/null",
            controlDirectory: "/tmp"
        )
        #expect(throws: RunnerError.self) { try SSHRunner(name: "far", way: way) }
    }
}
