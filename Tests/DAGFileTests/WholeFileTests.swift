import Core
import DAGFile
import Testing
import YAML

struct WholeFileTests {
    static let everything = """
        description: Load yesterday's sales.
        owner: data-platform
        tags: [sales, 1.10]
        runbook: https://wiki.example.com/sales
        schedule:
          cron: ["30 4 * * *", "0 12 * * MON"]
          every: 6h
          at: [2026-12-24T18:00:00]
          timezone: UTC
          start: 2026-01-01
          end: 2027-01-01T00:00:00Z
          catchup: all
          catchup_window: 3d
          overlap: allow
          start_deadline: 2h
          jitter: 5m
        paused: true
        timeout: 3h
        max_active_tasks: 4
        params:
          region: {type: string, enum: [emea, amer], default: emea, description: Where}
          limit: {type: integer, minimum: 1, maximum: 10, default: 5}
          code: {pattern: "[a-z]+", default: abc}
          files: {type: json, default: [a, 1, {b: true}]}
          plain: {default: ""}
        env:
          DAY: "{{ logical_date | shift: -1d | date }}"
          REGION: emea
        defaults:
          retries: {limit: 2, delay: 10s}
          timeout: 20m
          env: {REGION: "{{ params.region }}", EXTRA: "1"}
        tasks:
          extract:
            run: |
              docker ps --format '{{.Names}}'
              echo ${#x} {{ other }}
            outputs: {rows: integer, files: json}
          load:
            needs: extract
            when: tasks.extract.outputs.rows > 0 and params.region == "emea"
            env: {REGION: "x", ROWS: "{{ tasks.extract.outputs.rows }}"}
            run: psql -f load.sql
            trigger_rule: all_success
            pool: warehouse
            slots: 2
            priority: -3
            retries: {limit: 4, delay: 30s, backoff: 2, max_delay: 10m, jitter: 0.2, on_exit_codes: [2]}
            skip_exit_codes: [3, 4]
            runner: {labels: [etl]}
            working_dir: /srv/sales
            shell: [python3, -u]
            on_unreachable: {retry_after: 10m}
          join:
            needs: [extract, load]
            trigger_rule: all_done
          report: {needs: join, run: "true", runner: host-a, shell: sh, timeout: 5m, retries: 0, allow_failure: true, skip_exit_codes: 7}

        """

    private func dag() throws -> DAG {
        let result = parse(WholeFileTests.everything)
        #expect(result.everything == [])
        return try #require(result.dag)
    }

    @Test func `the head of the file is read`() throws {
        let dag = try dag()
        #expect(dag.id == "test")
        #expect(dag.description == "Load yesterday's sales.")
        #expect(dag.owner == "data-platform")
        #expect(dag.tags == ["sales", "1.10"])
        #expect(dag.runbook == "https://wiki.example.com/sales")
        #expect(dag.startsPaused)
        #expect(dag.timeout == .seconds(10_800))
        #expect(dag.maximumActiveRuns == 16)
        #expect(dag.maximumActiveTasks == 4)
        #expect(dag.environment.map(\.name) == ["DAY", "REGION"])
    }

    @Test func `the schedule is read`() throws {
        let schedule = try #require(dag().schedule)
        #expect(schedule.text == "30 4 * * *; 0 12 * * MON; every 6h; 2026-12-24T18:00:00")
        #expect(schedule.timetable.crons.map(\.text) == ["30 4 * * *", "0 12 * * MON"])
        #expect(schedule.timetable.every == .seconds(21_600))
        #expect(schedule.timetable.instants == [Timestamp(rfc3339: "2026-12-24T18:00:00Z")])
        #expect(schedule.timetable.start == Timestamp(rfc3339: "2026-01-01T00:00:00Z"))
        #expect(schedule.timetable.end == Timestamp(rfc3339: "2027-01-01T00:00:00Z"))
        #expect(schedule.catchup == .all)
        #expect(schedule.catchupWindow == .seconds(3 * 86_400))
        #expect(schedule.overlap == .allow)
        #expect(schedule.startDeadline == .seconds(7_200))
        #expect(schedule.jitter == .seconds(300))
    }

    @Test func `params are read`() throws {
        let params = try dag().params
        #expect(params.map(\.name) == ["region", "limit", "code", "files", "plain"])
        #expect(params.map(\.type) == [.string, .integer, .string, .json, .string])
        #expect(params.map(\.defaultText) == ["emea", "5", "abc", "[\"a\",1,{\"b\":true}]", ""])
        #expect(params[0].choices == ["emea", "amer"])
        #expect(params[0].description == "Where")
        #expect(params[1].minimum == 1)
        #expect(params[1].maximum == 10)
        #expect(params[2].pattern?.source == "[a-z]+")
    }

