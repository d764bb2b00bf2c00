import Core
import Glibc
import TestKit
import Testing

/// A host that the server gives a keeper over SSH.
struct CopiedKeeperTests {
    @Test func `cut connections and a killed server leave one attempt with every line`() async throws {
        let sshd = try PrivateSSHServer()
        defer {
            // The keeper outlives what reached it, as it should.
            for process in Processes.all where Processes.mentions(process, sshd.folder) {
                if Processes.program(process).hasPrefix("rota-keeper") { _ = kill(process, SIGKILL) }
            }
            sshd.end()
        }
        try await Station.with { station in
            let settings = """
                runners:
                  - name: box
                    kind: ssh
                    install: keeper
                    address: 127.0.0.1
                    port: \(sshd.port)
                    user: \(sshd.user)
                    identity_file: \(sshd.identityFile)
                    known_hosts: \(sshd.knownHostsFile)
                """
            try station.put("rota.yaml", settings)
            try station.write(
                "far.yaml",
                """
                tasks:
                  work:
                    runner: box
                    resources: {memory: 2GiB}
                    on_unreachable: {retry_after: 1h}
                    run: |
                      echo "$ROTA_ATTEMPT" >> \(station.witness)/ran
                      echo begun
                      until [ -e \(station.witness)/gate ]; do sleep 0.05; done
                      echo on
                      echo rows=7 >> "$ROTA_OUTPUT"
                """
            )
            let arguments = [
                "standalone", "--data", station.data, "--dags", station.dags, "--port", "0", "--config",
                "\(station.folder)/rota.yaml",
            ]
            let first = try await station.start(arguments)
            try await station.awaitDAG("far")
            let run = try await station.trigger("far")
            try await station.awaitTask("work", of: run, "running")
            try await eventually("a line of the log") { try await station.rota("logs", run, "work").text == "begun\n" }
            #expect(try sshd.cutConnections() > 0)
            try await eventually("the runner's figures") {
                if case .number? = try await station.json("runners", "show", "box")["load"]?["memory_free"] {
                    true
                } else {
                    false
                }
            }
            first.signal(SIGKILL)
            _ = try await first.result()
            try station.leave("gate")
            _ = try await station.start(arguments)
            try await station.awaitRun(run, "success")
            #expect(try await station.attempts("work", of: run) == ["success"])
            #expect(station.lines(of: "ran") == ["1"])
            #expect(try await station.rota("logs", run, "work").text == "begun\non\n")
        }
    }
}
