import Core
import Glibc
import Postgres
import TestKit

/// Two servers on one database, DAGs whose tasks write down what they see, and a hand that strikes at random.
final class Chaos {
    private let station: Station
    private let database: PrivateDatabase
    private let plan: ChaosPlan
    private var dice: SplitMix64
    private var servers: [String: Program] = [:]
    /// Servers that are stopped by a signal or dead, and when they come back.
    private var absent: [String: ContinuousClock.Instant] = [:]
    private var acknowledged: [String] = []
    private var kills = 0
    private var freezes = 0

    private static let names = ["a", "b"]

    init(station: Station, database: PrivateDatabase, plan: ChaosPlan) throws {
        self.station = station
        self.database = database
        self.plan = plan
        dice = SplitMix64(seed: plan.seed)
    }

    // MARK: - The work

    /// Says when it began, fails now and then, writes a log of 791 bytes, and says how it ended: `act SECONDS ODDS`.
    private var act: String {
        """
        printf 's %s %s\\n' "$ROTA_ATTEMPT_ID" "$EPOCHREALTIME" >> \(station.witness)/all
        code=0
        if [ "$2" -gt 0 ] && [ $((RANDOM % $2)) -eq 0 ]; then code=3; fi
        for i in {1..20}; do echo "$ROTA_ATTEMPT_ID $i"; done
        sleep "$1"
        printf 'e %s %s %s 791\\n' "$ROTA_ATTEMPT_ID" "$EPOCHREALTIME" "$code" >> \(station.witness)/all
        exit $code

        """
    }

    private var files: [String: String] {
        let act = "bash \(station.folder)/act"
        return [
            "chain.yaml": """
            max_active_runs: 6
            defaults: {retries: {limit: 2, delay: 0s}}
            tasks:
              a: {run: \(act) 0.1 0}
              b: {needs: a, pool: narrow, run: \(act) 0.15 3}
              c: {needs: b, run: \(act) 0.05 0}
            """,
            "wide.yaml": """
            max_active_runs: 2
            max_active_tasks: 3
            tasks:
              first: {run: \(act) 0.05 0}
            \((0..<6).map { "  w\($0): {needs: first, run: \(act) 0.1 9}" }.joined(separator: "\n"))
              last: {needs: [w0, w1, w2, w3, w4, w5], trigger_rule: all_done, run: \(act) 0.05 0}
            """,
            "mapped.yaml": """
            max_active_runs: 6
            tasks:
              m: {for_each: [1, 2, 3, 4, 5], max_parallel: 2, retries: {limit: 1, delay: 0s}, run: \(act) 0.1 6}
              after: {needs: m, trigger_rule: all_done, run: \(act) 0.05 0}
            """,
            "ticks.yaml": """
            schedule: {every: 2s, catchup: all}
            max_active_runs: 6
            tasks: {t: {run: \(act) 0.05 0}}
            """,
        ]
    }

    private static let needs =
        [
            ("chain", "b", "a"), ("chain", "c", "b"), ("mapped", "after", "m"),
        ] + (0..<6).flatMap { [("wide", "w\($0)", "first"), ("wide", "last", "w\($0)")] }

    // MARK: - The servers

    func begin() async throws {
        try station.put("act", act)
        for (name, text) in files { try station.write(name, text) }
        for name in Self.names { try await serve(name) }
        for id in ["chain", "wide", "mapped", "ticks"] {
            try await eventually("DAG '\(id)'") { try await ask("a", "dags", "show", id).exitCode == 0 }
        }
        try await eventually("two runners") {
            try await rows("SELECT name FROM runner WHERE kind = 'local' AND state = 'online'").count == 2
        }
    }

    private func serve(_ name: String) async throws {
        let data = "\(station.data)-\(name)"
        unsafe mkdir(data, 0o711)
        try TextFile.write("pools: {narrow: 2}\n", to: data + "/rota.yaml")
        servers[name] = try await station.start(
            [
                "serve", "--data", data, "--dags", station.dags, "--listen", "127.0.0.1:0", "--runner-name", name,
            ],
            environment: ["DATABASE_URL": database.address]
        )
    }

    private func ask(_ server: String, _ arguments: String...) async throws -> ProgramResult {
        try await station.bare(arguments, environment: ["ROTA_DATA": "\(station.data)-\(server)"])
    }

    // MARK: - What happens to them

