import Core
import Glibc
import TestKit
import Testing

/// How tasks and runs end: cancelled, timed out, retried, skipped.
struct EndingTests {
    @Test func `cancelled means that nothing of it is left, however it resists`() async throws {
        try await Station.with { station in
            let dag = """
                tasks:
                  stubborn:
                    run: |
                      trap '' TERM
                      cd \(station.witness)
                      sh -c 'trap "" TERM; echo $$ > child.new; mv child.new child; while :; do sleep 0.2; done' &
                      setsid sh -c 'trap "" TERM; echo $$ > far.new; mv far.new far; while :; do sleep 0.2; done' &
                      wait
                  after: {needs: stubborn, run: echo never}
                """
            _ = try await station.start(["resists.yaml": dag])
            let run = try await station.trigger("resists")
            let children = try await value(of: "both children") {
                let found = ["child", "far"].compactMap { station.lines(of: $0).first.flatMap { Int32($0) } }
                    .map { SeenProcess($0) }
                return found.count == 2 ? found : nil
            }
            #expect(children.filter(\.isAlive).count == 2)
            let cancel = try await station.rota("runs", "cancel", run, "--reason", "a test")
            #expect(cancel.exitCode == 0, "\(cancel)")
            let ended = try await value(of: "the cancelled run") {
                let document = try await station.run(run)
                return document["ended_at"] == .null ? nil : document
            }
            // Whoever reads the state before looking cannot be told of an end too early.
            #expect(children.filter(\.isAlive).isEmpty, "\(children)")
            #expect(ended.text("state") == "cancelled", "\(ended)")
            #expect(ended.task("stubborn")?.text("state") == "cancelled", "\(ended)")
            #expect(ended.task("after")?.text("state") == "cancelled", "\(ended)")
            #expect(try await station.rota("trigger", "resists").exitCode == 0)
        }
    }

    @Test func `a waiting trigger tells of a cancelled run by exit code 1`() async throws {
        try await Station.with { station in
            _ = try await station.start(["sleeps.yaml": "tasks: {t: {run: sleep 1000}}"])
            let trigger = try station.begin("trigger", "sleeps", "--wait", "--json")
            try await eventually("a running task") {
                try await station.json("runs", "list", "--state", "running").items.count == 1
            }
            try await station.awaitTask("t", of: "sleeps/latest", "running")
            #expect(try await station.rota("runs", "cancel", "sleeps/latest").exitCode == 0)
            let result = try await trigger.result()
            #expect(result.exitCode == 1, "\(result)")
            #expect(JSONValue(parsing: result.text)?.text("state") == "cancelled", "\(result)")
        }
    }

    @Test func `a task that is too slow is ended, and so is a run`() async throws {
        try await Station.with { station in
            let files = [
                "slow_task.yaml": "tasks: {t: {timeout: 1s, run: echo begun; sleep 1000}}",
                "slow_run.yaml":
                    "timeout: 2s\ntasks: {t: {run: echo begun; sleep 1000}, u: {needs: t, run: echo never}}",
            ]
            _ = try await station.start(files)
            let task = try await station.rota("trigger", "slow_task", "--wait", "--json")
            #expect(task.exitCode == 1, "\(task)")
            #expect(try await station.attempts("t", of: "slow_task/latest") == ["timed_out"], "\(task)")
            #expect(try await station.rota("logs", "slow_task/latest", "t").text == "begun\n")
            let run = try await station.rota("trigger", "slow_run", "--wait", "--json")
            #expect(run.exitCode == 1, "\(run)")
            let document = try #require(JSONValue(parsing: run.text), "\(run)")
            #expect(document.text("state") == "failed", "\(run)")
            #expect(document.task("u")?["attempts"] == .array([]), "\(run)")
            let listed = try await station.json("runs", "list", "--dag", "slow_run")
            #expect(listed.items.first?.text("reason") == "timed_out", "\(listed)")
        }
    }

    @Test func `a task is tried as often as it may be, and no more`() async throws {
        try await Station.with { station in
            let files = [
                "third.yaml":
                    "tasks: {t: {retries: {limit: 2, delay: 1s}, run: 'echo $ROTA_ATTEMPT; [ $ROTA_ATTEMPT = 3 ]'}}",
                "never.yaml": "tasks: {t: {retries: {limit: 1, delay: 1s}, run: exit 4}}",
                "only_two.yaml": "tasks: {t: {retries: {limit: 5, delay: 1s, on_exit_codes: [2]}, run: exit 4}}",
            ]
            _ = try await station.start(files)
            #expect(try await station.rota("trigger", "third", "--wait").exitCode == 0)
            #expect(try await station.attempts("t", of: "third/latest") == ["failed", "failed", "success"])
            #expect(try await station.rota("logs", "third/latest", "t", "--attempt", "2").text == "2\n")
            #expect(try await station.rota("trigger", "never", "--wait").exitCode == 1)
            #expect(try await station.attempts("t", of: "never/latest") == ["failed", "failed"])
            #expect(try await station.rota("trigger", "only_two", "--wait").exitCode == 1)
            #expect(try await station.attempts("t", of: "only_two/latest") == ["failed"])
        }
    }