    @Test func `tasks are read, in the file's order, with their defaults`() throws {
        let tasks = try dag().tasks
        #expect(tasks.map(\.id) == ["extract", "load", "join", "report"])
        #expect(tasks.map(\.needs) == [[], ["extract"], ["extract", "load"], ["join"]])
        #expect(tasks[0].action == .run(script: "docker ps --format '{{.Names}}'\necho ${#x} {{ other }}\n"))
        #expect(
            tasks[0].outputs == [
                OutputDeclaration(name: "rows", type: .integer), OutputDeclaration(name: "files", type: .json),
            ]
        )
        #expect(tasks[0].retries == RetryPolicy(limit: 2, delay: .seconds(10)))
        #expect(tasks[0].environment.map(\.name) == ["REGION", "EXTRA"])
        #expect(tasks[0].shell == [])
        #expect(tasks[0].skipExitCodes == [99])

        let load = tasks[1]
        #expect(load.condition?.source == "tasks.extract.outputs.rows > 0 and params.region == \"emea\"")
        #expect(load.environment.map(\.name) == ["EXTRA", "REGION", "ROWS"])
        #expect(load.environment.map(\.value.source) == ["1", "x", "{{ tasks.extract.outputs.rows }}"])
        #expect(load.pool == "warehouse")
        #expect(load.slots == 2)
        #expect(load.priority == -3)
        #expect(
            load.retries
                == RetryPolicy(
                    limit: 4,
                    delay: .seconds(30),
                    backoff: 2,
                    maximumDelay: .seconds(600),
                    jitter: 0.2,
                    exitCodes: [2]
                )
        )
        #expect(load.skipExitCodes == [3, 4])
        #expect(load.runner == .labelled(["etl"]))
        #expect(load.workingDirectory == "/srv/sales")
        #expect(load.shell == ["python3", "-u"])
        #expect(load.timeout == .seconds(1_200))

        #expect(tasks[2].action == .join)
        #expect(tasks[2].triggerRule == .allDone)
        #expect(tasks[3].runner == .named("host-a"))
        #expect(tasks[3].shell == ["sh"])
        #expect(tasks[3].timeout == .seconds(300))
        #expect(tasks[3].retries == .none)
        #expect(tasks[3].allowsFailure)
        #expect(tasks[3].skipExitCodes == [7])
    }

    @Test(arguments: [
        ("schedule: \"@daily\"", "@daily"), ("schedule: 30 4 * * *", "30 4 * * *"),
        ("schedule: [\"0 1 * * *\", \"0 2 * * *\"]", "0 1 * * *; 0 2 * * *"), ("schedule: {every: 15m}", "every 15m"),
        ("schedule: {at: 2026-12-24}", "2026-12-24"),
    ])
    func `a schedule has short forms`(text: String, expected: String) throws {
        let result = parse(text + "\ntasks: {a: {run: x, timeout: 1m}}")
        #expect(result.everything == [])
        #expect(result.dag?.schedule?.text == expected)
    }

    @Test func `a task may be empty, and a file without a schedule runs only when triggered`() {
        let result = parse("tasks:\n  a:\n  b: {}\n")
        #expect(result.everything == [])
        #expect(result.dag?.tasks.map(\.action) == [.join, .join])
        #expect(result.dag?.schedule == nil)
        #expect(result.dag?.maximumActiveRuns == 1)
    }

    @Test func `a file without tasks is not a DAG`() {
        for text in ["", "# x", "a: 1", "[1, 2]", "text"] {
            let result = parse(text)
            #expect(!result.isDAG)
            #expect(result.dag == nil)
            #expect(!result.hasErrors)
            #expect(result.problems.count == 1)
        }
        #expect(
            parse("schedule: \"@daily\"\nsteps: []").everything == [
                "1:1 info: this is not a DAG: it has no 'tasks' at its root [write the work under 'tasks', a mapping of names to tasks]"
            ]
        )
        #expect(parse("a: [").isDAG)
    }

    @Test func `tasks without a timeout are mentioned`() {
        #expect(
            parse("tasks: {a: {run: x}}").everything == [
                "1:8 info: task a has no timeout ['timeout' under 'defaults' sets one for all tasks]"
            ]
        )
    }

    @Test func `the reference's example is a DAG without a complaint`() throws {
        let reference = DAGFile.reference()
        let start = try #require(reference.firstRange(of: "```yaml\n")).upperBound
        let end = try #require(reference[start...].firstRange(of: "```")).lowerBound
        var zones: [String] = []
        let result = DAGFile.parse(source: Array(reference[start..<end].utf8), path: "x", id: "x") { name in
            zones.append(name)
            return .utc
        }
        #expect(result.everything == [])
        #expect(zones == ["Europe/Berlin"])
    }
}
