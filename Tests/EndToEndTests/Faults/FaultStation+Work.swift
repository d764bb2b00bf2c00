import Core
import Glibc
import TestKit

// MARK: - What there is to do, and what must be true of it

extension FaultStation {
    /// Says when and where it began, that it lives, and how it ended: `act TENTHS|gate CODE`.
    private var act: String {
        """
        out=\(station.witness)/all gate=\(station.witness)/gate-${ROTA_RUN_ID##*/}
        printf 's %s %s %s\\n' "$ROTA_ATTEMPT_ID" "$EPOCHREALTIME" $$ >> $out
        printf 'w %s %s\\n' "$ROTA_ATTEMPT_ID" "$ROTA_OUTPUT" >> $out
        bytes=0 count=0
        line() {
            text="$ROTA_ATTEMPT_ID $count"
            echo "$text"
            bytes=$((bytes + ${#text} + 1)) count=$((count + 1))
            printf 'a %s %s\\n' "$ROTA_ATTEMPT_ID" "$EPOCHREALTIME" >> $out
            sleep 0.1
        }
        case $1 in
        gate) until [ -e "$gate" ]; do line; done ;;
        flood)
            # What is no text, in a stream as fast as it can be.
            head -c 300000 /dev/urandom | tr 'a-m' '\\000' > $out.$ROTA_ATTEMPT_ID
            cat $out.$ROTA_ATTEMPT_ID
            bytes=$(wc -c < $out.$ROTA_ATTEMPT_ID)
            rm $out.$ROTA_ATTEMPT_ID
            ;;
        *) until [ $count -ge $1 ]; do line; done ;;
        esac
        printf 'e %s %s %s %s\\n' "$ROTA_ATTEMPT_ID" "$EPOCHREALTIME" "$2" $bytes >> $out
        exit $2

        """
    }

    /// How many tasks the servers race for at once.
    static let racers = 250

    /// DAG files by id; ACT stands for the command.
    static let work = [
        "held": """
        max_active_runs: 20
        defaults: {retries: {limit: 2, delay: 0s}}
        tasks:
          near: {run: ACT gate 0}
          box: {runner: box, run: ACT gate 0}
          shelf: {runner: shelf, run: ACT gate 0}
          far: {runner: far, run: ACT gate 0}
          after: {needs: [near, box, shelf, far], run: ACT 1 0}
        """,
        "fleet": """
        max_active_runs: 6
        max_active_tasks: 12
        params: {once: {default: "no"}}
        defaults: {retries: {limit: 2, delay: 0s}}
        tasks:
          near: {run: ACT 1 0}
          box: {needs: near, runner: box, run: ACT 3 0}
          shelf: {needs: near, runner: shelf, run: ACT 3 0}
          far: {needs: near, runner: far, pool: narrow, run: ACT 2 0}
          many: {needs: near, for_each: [1, 2, 3, 4], max_parallel: 2, run: ACT 1 0}
          last: {needs: [box, shelf, far, many], run: ACT 1 0}
        """,
        "codes": """
        tasks:
        \(["a", "shelf", "box", "far"].map { runner in
            [0, 1, 77, 137, 255].map { "  \(runner)_\($0): {runner: \(runner), run: ACT 0 \($0)}" }.joined(separator: "\n")
        }.joined(separator: "\n"))
        """,
        "flood": """
        tasks:
          near: {run: ACT flood 0}
          box: {runner: box, run: ACT flood 0}
          shelf: {runner: shelf, run: ACT flood 0}
          far: {runner: far, run: ACT flood 0}
        """,
        "race": """
        max_active_tasks: 64
        tasks:
          t: {for_each: [\((1...racers).map(String.init).joined(separator: ", "))], run: ACT 0 0}
        """,
        "ticks": """
        schedule: {every: 2s, catchup: all}
        max_active_runs: 6
        tasks: {t: {run: ACT 0 0}}
        """,
    ]

    private static let needs =
        ["near", "box", "shelf", "far"].map { ("held", "after", $0) }
        + ["box", "shelf", "far", "many"].flatMap { [("fleet", $0, "near"), ("fleet", "last", $0)] }

    func writeWork() throws {
        try station.put("act", act)
        try station.put("boot", "first-boot\n")
        for (id, text) in Self.work {
            try station.write(id + ".yaml", text.replacing("ACT", with: "bash \(station.folder)/act"))
        }
    }

    // MARK: - Runs

