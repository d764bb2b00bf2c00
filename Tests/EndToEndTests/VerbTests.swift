import Core
import TestKit
import Testing

/// Operators' verbs by the built program.
struct VerbTests {
    private static func dag(_ more: String = "") -> String {
        """
        tasks:
          first: {run: echo first}
          second: {needs: first, run: echo second}
        \(more)
        """
    }

    @Test func `what a clear leaves out is named, and a DAG whose file is not valid is told where one asks for it`()
        async throws
    {
        try await Station.with { station in
            _ = try await station.start(["days.yaml": Self.dag()])
            let run = try await station.rota("trigger", "days", "--wait")
            let name = run.text.split(separator: "\n").first.map(String.init) ?? ""
            let clear = try await station.rota("tasks", "clear", name, "first", "--dry-run")
            #expect(
                clear.errorText.contains(
                    "Not cleared, though it comes after: second (success). --downstream takes them too."
                ),
                "\(clear)"
            )
            let both = try await station.rota("tasks", "clear", name, "first", "--downstream", "--dry-run")
            #expect(!both.errorText.contains("Not cleared"), "\(both)")

            try station.write("never.yaml", "tasks: {a: {runs: x}}\n")
            try station.write("days.yaml", Self.dag("  third: {neds: second, run: echo third}"))
            try await eventually("the word of two broken files") {
                let list = try await station.rota("dags", "list", "--json")
                return ["never.yaml", "days.yaml"].allSatisfy(list.text.contains)
            }
            let never = try await station.rota("trigger", "never")
            #expect(never.exitCode != 0 && never.errorText.contains("its file never.yaml is not valid"), "\(never)")
            let old = try await station.rota("trigger", "days")
            #expect(old.exitCode == 0 && old.errorText.contains("The file days.yaml is not valid now"), "\(old)")
        }
    }

    @Test func `runs are cleared by date and run again by today's file, each after a look`() async throws {
        try await Station.with { station in
            _ = try await station.start(["days.yaml": Self.dag()])
            for day in ["01", "02", "03"] {
                let date = "2026-08-\(day)T00:00:00Z"
                let run = try await station.rota("trigger", "days", "--logical-date", date, "--wait")
                #expect(run.exitCode == 0, "\(run)")
            }
            let span = ["tasks", "clear", "days", "second", "--from", "2026-08-02", "--to", "2026-08-04"]
            let dry = try await station.bare(span + ["--dry-run"], environment: ["ROTA_DATA": station.data])
            #expect(dry.exitCode == 0 && dry.text.contains("days/2026-08-02T000000Z-m"), "\(dry)")
            #expect(!dry.text.contains("days/2026-08-01T000000Z-m"))
            let wrong = try await station.bare(span + ["--count", "7"], environment: ["ROTA_DATA": station.data])
            #expect(wrong.exitCode == 5, "\(wrong)")
            #expect(try await station.attempts("second", of: "days/2026-08-02T000000Z-m") == ["success"])
            let done = try await station.bare(
                span + ["--count", "2", "--reason", "column added"],
                environment: ["ROTA_DATA": station.data]
            )
            #expect(done.exitCode == 0, "\(done)")
            for day in ["02", "03"] {
                let name = "days/2026-08-\(day)T000000Z-m"
                try await eventually("two attempts of \(name)") {
                    try await station.attempts("second", of: name) == ["success", "success"]
                }
                try await station.awaitRun(name, "success")
            }

            try station.write("days.yaml", Self.dag("  third: {needs: second, run: echo third}"))
            let run = "days/2026-08-03T000000Z-m"
            try await eventually("the new version") {
                let look = try await station.rota("runs", "rerun", run, "--as-it-is-now", "--dry-run")
                return look.exitCode == 0 && look.text.contains("+  third: {needs: second, run: echo third}")
            }
            let both = try await station.rota("runs", "rerun", run)
            #expect(both.exitCode == 2, "it must be said which: \(both)")
            let rerun = try await station.rota("runs", "rerun", run, "--as-it-is-now", "--reason", "third is new")
            #expect(rerun.exitCode == 0, "\(rerun)")
            try await eventually("the third task's success") {
                try await station.run(run).task("third")?.text("state") == "success"
            }
            try await station.awaitRun(run, "success")
            #expect(try await station.attempts("second", of: run) == ["success", "success", "success"])
            let shown = try await station.rota("runs", "show", run)
            #expect(shown.text.contains("rerun as_it_is_now version 1 to 2"), "\(shown)")
            #expect(shown.text.contains("column added") && shown.text.contains("third is new"), "\(shown)")
        }
    }

    @Test func `a cancel, a mark and a pause tell with a dry run what they would do`() async throws {
        try await Station.with { station in
            _ = try await station.start(["days.yaml": Self.dag().replacing("echo first", with: "sleep 1000")])
            let run = try await station.trigger("days")
            try await station.awaitTask("first", of: run, "running")
            let cancel = try await station.rota("tasks", "cancel", run, "first", "--dry-run")
            #expect(cancel.exitCode == 0 && cancel.text.contains("runs, and is asked to end"), "\(cancel)")
            #expect(cancel.text.contains("upstream_failed"), "\(cancel)")
            let mark = try await station.rota("tasks", "mark", run, "second", "--state", "skipped", "--dry-run")
            #expect(mark.exitCode == 0 && mark.text.contains("skipped"), "\(mark)")
            let pause = try await station.rota("dags", "pause", "days", "--dry-run")
            #expect(pause.exitCode == 0 && pause.text.contains("1 run under way would go on."), "\(pause)")
            #expect(try await station.run(run).task("second")?.text("state") == "waiting")
            let done = try await station.rota("runs", "cancel", run, "--reason", "wrong input")
            #expect(done.exitCode == 0, "\(done)")
            try await station.awaitRun(run, "cancelled")
        }
    }
}