    /// Triggers runs and strikes, until the time is over and all runs are triggered.
    func rage() async throws {
        let end = ContinuousClock.now + .seconds(plan.seconds)
        var nextBlow = ContinuousClock.now
        while .now < end || acknowledged.count < plan.runs {
            for name in Self.names { if let due = absent[name], due <= .now { try await comeBack(name) } }
            if nextBlow <= .now, let name = Self.names.filter({ absent[$0] == nil }).randomElement(using: &dice) {
                try await strike(name)
                nextBlow = .now + .milliseconds(dice.below(2_500))
            }
            try await trigger()
            try await Task.sleep(for: .milliseconds(20))
        }
        for name in Self.names where absent[name] != nil { try await comeBack(name) }
    }

    /// About as fast as they are done, so that there are always some of each kind under way.
    private func trigger() async throws {
        let dags = ["chain", "wide", "mapped"]
        guard acknowledged.count < plan.runs, let server = Self.names.first(where: { absent[$0] == nil }) else {
            return
        }
        guard try await rows("SELECT id FROM dag_run WHERE ended_at IS NULL").count < 30 else { return }
        let answer = try await ask(server, "trigger", dags[dice.below(dags.count)])
        // Where it failed, nobody promised anything.
        guard answer.exitCode == 0 else { return }
        let run = answer.text.split(whereSeparator: \.isWhitespace).first.map(String.init) ?? ""
        acknowledged.append(run)
        if dice.below(12) == 0 { _ = try await ask(server, "runs", "cancel", run) }
    }

    private func strike(_ name: String) async throws {
        guard let server = servers[name] else { return }
        if dice.below(5) < 3 {
            kills += 1
            server.signal(SIGKILL)
            _ = try await server.result()
            // Now and then both are away.
            absent[name] = .now + .milliseconds(dice.below(3) == 0 ? dice.below(4_000) : 0)
        } else {
            freezes += 1
            server.signal(SIGSTOP)
            // Longer than its lease at times, so that it wakes as one who has lost it.
            absent[name] = .now + .milliseconds(dice.below(2) == 0 ? dice.below(2_000) : dice.below(25_000))
        }
    }

    private func comeBack(_ name: String) async throws {
        absent[name] = nil
        if let server = servers[name], !server.hasEnded {
            server.signal(SIGCONT)
        } else {
            try await serve(name)
        }
    }

    /// Lets all end that has begun.
    func settle() async throws {
        try await eventually("the pause") { try await ask("a", "dags", "pause", "ticks").exitCode == 0 }
        try await eventually("the end of all runs", limit: .seconds(240)) {
            try await rows("SELECT key FROM dag_run WHERE ended_at IS NULL").isEmpty
        }
    }

    // MARK: - What is found

    func judge() async throws -> ChaosReport {
        try await Testimony.prepare(database)
        let testimony = Testimony(
            lines: station.lines(of: "all"),
            acknowledged: acknowledged,
            needs: Self.needs,
            room: [("chain", nil, 6), ("wide", 3, 2), ("mapped", nil, 6), ("ticks", nil, 6)]
        )
        var violations = try await testimony.violations(in: database)
        let left = Processes.all.filter { process in
            TextFile.read("/proc/\(process)/environ")?.contains("ROTA_ATTEMPT_ID=") == true
                && Processes.mentions(process, station.folder)
        }
        if !left.isEmpty { violations.append(("no process of an attempt is left", left.map { "\($0)" })) }
        return ChaosReport(
            runs: try await rows("SELECT id::text FROM dag_run").count,
            attempts: testimony.starts,
            kills: kills,
            freezes: freezes,
            violations: violations
        )
    }

    /// The invariants that do not see a breach of themselves, once `judge` has found the database healthy.
    func blindInvariants() async throws -> [String] {
        let connection = try await Connection.connect(database.configuration)
        defer { withExtendedLifetime(connection) {} }
        var blind: [String] = []
        for (number, invariant) in Invariant.all.enumerated() {
            let look = Statement(name: "look_\(number)", sql: invariant.violations + " LIMIT 1")
            do {
                try await connection.transaction { connection in
                    try connection.executeScript(invariant.breach)
                    throw Look(found: try connection.execute(look).count)
                }
            } catch let look as Look where look.found > 0 {
                continue
            } catch is Look {
                blind.append(invariant.claim)
            }
        }
        await connection.close()
        return blind
    }

    private func rows(_ sql: String) async throws -> [String] {
        try await database.rows(sql)
    }
}

/// What a look at a broken database found; thrown, so that it is healthy again.
private struct Look: Error {
    var found: Int
}
