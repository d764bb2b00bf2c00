import Core
import Glibc
import TestKit
import Testing

/// Tasks on this host, on a `rota runner`, and on a host that has nothing but an SSH server.
struct RunnerTests {
    private static let threeHosts = """
        tasks:
          near: {run: 'echo "near to $ROTA_TASK_ID"; echo n=1 >> "$ROTA_OUTPUT"'}
          http: {needs: near, runner: far, env: {N: "{{ tasks.near.outputs.n }}"}, run: 'echo "http got $N"; echo h=2 >> "$ROTA_OUTPUT"'}
          ssh: {needs: http, runner: {labels: [box]}, env: {H: "{{ tasks.http.outputs.h }}"}, run: 'echo "ssh got $H"; exit 3'}
          last: {needs: ssh, trigger_rule: all_done, run: 'true'}
        """

    @Test func `one run uses this host, a runner over HTTP and a host over SSH`() async throws {
        let sshd = try PrivateSSHServer()
        defer { sshd.end() }
        try await Station.with { station in
            let token = "a-long-random-word-for-a-test"
            try station.put("token", token)
            let daemon = try station.launch([
                "runner", "--listen", "127.0.0.1:0", "--token-file", "\(station.folder)/token", "--state",
                "\(station.folder)/far",
            ])
            let ready = try await daemon.line(startingWith: "ready ")
            let port = try #require(ready.split(separator: ":").last.flatMap { Int($0) })
            let settings = """
                runners:
                  - {name: far, kind: http, address: "http://127.0.0.1:\(port)", token_file: \(station.folder)/token}
                  - name: host
                    kind: ssh
                    address: 127.0.0.1
                    port: \(sshd.port)
                    user: \(sshd.user)
                    identity_file: \(sshd.identityFile)
                    known_hosts: \(sshd.knownHostsFile)
                    labels: [box]
                """
            try station.put("rota.yaml", settings)
            try station.write("hosts.yaml", Self.threeHosts)
            _ = try await station.start([
                "standalone", "--data", station.data, "--dags", station.dags, "--port", "0", "--config",
                "\(station.folder)/rota.yaml",
            ])
            try await station.awaitDAG("hosts")
            let run = try await station.trigger("hosts")
            let ended = try await station.awaitRun(run, "failed")
            let runners = try ["near", "http", "ssh", "last"].map { name in
                try #require(ended.task(name)?["attempts"]?.elements.last?.text("runner"))
            }
            #expect(runners == ["local", "far", "host", "local"])
            #expect(ended.task("ssh")?["attempts"]?.elements.last?["exit_code"]?.integer == 3)
            #expect(try await station.rota("logs", run, "http").text == "http got 1\n")
            #expect(try await station.rota("logs", run, "ssh").text == "ssh got 2\n")
        }
    }

    @Test func `a task whose runner nobody knows waits and says why`() async throws {
        try await Station.with { station in
            _ = try await station.start([
                "lost.yaml": "tasks: {t: {run: 'true', runner: nowhere}, u: {run: 'true', runner: {labels: [gpu]}}}"
            ])
            let run = try await station.trigger("lost")
            try await eventually("the reasons") {
                let tasks = try await station.json("tasks", "list", run).items
                return tasks.compactMap { $0.text("hold") } == ["unknown_runner nowhere", "no_runner_with_labels gpu"]
            }
        }
    }

    @Test func `a queue whose head waits for limits of its own holds up nobody behind it`() async throws {
        try await Station.with { station in
            var crowd = "max_active_tasks: 1\ntasks:\n"
            for number in 0..<200 { crowd += "  t\(number): {run: 'sleep 1000'}\n" }
            _ = try await station.start(["crowd.yaml": crowd, "behind.yaml": "tasks: {t: {run: 'true'}}"])
            let run = try await station.trigger("crowd")
            try await eventually("a running task") {
                try await station.json("tasks", "list", run).items.contains { $0.text("state") == "running" }
            }
            let other = try await station.trigger("behind")
            try await station.awaitRun(other, "success")
            #expect(try await station.rota("runs", "cancel", run).exitCode == 0)
        }
    }

    @Test func `rota test runs a DAG without a server and prints a run`() async throws {
        try await Station.with { station in
            try station.write(
                "try.yaml",
                """
                params: {name: {default: world}}
                tasks:
                  first: {run: 'echo "hello $ROTA_PARAM_NAME"; echo n=2 >> "$ROTA_OUTPUT"', outputs: {n: integer}}
                  second: {needs: first, when: tasks.first.outputs.n > 1, run: 'exit 7', retries: {limit: 1, delay: 0s}}
                  third: {needs: second, run: 'true'}
                """
            )
            let result = try await station.bare(["test", "dags/try.yaml", "-p", "name=you", "--json"])
            #expect(result.exitCode == 1, "\(result)")
            let run = try #require(JSONValue(parsing: result.text))
            #expect(run.text("state") == "failed")
            #expect(run.task("second")?["attempts"]?.elements.map { $0["exit_code"]?.integer } == [7, 7])
            #expect(run.task("third")?.text("state") == "upstream_failed")
            let spoken = try await station.bare(["test", "dags/try.yaml", "-p", "name=you"])
            #expect(spoken.text.contains("first | hello you\n"), "\(spoken)")
        }
    }
}