    /// Starts a run at a server that answers, and notes that it was promised.
    @discardableResult func trigger(_ dag: String, at server: String = "b") async throws -> String {
        let answer = try await ask(server, "trigger", dag)
        guard answer.exitCode == 0, let run = answer.text.split(separator: "\n").first else {
            throw StationError.failed("\(answer)")
        }
        testimony.acknowledged.append(String(run))
        return String(run)
    }

    /// Asks for the end of a run, and notes where a server took that; where it did not, nothing was promised.
    func cancel(_ run: String, at server: String) async throws {
        if try await ask(server, "runs", "cancel", run).exitCode == 0 { testimony.cancelled.append(run) }
    }

    /// Starts a run that waits for `open`, and returns once a task of it runs on each kind of runner.
    func begin(at server: String = "b") async throws -> String {
        let run = try await trigger("held", at: server)
        // Its type is said: with that of the dictionary's element `nil` would be a value.
        let commands: [String: Int32] = try await value(of: "the start of \(run)") {
            let found = try await self.commands(of: run)
            return found.count == 4 ? found : nil
        }
        held[run] = commands
        return run
    }

    /// Lets the tasks of a run go on.
    func open(_ run: String) throws {
        try station.leave("gate-" + (run.split(separator: "/").last.map(String.init) ?? ""))
    }

    /// Lets the tasks of a run go on, and returns once they say themselves that they have ended.
    func finishUnseen(_ run: String) async throws {
        let attempts = Set((held[run] ?? [:]).keys)
        try open(run)
        try await eventually("the end of the tasks of \(run)") {
            let ended = station.lines(of: "all").filter { $0.hasPrefix("e ") }.map { $0.split(separator: " ")[1] }
            return attempts.isSubset(of: ended.map(String.init))
        }
    }

    /// A query for attempts of a run.
    func attempts(of run: String, _ column: String = "a.id") -> String {
        let parts = run.split(separator: "/")
        return """
            SELECT \(column) FROM attempt a JOIN dag_run r ON r.id = a.run_id JOIN dag d ON d.id = r.dag_id
            WHERE d.name = '\(parts[0])' AND r.key = '\(parts[1])'
            """
    }

    /// Waits until a run is in a state.
    func awaitRun(_ run: String, _ state: String) async throws {
        let parts = run.split(separator: "/")
        try await eventually("\(run) in state \(state)") {
            try await rows(
                """
                SELECT r.state FROM dag_run r JOIN dag d ON d.id = r.dag_id
                WHERE d.name = '\(parts[0])' AND r.key = '\(parts[1])'
                """
            ) == [state]
        }
    }

    /// Waits until attempts of a run are in a state.
    func awaitAttempts(_ run: String, _ state: String, count: Int) async throws {
        try await eventually("\(count) attempts of \(run) in state \(state)") {
            try await rows(attempts(of: run) + " AND a.state = '\(state)'").count >= count
        }
    }

    // MARK: - The end of a round

    /// Mends everything and lets all end that has begun.
    func settle() async throws {
        try await heal()
        try await eventually("the pause") { try await ask("a", "dags", "pause", "ticks").exitCode == 0 }
        try await eventually("the end of all runs", limit: .seconds(180)) {
            try await rows("SELECT key FROM dag_run WHERE ended_at IS NULL LIMIT 1").isEmpty
        }
    }

    /// What is against the invariants.
    func verdict() async throws -> [(claim: String, found: [String])] {
        testimony.lines = station.lines(of: "all")
        testimony.needs = Self.needs
        testimony.room = [("held", nil, 20, 3), ("fleet", 12, 6, 3), ("ticks", nil, 6, 1)]
        testimony.homes = Self.names.map { ($0, "\(station.data)-\($0)/runner") }
        testimony.homes += ["shelf", "far"].map { ($0, "\(station.folder)/\($0)") }
        var violations = try await testimony.violations(in: database)
        do {
            // A process ends a moment after its last words.
            try await eventually("an end of all processes", limit: .seconds(20)) { orphans.isEmpty }
        } catch is TooLate {
            violations.append(("no process of an attempt is left", orphans))
        }
        return violations
    }

    private var orphans: [String] {
        Processes.all.filter { process in
            TextFile.read("/proc/\(process)/environ")?.contains("ROTA_ATTEMPT_ID=") == true
                && Processes.mentions(process, station.folder) && SeenProcess(process).isAlive
        }.map { "\($0) \(Processes.words($0))" }
    }

    /// Lets the schedule go on that a round before has paused.
    func unpause() async throws {
        try await eventually("the schedule") { try await ask("a", "dags", "unpause", "ticks").exitCode == 0 }
    }
}
