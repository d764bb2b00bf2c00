import Core
import Glibc
import TestKit
import Testing

/// Hosts that dial the servers, with real certificates, a connection that is cut, and daemons that are killed.
struct FleetTests {
    static let work = """
        tasks:
          work:
            runner: {labels: [etl]}
            run: |
              gate=WITNESS/gate-${ROTA_RUN_ID##*/}
              echo begun; until [ -e "$gate" ]; do sleep 0.05; done; echo on
        """

    /// A server that lets runners dial in with certificates on both sides, and what a host needs to dial it.
    struct Fleet {
        let station: Station
        let ca: PrivateCA
        let proxy: CuttableProxy
        let token: String

        /// Starts a daemon that dials, and waits until the servers know it.
        func daemon(_ more: String...) async throws -> Program {
            let daemon = try station.launch(
                [
                    "runner", "--server", "https://localhost:\(proxy.port)", "--state", "\(station.folder)/far",
                    "--tls-ca", ca.certificate, "--tls-cert", "\(ca.folder)/host.pem", "--tls-key",
                    "\(ca.folder)/host.key", "--label", "etl", "--slots", "2",
                ] + more
            )
            _ = try await daemon.line(startingWith: "connected ")
            try await state("online")
            return daemon
        }

        func state(_ word: String) async throws {
            try await eventually("the runner \(word)") {
                try await station.json("runners", "list").items.first { $0.text("name") == "far" }?.text("state")
                    == word
            }
        }

        /// Starts a run whose task waits on the runner.
        func begin() async throws -> String {
            let run = try await station.trigger("work")
            try await station.awaitTask("work", of: run, "running")
            return run
        }

        /// Lets a run's task go on, and checks that nothing of it was done twice or got lost.
        func finish(_ run: String) async throws {
            let key = run.split(separator: "/").last.map(String.init) ?? ""
            try station.put("witness/gate-\(key)", "")
            try await station.awaitRun(run, "success")
            #expect(try await station.attempts("work", of: run) == ["success"])
            #expect(try await station.rota("logs", run, "work").text == "begun\non\n")
        }
    }

    static func with(_ body: (Fleet) async throws -> Void) async throws {
        try await Station.with { station in
            let folder = station.folder + "/tls"
            unsafe mkdir(folder, 0o755)
            let ca = try await PrivateCA(in: folder)
            let server = try await ca.issue("server")
            _ = try await ca.issue("host")
            let port = CuttableProxy.freePort()
            try station.put(
                "rota.yaml",
                """
                dial_in:
                  listen: 127.0.0.1:\(port)
                  certificate: \(server.certificate)
                  key: \(server.key)
                  ca: \(ca.certificate)
                """
            )
            try station.write("work.yaml", work.replacing("WITNESS", with: station.witness))
            _ = try await station.start([
                "standalone", "--data", station.data, "--dags", station.dags, "--port", "0", "--config",
                "\(station.folder)/rota.yaml",
            ])
            try await station.awaitDAG("work")
            let token = try await station.rota("runners", "token", "create", "rack", "--uses", "3")
            #expect(token.exitCode == 0, "\(token)")
            let proxy = CuttableProxy(to: port)
            defer { proxy.end() }
            let word = String(token.text.split(separator: "\n").first ?? "")
            try await body(Fleet(station: station, ca: ca, proxy: proxy, token: word))
        }
    }

    @Test func `a host joins by a token, and its task outlives a cut connection and a new daemon`() async throws {
        try await Self.with { fleet in
            let station = fleet.station
            let first = try await fleet.daemon("--join", fleet.token, "--name", "far")
            let run = try await fleet.begin()
            fleet.proxy.set(.cut)
            try await fleet.state("unreachable")
            fleet.proxy.set(.open)
            try await fleet.state("online")
            fleet.proxy.set(.frozen)
            try await fleet.state("unreachable")
            fleet.proxy.set(.open)
            try await fleet.state("online")
            try await fleet.finish(run)

            // A new version in the place of the old one: no token, no word to the task.
            let other = try await fleet.begin()
            first.signal(SIGTERM)
            #expect(try await first.result().exitCode == 0)
            let second = try await fleet.daemon()
            second.signal(SIGKILL)
            _ = try await second.result()
            _ = try await fleet.daemon("--reserve", "1:80", "--busy-memory-free", "0.001")
            try await fleet.finish(other)
            let shown = try await station.rota("runners", "show", "far")
            #expect(shown.text.contains("for each processor"), "\(shown)")
            #expect(shown.text.contains("join token rack"), "\(shown)")
            #expect(shown.text.contains("1 slot for priority 80 and above"), "\(shown)")
            #expect(shown.text.contains("at least 0.001 of the memory free"), "\(shown)")
            #expect(try await station.json("runners", "show", "far")["load"]?["memory_free"] != nil)
        }
    }

