import Core
import Glibc
import TestKit
import Testing

/// What scripts may rely on: documents, exit codes, and sentences that help.
struct CommandTests {
    static let params = """
        schedule: {cron: "0 0 1 1 *", catchup: none}
        params:
          region: {type: string, enum: [emea, amer], default: emea}
          rows: {type: integer, default: 3, minimum: 1}
        tasks:
          show: {run: 'echo "$ROTA_PARAM_REGION $ROTA_PARAM_ROWS"'}
        """
    static let fails = """
        tasks:
          bad: {run: "echo this is why; exit 7"}
          after: {needs: bad, run: echo never}
        """
    static let runFields = [
        "id", "dag", "type", "state", "logical_date", "data_interval_start", "data_interval_end", "version",
        "created_at", "started_at", "ended_at", "tasks",
    ]
    static let taskFields = ["id", "map_index", "state", "attempts"]
    static let attemptFields = ["number", "state", "runner", "exit_code", "signal", "started_at", "ended_at"]

    @Test func `a test run that is interrupted leaves nothing running`() async throws {
        try await Station.with { station in
            try station.put(
                "long.yaml",
                """
                tasks:
                  a: {run: 'echo $$ > \(station.witness)/process; sleep 1000'}
                  b: {needs: a, run: 'touch \(station.witness)/never'}
                """
            )
            let program = try station.begin("test", station.folder + "/long.yaml")
            try await eventually("the task's start") { !station.lines(of: "process").isEmpty }
            let process = SeenProcess(try #require(Int32(station.lines(of: "process")[0])))
            program.signal(SIGINT)
            let result = try await program.result()
            #expect(result.exitCode == 1 && result.errorText.contains("long cancelled after"), "\(result)")
            #expect(!process.isAlive)
            #expect(TextFile.read(station.witness + "/never") == nil)
        }
    }

    @Test func `in a test run a retry waits for nothing but its pause`() async throws {
        try await Station.with { station in
            try station.put(
                "again.yaml",
                """
                tasks:
                  again:
                    retries: {limit: 1, delay: 0s}
                    run: 'if [ -e \(station.witness)/once ]; then touch \(station.witness)/go; else touch \(station.witness)/once; exit 1; fi'
                  other: {run: 'until [ -e \(station.witness)/go ]; do sleep 0.02; done'}
                """
            )
            let result = try await station.bare(["test", station.folder + "/again.yaml"])
            #expect(result.exitCode == 0, "\(result)")
        }
    }

    @Test func `a run is printed with the promised fields and no others`() async throws {
        try await Station.with { station in
            _ = try await station.start(["fails.yaml": Self.fails])
            let trigger = try await station.rota("trigger", "fails", "--wait", "--json")
            #expect(trigger.exitCode == 1, "\(trigger)")
            let run = try #require(JSONValue(parsing: trigger.text), "\(trigger)")
            #expect(run == (try await station.json("runs", "show", "fails/latest")))
            #expect(run.names == Self.runFields)
            #expect(run.text("dag") == "fails" && run.text("type") == "manual" && run.text("state") == "failed")
            let id = try #require(run.text("id"))
            #expect(id.hasPrefix("fails/2") && id.hasSuffix("Z-m"), "\(id)")
            for name in ["logical_date", "created_at", "started_at", "ended_at"] {
                let text = run.text(name) ?? ""
                #expect(
                    Timestamp(rfc3339: text) != nil && text.utf8.count == 27 && text.hasSuffix("Z"),
                    "\(name): \(text)"
                )
            }
            let bad = try #require(run.task("bad"))
            #expect(bad.names == Self.taskFields && bad["map_index"] == .null && bad.text("state") == "failed")
            let attempt = try #require(bad["attempts"]?.elements.first)
            #expect(attempt.names == Self.attemptFields)
            #expect(attempt["number"]?.integer == 1 && attempt["exit_code"]?.integer == 7, "\(attempt)")
            #expect(attempt["signal"] == .null && attempt.text("runner") == "local", "\(attempt)")
            let after = try #require(run.task("after"))
            #expect(after.text("state") == "upstream_failed" && after["attempts"] == .array([]))

            let listed = try await station.json("runs", "list")
            #expect(listed.names == ["items", "next"] && listed["next"] == .null)
            for name in Self.runFields.dropLast() { #expect(listed.items.first?[name] == run[name], "\(name)") }
            let tasks = try await station.json("tasks", "list", id)
            for name in Self.taskFields { #expect(tasks.task("bad")?[name] != nil, "\(name)") }
            #expect(tasks.names == ["items", "next"] && tasks.items.count == 2)
        }
    }

    @Test func `a signal that ended an attempt is named`() async throws {
        try await Station.with { station in
            _ = try await station.start(["killed.yaml": "tasks: {t: {run: 'kill -KILL $$'}}"])
            let run = try await station.rota("trigger", "killed", "--wait", "--json")
            let attempt = JSONValue(parsing: run.text)?.task("t")?["attempts"]?.elements.first
            #expect(attempt?.text("signal") == "SIGKILL" && attempt?["exit_code"] == .null, "\(run)")
        }
    }

    @Test func `exit codes say how it went`() async throws {
        try await Station.with { station in
            _ = try await station.start(["params.yaml": Self.params, "fails.yaml": Self.fails])
            let cases: [(Int32, [String], String)] = [
                (0, ["trigger", "params", "--wait"], ""),
                (1, ["trigger", "fails", "--wait"], "this is why"),
                (0, ["trigger", "fails"], ""),
                (2, ["trigger"], "dag"),
                (2, ["trigger", "params", "-p", "region"], "name=value"),
                (2, ["trigger", "params", "--logical-date", "yesterday"], "yesterday"),
                (2, ["backfill", "params", "--from", "x", "--to", "2026-01-01"], "2026-08-21"),
                (2, ["nonsense"], "nonsense"),
                (2, ["dags", "list", "--data", station.data, "--url", "http://127.0.0.1:1"], "--url"),
                (3, ["dags", "show", "parms"], "Did you mean 'params'?"),
                (3, ["trigger", "parms"], "Did you mean 'params'?"),
                (3, ["runs", "show", "params/2020-01-01T000000Z"], "rota runs list"),
                (3, ["logs", "params/latest", "shwo"], "Did you mean 'show'?"),
                (3, ["logs", "params/latest", "show", "--attempt", "9"], "1"),
                (3, ["logs", "fails/latest", "after"], "upstream_failed"),
                (4, ["dags", "list", "--url", "http://127.0.0.1:1"], "rota standalone"),
                (4, ["dags", "list", "--data", station.folder + "/none"], "rota standalone"),
                (5, ["runs", "cancel", "params/latest"], "ended"),
                (5, ["backfill", "fails", "--from", "2026-01-01", "--to", "2026-01-02"], "no schedule"),
            ]
            for (code, arguments, words) in cases {
                let result = try await station.bare(arguments, environment: ["ROTA_DATA": station.data])
                #expect(result.exitCode == code, "\(result)")
                #expect(result.errorText.contains(words), "\(result)")
            }
        }
    }

    @Test func `params are checked when a run is asked for`() async throws {
        try await Station.with { station in
            _ = try await station.start(["params.yaml": Self.params])
            for (param, words) in [
                ("region=asia", "emea, amer"), ("rows=many", "whole number"), ("rows=0", "1"), ("rgion=emea", "region"),
            ] {
                let result = try await station.rota("trigger", "params", "-p", param)
                #expect(result.exitCode == 2 && result.errorText.contains(words), "\(result)")
            }
            #expect(try await station.json("runs", "list").items.isEmpty)
            let code = "amer; touch \(station.witness)/owned"
            #expect(try await station.rota("trigger", "params", "-p", "region=\(code)").exitCode == 2)
            let good = try await station.rota("trigger", "params", "-p", "region=amer", "-p", "rows=5", "--wait")
            #expect(good.exitCode == 0, "\(good)")
            #expect(try await station.rota("logs", "params/latest", "show").text == "amer 5\n")
        }
    }

    @Test func `a text param reaches the command as it is, never as code`() async throws {
        try await Station.with { station in
            let dag = "params: {text: {type: string, default: ''}}\ntasks: {t: {run: 'printf %s \"$ROTA_PARAM_TEXT\"'}}"
            _ = try await station.start(["echo.yaml": dag])
            let text = "$(touch \(station.witness)/owned) `id` \"'; exit 3\n{{ dag.id }} ünïcode"
            let result = try await station.rota("trigger", "echo", "-p", "text=\(text)", "--wait")
            #expect(result.exitCode == 0, "\(result)")
            #expect(try await station.rota("logs", "echo/latest", "t").text == text)
            #expect(TextFile.read(station.witness + "/owned") == nil)
        }
    }

    @Test func `Ctrl-C ends the waiting, not the run`() async throws {
        try await Station.with { station in
            let dag = "tasks: {t: {run: 'until [ -e \(station.witness)/go ]; do sleep 0.05; done'}}"
            _ = try await station.start(["waits.yaml": dag])
            let trigger = try station.begin("trigger", "waits", "--wait")
            _ = try await trigger.line(startingWith: "waits/")
            trigger.signal(SIGINT)
            #expect(try await trigger.result().exitCode == 130)
            try station.leave("go")
            try await station.awaitRun("waits/latest", "success")
        }
    }

    @Test func `a paused DAG runs when it is asked, and its pause is kept`() async throws {
        try await Station.with { station in
            var server = try await station.start(["hello.yaml": ServingTests.hello])
            #expect(try await station.rota("dags", "pause", "hello").exitCode == 0)
            #expect(try await station.rota("trigger", "hello", "--wait").exitCode == 0)
            server.signal(SIGTERM)
            #expect(try await server.result().exitCode == 0)
            server = try await station.start()
            #expect(try await station.json("dags", "show", "hello")["paused"] == .boolean(true))
            #expect(try await station.json("runs", "list").items.count == 1)
            #expect(try await station.rota("dags", "unpause", "hello").exitCode == 0)
            #expect(try await station.json("dags", "show", "hello")["paused"] == .boolean(false))
        }
    }
}