    @Test func `outputs decide which branch is taken`() async throws {
        try await Station.with { station in
            let dag = """
                params: {rows: {type: integer, default: 3}}
                tasks:
                  count:
                    outputs: {rows: integer, words: string}
                    run: |
                      echo "rows=$ROTA_PARAM_ROWS" >> "$ROTA_OUTPUT"
                      printf 'words<<END\\none\\ntwo\\nEND\\n' >> "$ROTA_OUTPUT"
                  many: {needs: count, when: tasks.count.outputs.rows > 10, run: echo many}
                  few: {needs: count, when: tasks.count.outputs.rows <= 10, run: echo few}
                  report:
                    needs: [many, few]
                    trigger_rule: none_failed_min_one_success
                    env: {ROWS: "{{ tasks.count.outputs.rows }}", WORDS: "{{ tasks.count.outputs.words }}"}
                    run: echo "$ROWS:$WORDS"
                  skipper: {run: exit 99}
                  last: {needs: [report, skipper], trigger_rule: all_done, run: echo done}
                """
            _ = try await station.start(["branch.yaml": dag])
            for (rows, taken, left) in [("3", "few", "many"), ("11", "many", "few")] {
                let result = try await station.rota("trigger", "branch", "-p", "rows=\(rows)", "--wait", "--json")
                #expect(result.exitCode == 0, "\(result)")
                let run = try #require(JSONValue(parsing: result.text))
                #expect(run.task(taken)?.text("state") == "success", "\(result)")
                #expect(run.task(left)?.text("state") == "skipped", "\(result)")
                #expect(run.task("skipper")?.text("state") == "skipped", "\(result)")
                #expect(run.task("last")?.text("state") == "success", "\(result)")
                #expect(try await station.rota("logs", "branch/latest", "report").text == "\(rows):one\ntwo\n")
            }
        }
    }

    @Test func `a task that ended well and failed nevertheless says why where it is first seen`() async throws {
        try await Station.with { station in
            _ = try await station.start(["spoilt.yaml": "tasks: {t: {run: 'echo 17 > \"$ROTA_OUTPUT\"'}}"])
            let result = try await station.rota("trigger", "spoilt", "--wait")
            #expect(result.exitCode == 1)
            let told = "t failed: exit 0\n  line 1 of $ROTA_OUTPUT has no '=': '17'."
            #expect(result.errorText.contains(told), "\(result)")
        }
    }

    @Test func `cleared tasks run again, and a mark counts as an end`() async throws {
        try await Station.with { station in
            let dag = """
                tasks:
                  first: {run: 'echo first >> \(station.witness)/order'}
                  second: {needs: first, run: 'echo second >> \(station.witness)/order; [ -e \(station.witness)/go ]'}
                  third: {needs: second, run: 'echo third >> \(station.witness)/order'}
                """
            _ = try await station.start(["mends.yaml": dag])
            #expect(try await station.rota("trigger", "mends", "--wait").exitCode == 1)
            let dry = try await station.rota("tasks", "clear", "mends/latest", "--failed", "--dry-run")
            #expect(dry.exitCode == 0 && station.lines(of: "order") == ["first", "second"], "\(dry)")
            try station.leave("go")
            let clear = try await station.rota("tasks", "clear", "mends/latest", "--failed")
            #expect(clear.exitCode == 0, "\(clear)")
            try await eventually("the run's success") {
                try await station.run("mends/latest").text("state") == "success"
            }
            #expect(station.lines(of: "order") == ["first", "second", "second", "third"])
            #expect(try await station.attempts("second", of: "mends/latest") == ["failed", "success"])

            unsafe unlink(station.witness + "/go")
            #expect(try await station.rota("trigger", "mends", "--wait").exitCode == 1)
            let mark = try await station.rota("tasks", "mark", "mends/latest", "second", "--state", "success")
            #expect(mark.exitCode == 0, "\(mark)")
            #expect(try await station.run("mends/latest").task("second")?.text("state") == "success")
        }
    }
}
