import Core
import Glibc
import TestKit

// MARK: - Servers that die, freeze and stop

extension Fault {
    static let onServers = [
        Fault("F01", "a server is killed at each step of its transactions, before and after they count") { fleet in
            for step in Step.all where !fleet.isShort || step.isTelling { try await fleet.killAt(step) }
        },
        Fault("F03", "a server is frozen until another has its leases, and wakes up", isSoon: false) { fleet in
            let run = try await fleet.begin()
            fleet.servers["a"]?.signal(SIGSTOP)
            try await fleet.awaitLeases(of: "b")
            try fleet.open(run)
            fleet.servers["a"]?.signal(SIGCONT)
            try await fleet.awaitRun(run, "success")
        },
        Fault("F04", "three servers start at once on an empty database") { fleet in
            let empty = try await fleet.own.server.database()
            let names = ["x", "y", "z"]
            let programs = try names.map { name in
                try fleet.station.launch(
                    [
                        "serve", "--data", "\(fleet.station.data)-\(name)", "--dags", fleet.station.dags, "--listen",
                        "127.0.0.1:0", "--runner-name", name,
                        // A tick that comes meanwhile must start nothing: the witnesses know of one database alone.
                        "--roles", "scheduler,web",
                    ],
                    environment: ["DATABASE_URL": empty.address]
                )
            }
            for program in programs { _ = try await program.line(startingWith: "ready ") }
            try await eventually("the DAGs, once each") {
                try await empty.rows("SELECT name FROM dag WHERE version_id IS NOT NULL").count
                    == FaultStation.work.count
            }
            let versions = try await empty.rows("SELECT dag_id FROM dag_version")
            guard Set(versions).count == versions.count else { throw StationError.failed("versions: \(versions)") }
            for program in programs { program.signal(SIGTERM) }
            for program in programs { _ = try await program.result() }
            try await empty.drop()
        },
        Fault("F09", "a server is killed while it answers a trigger, which is then sent to another") { fleet in
            let token = try await fleet.ask("b", "token", "create", "f09-\(fleet.testimony.acknowledged.count)")
            let word = token.text.split(separator: "\n").first.map(String.init) ?? ""
            let key = "f09-\(fleet.testimony.acknowledged.count)"
            func send(_ key: String, to name: String, more: String = "") throws -> HTTPAnswer {
                let ready = fleet.servers[name].map { String(decoding: $0.output, as: UTF8.self) } ?? ""
                guard let line = ready.split(separator: "\n").first(where: { $0.hasPrefix("ready ") }) else {
                    throw StationError.failed("\(name) is not ready")
                }
                return try ServerAddress(ready: String(line)).ask(
                    "POST",
                    "/api/v1/dags/fleet/runs",
                    ["Authorization": "Bearer \(word)", "Idempotency-Key": key, "Content-Type": "application/json"],
                    body: "{\"params\": {\"once\": \"\(key)\"\(more)}}"
                )
            }
            let before = try await fleet.rows("SELECT id FROM dag_run WHERE type = 'manual'").count
            let victim = fleet.servers["a"]
            let trap = CuttableProxy.Trap(
                [WatchedStatement.insertRuns, .commit].map(\.bytes),
                .answered("COMMIT")
            ) {
                victim?.signal(SIGKILL)
            }
            fleet.links["a.database"]?.set(trap)
            // Nobody answers it.
            let first = try? send(key, to: "a")
            guard first == nil || first?.status != 201 else {
                throw StationError.failed("\(String(describing: first))")
            }
            for _ in 0..<2 {
                let again = try send(key, to: "b")
                guard again.status / 100 == 2 else { throw StationError.failed("\(again)") }
            }
            let refusal = try send("\(key)-refused", to: "b", more: ", \"unknown\": \"1\"")
            guard refusal.status == 400 else { throw StationError.failed("\(refusal)") }
            fleet.testimony.refused.append("\(key)-refused")
            let after = try await fleet.rows("SELECT id FROM dag_run WHERE type = 'manual'").count
            guard after == before + 1 else { throw StationError.failed("\(after - before) runs for one key") }
        },
        Fault("F10", "commands are killed in the middle of what they ask for") { fleet in
            var dice = SplitMix64(seed: 10)
            for _ in 0..<(fleet.isShort ? 3 : 12) {
                let command = try fleet.station.launch(
                    ["trigger", "fleet", "--wait"],
                    environment: ["ROTA_DATA": "\(fleet.station.data)-b"]
                )
                // Any moment is right.
                try await Task.sleep(for: .milliseconds(dice.below(300)))
                command.signal(SIGKILL)
                _ = try await command.result()
            }
            let head = try await Program.run(
                "/bin/sh",
                ["-c", "\"$0\" runs list | head -n 1", Station.binaries + "/rota"],
                environment: fleet.station.environment.merging(["ROTA_DATA": "\(fleet.station.data)-b"]) { $1 }
            )
            guard head.exitCode == 0, head.text.hasPrefix("RUN"), !head.errorText.contains("rota:") else {
                throw StationError.failed("\(head)")
            }
        },
        Fault("F40", "servers claim the same tasks at once") { fleet in
            for _ in 0..<(fleet.isShort ? 1 : 4) {
                let run = try await fleet.trigger("race")
                try await fleet.awaitRun(run, "success")
                let attempts = try await fleet.rows(fleet.attempts(of: run))
                guard attempts.count == FaultStation.racers else {
                    throw StationError.failed("\(attempts.count) attempts of \(FaultStation.racers) tasks")
                }
                // Each server claims for its own host.
                let winners = Set(try await fleet.rows(fleet.attempts(of: run, "a.runner")))
                guard winners.isSuperset(of: FaultStation.names) else {
                    throw StationError.failed("nobody raced: \(winners)")
                }
            }
        },
        Fault("F41", "the server that looks after the runners is frozen, and another does", isSoon: false) { fleet in
            let run = try await fleet.begin()
            let holder = try await fleet.rows("SELECT holder FROM lease WHERE name = 'runner:shelf'").joined()
            let victim = try await fleet.server(holding: holder)
            let other = victim == "a" ? "b" : "a"
            fleet.servers[victim]?.signal(SIGSTOP)
            try await eventually("another holder") {
                let now = try await fleet.rows("SELECT holder FROM lease WHERE name = 'runner:shelf'").joined()
                return now != holder
            }
            try fleet.open(run)
            try await eventually("the end on the other's word") {
                try await fleet.rows(fleet.attempts(of: run) + " AND a.state = 'success' AND a.runner = 'shelf'").count
                    == 1
            }
            fleet.servers[victim]?.signal(SIGCONT)
            let second = try await fleet.begin(at: other)
            try fleet.open(second)
            try await fleet.awaitRun(second, "success")
        },
        Fault("F65", "servers are told to stop under load, and killed before they have") { fleet in
            for signal in [SIGTERM, SIGHUP, SIGINT] {
                _ = try await fleet.trigger("fleet")
                let server = fleet.servers["a"]
                server?.signal(signal)
                // As a service manager that loses its patience at once.
                if signal != SIGINT { server?.signal(SIGKILL) }
                _ = try await server?.result()
                try await fleet.serve("a")
            }
        },
    ]