    @Test func `a drained host ends what it has, and is removed when nothing is on it`() async throws {
        try await Self.with { fleet in
            let station = fleet.station
            _ = try await fleet.daemon("--join", fleet.token, "--name", "far")
            let run = try await fleet.begin()
            let rehearsed = try await station.rota("runners", "drain", "far", "--dry-run")
            #expect(rehearsed.text.contains("1 attempt on it has not ended"), "\(rehearsed)")
            let drained = try await station.rota("runners", "drain", "far", "--reason", "new disk")
            #expect(drained.exitCode == 0, "\(drained)")
            let refused = try await station.rota("runners", "remove", "far")
            #expect(refused.exitCode == 5 && refused.errorText.contains("--force"), "\(refused)")

            let waiting = try await station.trigger("work")
            try await fleet.finish(run)
            let why = try await station.rota("why", waiting, "work")
            #expect(why.text.contains("far is drained"), "\(why)")
            #expect(why.text.contains("new disk"), "\(why)")
            #expect(try await station.attempts("work", of: waiting).isEmpty)
            #expect(try await station.rota("runners", "resume", "far").exitCode == 0)
            try await station.awaitTask("work", of: waiting, "running")
            try await fleet.finish(waiting)

            let removed = try await station.rota("runners", "remove", "far")
            #expect(removed.exitCode == 0, "\(removed)")
            #expect(try await station.rota("runners", "show", "far").exitCode == 3)
            let again = try await station.bare([
                "runner", "--server", "https://localhost:\(fleet.proxy.port)", "--join", "rota_join_wrong", "--state",
                "\(station.folder)/other", "--tls-ca", fleet.ca.certificate, "--tls-cert",
                "\(fleet.ca.folder)/host.pem",
                "--tls-key", "\(fleet.ca.folder)/host.key",
            ])
            #expect(again.exitCode == 2 && again.errorText.contains("join token is wrong"), "\(again)")
        }
    }

    @Test func `a host that a server dials shows certificates and wants one, and its daemon is replaced`() async throws
    {
        try await Station.with { station in
            let folder = station.folder + "/tls"
            unsafe mkdir(folder, 0o755)
            let ca = try await PrivateCA(in: folder)
            let (host, server) = (try await ca.issue("host"), try await ca.issue("server"))
            let port = CuttableProxy.freePort()
            try station.put("token", "a-long-random-word-for-a-test")
            try station.put(
                "rota.yaml",
                """
                runners:
                  - name: far
                    kind: http
                    address: https://localhost:\(port)
                    token_file: \(station.folder)/token
                    ca: \(ca.certificate)
                    certificate: \(server.certificate)
                    key: \(server.key)
                    labels: [etl]
                """
            )
            try station.write("work.yaml", Self.work.replacing("WITNESS", with: station.witness))
            func daemon() async throws -> Program {
                let daemon = try station.launch([
                    "runner", "--listen", "127.0.0.1:\(port)", "--token-file", "\(station.folder)/token", "--state",
                    "\(station.folder)/far", "--tls-cert", host.certificate, "--tls-key", host.key, "--tls-ca",
                    ca.certificate, "--measure", "echo 17",
                ])
                _ = try await daemon.line(startingWith: "ready ")
                return daemon
            }
            let first = try await daemon()
            _ = try await station.start([
                "standalone", "--data", station.data, "--dags", station.dags, "--port", "0", "--config",
                "\(station.folder)/rota.yaml",
            ])
            try await station.awaitDAG("work")
            let run = try await station.trigger("work")
            try await station.awaitTask("work", of: run, "running")
            first.signal(SIGKILL)
            _ = try await first.result()
            _ = try await daemon()
            let key = run.split(separator: "/").last.map(String.init) ?? ""
            try station.put("witness/gate-\(key)", "")
            try await station.awaitRun(run, "success")
            #expect(try await station.attempts("work", of: run) == ["success"])
            try await eventually("the measure") {
                try await station.json("runners", "show", "far")["load"]?["measure"] == .number("17.0")
            }
        }
    }
}
