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
    private var refused: [String] = []
    private var cancelled: [String] = []
    /// How many triggers were sent; each carries its number.
    private var asked = 0
    private var kills = 0
    private var freezes = 0

    private static let names = ["a", "b"]
    /// A secret that tasks print.
    private static let canary = "canary-7f3a51cc-b0d4"

    init(station: Station, database: PrivateDatabase, plan: ChaosPlan) throws {
        self.station = station
        self.database = database
        self.plan = plan
        dice = SplitMix64(seed: plan.seed)
    }

    // MARK: - The work

    /// Says when and where it began, fails now and then, writes a log, and says how it ended: `act SECONDS ODDS`.
    ///
    /// With a third word it fails where it was not given its secret.
    private var act: String {
        """
        printf 's %s %s\\n' "$ROTA_ATTEMPT_ID" "$EPOCHREALTIME" >> \(station.witness)/all
        printf 'w %s %s\\n' "$ROTA_ATTEMPT_ID" "$ROTA_OUTPUT" >> \(station.witness)/all
        if [ -n "${3-}" ]; then : "${CANARY:?}"; fi
        code=0 bytes=0
        if [ "$2" -gt 0 ] && [ $((RANDOM % $2)) -eq 0 ]; then code=3; fi
        for i in {1..20}; do
            line="$ROTA_ATTEMPT_ID $i ${CANARY-}"
            echo "$line"
            bytes=$((bytes + ${#line} + 1))
        done
        sleep "$1"
        printf 'e %s %s %s %s\\n' "$ROTA_ATTEMPT_ID" "$EPOCHREALTIME" "$code" $bytes >> \(station.witness)/all
        exit $code

        """
    }

    private var files: [String: String] {
        let act = "bash \(station.folder)/act"
        return [
            "chain.yaml": """
            max_active_runs: 6
            params: {once: {default: "no"}}
            defaults: {secrets: {CANARY: canary}, retries: {limit: 2, delay: 0s}}
            tasks:
              a: {run: \(act) 0.1 0 told}
              b: {needs: a, pool: narrow, run: \(act) 0.15 3 told}
              c: {needs: b, run: \(act) 0.05 0 told}
            """,
            "wide.yaml": """
            max_active_runs: 2
            max_active_tasks: 3
            params: {once: {default: "no"}}
            tasks:
              first: {run: \(act) 0.05 0}
            \((0..<6).map { "  w\($0): {needs: first, run: \(act) 0.1 9}" }.joined(separator: "\n"))
              last: {needs: [w0, w1, w2, w3, w4, w5], trigger_rule: all_done, run: \(act) 0.05 0}
            """,
            "mapped.yaml": """
            max_active_runs: 6
            params: {once: {default: "no"}}
            tasks:
              m: {for_each: [1, 2, 3, 4, 5], max_parallel: 2, retries: {limit: 1, delay: 0s}, run: \(act) 0.1 6}
              after: {needs: m, trigger_rule: all_done, run: \(act) 0.05 0}
            """,
            "ticks.yaml": """
            schedule: {every: 2s, catchup: all}
            max_active_runs: 6
            tasks: {t: {run: \(act) 0.05 0}}
            """,
            "past.yaml": """
            schedule: {cron: "0 0 * * *", catchup: none}
            tasks: {t: {run: \(act) 0.05 0}}
            """,
        ]
    }

    private static let needs =
        [
            ("chain", "b", "a"), ("chain", "c", "b"), ("mapped", "after", "m"),
        ] + (0..<6).flatMap { [("wide", "w\($0)", "first"), ("wide", "last", "w\($0)")] }

    /// The days that a backfill is asked for.
    private static let days = (1...12).map { ($0 < 10 ? "2026-01-0" : "2026-01-") + "\($0)" }

    // MARK: - The servers

    func begin() async throws {
        try station.put("act", act)
        try station.put("canary", Self.canary)
        for (name, text) in files { try station.write(name, text) }
        for name in Self.names { try await serve(name) }
        try await Testimony.prepare(database)
        for id in ["chain", "wide", "mapped", "ticks", "past"] {
            try await eventually("DAG '\(id)'") { try await ask("a", "dags", "show", id).exitCode == 0 }
        }
        try await eventually("two runners") {
            try await rows("SELECT name FROM runner WHERE kind = 'local' AND state = 'online'").count == 2
        }
    }

    private func serve(_ name: String) async throws {
        let data = "\(station.data)-\(name)"
        unsafe mkdir(data, 0o711)
        let settings = "pools: {narrow: 2}\nsecrets: {canary: {file: \(station.folder)/canary}}\n"
        try TextFile.write(settings, to: data + "/rota.yaml")
        servers[name] = try await station.start(
            [
                "serve", "--data", data, "--dags", station.dags, "--listen", "127.0.0.1:0", "--runner-name", name,
            ],
            environment: ["DATABASE_URL": database.address]
        )
    }

    private func ask(_ server: String, _ arguments: String...) async throws -> ProgramResult {
        try await ask(server, arguments)
    }

    private func ask(_ server: String, _ arguments: [String]) async throws -> ProgramResult {
        try await station.bare(arguments, environment: ["ROTA_DATA": "\(station.data)-\(server)"])
    }

    // MARK: - What happens to them

    /// Asks for a backfill, triggers runs and strikes, until the time is over and all runs are triggered.
    func rage() async throws {
        let range = ["--from", "2026-01-01", "--to", "2026-01-13", "--max-active", "2"]
        let wish = try await ask("a", ["backfill", "past"] + range)
        guard wish.exitCode == 0 else { throw StationError.failed("\(wish)") }
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
        let dag = dags[dice.below(dags.count)]
        asked += 1
        if dice.below(12) == 0 {
            let mark = "\(asked)-refused"
            // The server has to say so: of a request without an answer nobody knows.
            let refusal = try await ask(server, "trigger", dag, "-p", "once=\(mark)", "-p", "unknown=1")
            if refusal.exitCode == 2 { refused.append(mark) }
        }
        let answer = try await ask(server, "trigger", dag, "-p", "once=\(asked)")
        // Where it failed, nobody promised anything.
        guard answer.exitCode == 0 else { return }
        let run = answer.text.split(whereSeparator: \.isWhitespace).first.map(String.init) ?? ""
        acknowledged.append(run)
        if dice.below(12) == 0, try await ask(server, "runs", "cancel", run).exitCode == 0 { cancelled.append(run) }
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
            try await rows(
                """
                SELECT key FROM dag_run WHERE ended_at IS NULL
                UNION ALL SELECT id::text FROM backfill WHERE ended_at IS NULL
                """
            ).isEmpty
        }
    }

    // MARK: - What is found

    func judge() async throws -> ChaosReport {
        let testimony = Testimony(
            lines: station.lines(of: "all"),
            acknowledged: acknowledged,
            refused: refused,
            wished: Self.days.map { ("past", "\($0)T00:00:00Z") },
            cancelled: cancelled,
            needs: Self.needs,
            lenient: [("wide", "last"), ("mapped", "after")],
            room: [
                ("chain", nil, 6, 3), ("wide", 3, 2, 1), ("mapped", nil, 6, 2), ("ticks", nil, 6, 1),
                ("past", nil, 2, 1),
            ],
            homes: Self.names.map { ($0, "\(station.data)-\($0)/runner") },
            canaries: [Self.canary]
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