    /// A step of a transaction at which a server can be killed.
    struct Step: Sendable {
        let statements: [WatchedStatement]
        /// Whether the transaction has counted by then, and only its server does not know.
        let isAfter: Bool
        /// Whether each test run goes through it.
        let isTelling: Bool

        static let all = [
            Step([.insertTicks], false), Step([.insertTicks, .commit], true, isTelling: true),
            Step([.saveRuns], false), Step([.saveRuns, .commit], true), Step([.writeIntents], false),
            Step([.writeIntents, .commit], true, isTelling: true), Step([.setRunning], false),
            Step([.appendLog], false), Step([.endAttempts], false),
            Step([.endAttempts, .commit], true, isTelling: true),
        ]

        init(_ statements: [WatchedStatement], _ isAfter: Bool, isTelling: Bool = false) {
            (self.statements, self.isAfter, self.isTelling) = (statements, isAfter, isTelling)
        }

        func trap(_ action: @escaping @Sendable () -> Void) -> CuttableProxy.Trap {
            let moment: CuttableProxy.Trap.Moment = isAfter ? .answered("COMMIT") : .before
            return CuttableProxy.Trap(statements.map(\.bytes), moment, action: action)
        }
    }
}

extension FaultStation {
    /// Kills whichever server comes to a step first, and starts it again.
    func killAt(_ step: Fault.Step) async throws {
        for name in Self.names {
            let server = servers[name]
            links["\(name).database"]?.set(step.trap { server?.signal(SIGKILL) })
        }
        // The answer may get lost with the server: then nothing is promised.
        _ = try await ask("a", "trigger", "fleet")
        let victims = try await value(of: "a server at \(step.statements)") {
            let found = Self.names.filter { links["\($0).database"]?.hasSprung == true }
            return found.isEmpty ? nil : found
        }
        for name in Self.names { links["\(name).database"]?.set(nil as CuttableProxy.Trap?) }
        for name in victims {
            _ = try await servers[name]?.result()
            try await serve(name)
        }
        // The other may have been on its way to the same step.
        for name in Self.names { try await serve(name) }
    }

    /// Which server a lease's holder is: each has the lease of its own host.
    func server(holding holder: String) async throws -> String {
        for name in Self.names {
            if try await rows("SELECT holder FROM lease WHERE name = 'runner:\(name)'").joined() == holder {
                return name
            }
        }
        throw StationError.failed("no server is '\(holder)'")
    }

    /// Waits until a server has all leases of runners but those of other servers' hosts.
    func awaitLeases(of name: String) async throws {
        let holder = try await rows("SELECT holder FROM lease WHERE name = 'runner:\(name)'").joined()
        try await eventually("the leases of \(name)") {
            try await rows(
                """
                SELECT name FROM lease WHERE holder = '\(holder)' AND expires_at > now()
                    AND name IN ('runner:shelf', 'runner:box', 'runner:far')
                """
            ).count == 3
        }
    }
}
