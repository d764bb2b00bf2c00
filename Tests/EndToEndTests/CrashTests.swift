import Core
import Glibc
import TestKit
import Testing

/// Whatever is killed in the middle of a task, the task runs once, and its log and end are known.
struct CrashTests {
    /// What is killed, and when the task may end.
    enum Blow: CaseIterable, Sendable {
        case serverAndTheTaskEndsMeanwhile
        case serverAndTheTaskEndsLater
        case serverAndDatabase
        case databaseAlone
    }

    /// Counts, with pauses, until it is told to stop.
    private static func counting(_ witness: String) -> String {
        """
        tasks:
          count:
            run: |
              echo begun >> \(witness)/starts
              n=0
              until [ -e \(witness)/go ]; do n=$((n + 1)); echo "line $n"; sleep 0.05; done
              echo $n > \(witness)/count.new
              mv \(witness)/count.new \(witness)/count
          after: {needs: count, run: echo after}
        """
    }

    @Test(arguments: Blow.allCases)
    func `after kill -9 the same attempt goes on, with its whole log`(_ blow: Blow) async throws {
        try await Station.with { station in
            var server = try await station.start(["counts.yaml": Self.counting(station.witness)])
            let run = try await station.trigger("counts")
            try await eventually("some lines") {
                try await station.rota("logs", run, "count").text.contains("line 3\n")
            }
            let postmaster = SeenProcess(try station.postmaster())
            if blow != .databaseAlone {
                server.signal(SIGKILL)
                #expect(try await server.result().signal == SIGKILL)
            }
            if blow == .serverAndDatabase || blow == .databaseAlone {
                kill(postmaster.id, SIGKILL)
                try await eventually("the database's end") { !postmaster.isAlive }
            }
            if blow == .serverAndTheTaskEndsMeanwhile {
                try station.leave("go")
                try await eventually("the task's end") { !station.lines(of: "count").isEmpty }
            }
            if blow == .databaseAlone {
                try await eventually("a database") { try await station.rota("runs", "list").exitCode == 0 }
                #expect(!server.hasEnded)
            } else {
                server = try await station.start()
            }
            if blow != .serverAndDatabase && blow != .databaseAlone {
                #expect(try station.postmaster() == postmaster.id, "the same PostgreSQL goes on")
            }
            if blow != .serverAndTheTaskEndsMeanwhile {
                try await station.awaitTask("count", of: run, "running")
                try station.leave("go")
            }
            try await station.awaitRun(run, "success")
            #expect(try await station.attempts("count", of: run) == ["success"])
            #expect(station.lines(of: "starts") == ["begun"])
            let count = try #require(station.lines(of: "count").first.flatMap { Int($0) })
            let expected = (1...count).map { "line \($0)\n" }.joined()
            #expect(try await station.rota("logs", run, "count").text == expected)
            #expect(try await station.rota("trigger", "counts", "--wait").exitCode == 0)
        }
    }

    @Test func `Ctrl-C stops the server, says what runs on, and the next start finds it`() async throws {
        try await Station.with { station in
            var server = try await station.start(["counts.yaml": Self.counting(station.witness)])
            let run = try await station.trigger("counts")
            try await station.awaitTask("count", of: run, "running")
            server.signal(SIGINT)
            let result = try await server.result()
            #expect(result.exitCode == 0, "\(result)")
            #expect(result.errorText.contains("run on") && result.errorText.contains(run), "\(result)")
            #expect(result.errorText.contains("count"), "\(result)")
            server = try await station.start()
            try station.leave("go")
            try await station.awaitRun(run, "success")
            #expect(station.lines(of: "starts") == ["begun"])
            #expect(try await station.attempts("count", of: run) == ["success"])
        }
    }

    @Test func `an attempt whose keeper was killed is lost with proof, and tried again on another budget`() async throws
    {
        try await Station.with { station in
            let dag = """
                tasks:
                  t:
                    run: |
                      echo "$ROTA_ATTEMPT" >> \(station.witness)/starts
                      echo "attempt $ROTA_ATTEMPT"
                      [ "$ROTA_ATTEMPT" -gt 1 ] || until [ -e \(station.witness)/go ]; do sleep 0.05; done
                """
            _ = try await station.start(["kept.yaml": dag])
            let run = try await station.trigger("kept")
            try await eventually("the first attempt") { station.lines(of: "starts") == ["1"] }
            try await station.awaitTask("t", of: run, "running")
            kill(try station.keeper(), SIGKILL)
            // It runs on without its keeper, so nobody may call it lost and start another.
            try await eventually("a new keeper") { (try? station.keeper()) != nil }
            #expect(try await station.rota("trigger", "kept").exitCode == 0)
            #expect(try await station.attempts("t", of: run) != ["lost"])
            #expect(station.lines(of: "starts") == ["1"])
            try station.leave("go")
            try await station.awaitRun(run, "success")
            #expect(try await station.attempts("t", of: run) == ["lost", "success"])
            #expect(try await station.rota("logs", run, "t", "--attempt", "1").text == "attempt 1\n")
        }
    }

    @Test func `a killed command is a failure of its own, never a lost attempt`() async throws {
        try await Station.with { station in
            let dag = "tasks: {t: {run: 'echo $$ > \(station.witness)/pid; while :; do sleep 0.1; done'}}"
            _ = try await station.start(["shot.yaml": dag])
            let run = try await station.trigger("shot")
            let process = try await value(of: "the command's number") {
                station.lines(of: "pid").first.flatMap { Int32($0) }
            }
            kill(process, SIGKILL)
            let ended = try await station.awaitRun(run, "failed")
            let attempts = ended.task("t")?["attempts"]?.elements ?? []
            #expect(attempts.map { $0.text("state") } == ["failed"], "\(ended)")
            #expect(attempts.first?.text("signal") == "SIGKILL", "\(ended)")
        }
    }

    @Test func `killed over and over while it works, nothing is lost or doubled`() async throws {
        try await Station.with { station in
            let dag = """
                schedule: {cron: "0 * * * *", catchup: none}
                tasks:
                  a: {run: 'echo "$ROTA_RUN_ID a" >> \(station.witness)/all; sleep 0.2'}
                  b: {needs: a, run: 'echo "$ROTA_RUN_ID b" >> \(station.witness)/all'}
                """
            var server = try await station.start(["works.yaml": dag])
            let backfill = try await station.rota(
                "backfill",
                "works",
                "--from",
                "2026-01-01",
                "--to",
                "2026-01-02",
                "--max-active",
                "3"
            )
            #expect(backfill.exitCode == 0, "\(backfill)")
            for goal in [4, 12, 24] {
                try await eventually("\(goal) lines") { station.lines(of: "all").count >= goal }
                server.signal(SIGKILL)
                _ = try await server.result()
                if goal == 12 { kill(try station.postmaster(), SIGKILL) }
                server = try await station.start()
            }
            try await eventually("24 runs that succeeded") {
                try await station.json("runs", "list", "--state", "success", "--limit", "100").items.count == 24
            }
            let lines = station.lines(of: "all")
            #expect(lines.count == 48 && Set(lines).count == 48, "\(lines.sorted())")
        }
    }
}
