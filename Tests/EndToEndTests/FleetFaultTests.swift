import Core
import Glibc
import TestKit
import Testing

/// Hosts that dial the servers while connections, daemons and servers fail.
struct FleetFaultTests {
    @Test func `whatever is cut and killed, each task runs once and every line is kept`() async throws {
        try await FleetTests.with { fleet in
            let station = fleet.station
            let count = 24
            try station.write(
                "many.yaml",
                """
                max_active_tasks: 100
                tasks:
                  one:
                    runner: {labels: [etl]}
                    for_each: [\((0..<count).map(String.init).joined(separator: ", "))]
                    env: {N: "{{ item }}"}
                    run: |
                      echo "$N" >> \(station.witness)/ran
                      for i in 1 2 3 4 5 6 7 8; do echo "line $i of $N"; sleep 0.1; done
                """
            )
            var daemon = try await fleet.daemon("--join", fleet.token, "--name", "far")
            try await station.awaitDAG("many")
            let run = try await station.trigger("many")
            var chance = SplitMix64(seed: 7)
            for round in 0..<9 {
                let before = station.lines(of: "ran").count
                if round % 3 == 2 {
                    daemon.signal(SIGKILL)
                    _ = try await daemon.result()
                    daemon = try await fleet.daemon()
                } else {
                    fleet.proxy.set(.cut)
                    try await Task.sleep(for: .milliseconds(Int.random(in: 0..<400, using: &chance)))
                    fleet.proxy.set(.open)
                    try await fleet.state("online")
                }
                guard before < count else { break }
                try await eventually("more work") { station.lines(of: "ran").count > before }
            }
            try await station.awaitRun(run, "success")
            #expect(station.lines(of: "ran").sorted() == (0..<count).map(String.init).sorted())
            for number in 0..<count {
                let log = try await station.rota("logs", run, "one", "--map-index", "\(number)").text
                #expect(log == (1...8).map { "line \($0) of \(number)\n" }.joined())
            }
        }
    }

    @Test(arguments: [true, false])
    func `a host that dials two servers is looked after by the other when one is killed, or cut off`(
        isKilled: Bool
    ) async throws {
        try await PrivateServer.shared().withDatabase { database in
            try await Station.with { station in
                try station.write("work.yaml", FleetTests.work.replacing("WITNESS", with: station.witness))
                var servers: [(program: Program, port: Int)] = []
                var proxies: [CuttableProxy] = []
                defer { for proxy in proxies { proxy.end() } }
                for name in ["a", "b"] {
                    let port = CuttableProxy.freePort()
                    try station.put("\(name).yaml", "dial_in: {listen: 127.0.0.1:\(port)}\n")
                    let program = try await station.start(
                        [
                            "serve", "--data", "\(station.data)-\(name)", "--dags", station.dags, "--listen",
                            "127.0.0.1:0", "--runner-name", name, "--config", "\(station.folder)/\(name).yaml",
                        ],
                        environment: ["DATABASE_URL": database.address]
                    )
                    let proxy = CuttableProxy(to: port)
                    proxies.append(proxy)
                    servers.append((program, proxy.port))
                }
                func ask(_ server: String, _ arguments: String...) async throws -> ProgramResult {
                    try await station.bare(arguments, environment: ["ROTA_DATA": "\(station.data)-\(server)"])
                }
                let made = try await ask("a", "runners", "token", "create", "rack")
                let token = String(made.text.split(separator: "\n").first ?? "")
                // The first alone at first, so that it has the runner.
                let joined = try station.launch([
                    "runner", "--server", "http://127.0.0.1:\(servers[0].port)", "--join", token, "--name", "far",
                    "--label", "etl", "--state", "\(station.folder)/far",
                ])
                func isOnline() async throws -> Bool {
                    let list = JSONValue(parsing: try await ask("b", "runners", "list", "--json").text)
                    return list?.items.first { $0.text("name") == "far" }?.text("state") == "online"
                }
                try await eventually("the runner") { try await isOnline() }
                joined.signal(SIGTERM)
                _ = try await joined.result()
                let both = try station.launch([
                    "runner", "--server", "http://127.0.0.1:\(servers[0].port)", "--server",
                    "http://127.0.0.1:\(servers[1].port)", "--label", "etl", "--state", "\(station.folder)/far",
                ])
                try await eventually("both connections") {
                    let text = String(decoding: both.output, as: UTF8.self)
                    return servers.allSatisfy { text.contains("connected http://127.0.0.1:\($0.port)") }
                }
                try await eventually("the runner") { try await isOnline() }
                try await eventually("the DAG") { try await ask("b", "dags", "show", "work").exitCode == 0 }
                let run = try await ask("b", "trigger", "work").text.split(separator: "\n").first.map(String.init) ?? ""
                func task() async throws -> JSONValue? {
                    JSONValue(parsing: try await ask("b", "runs", "show", run, "--json").text)?.task("work")
                }
                try await eventually("a running task") { try await task()?.text("state") == "running" }
                if isKilled {
                    servers[0].program.signal(SIGKILL)
                    _ = try await servers[0].program.result()
                } else {
                    proxies[0].set(.cut)
                }
                let key = run.split(separator: "/").last.map(String.init) ?? ""
                try station.put("witness/gate-\(key)", "")
                try await eventually("the end of the task") { try await task()?.text("state") == "success" }
                #expect(try await task()?["attempts"]?.elements.count == 1)
            }
        }
    }
}
