import Core
import DAGFile
import Testing
import YAML

struct MistakeTests {
    /// One task that has nothing to complain about, for files whose mistake is elsewhere.
    private static let task = "tasks: {a: {run: x, timeout: 1m}}\n"

    @Test(
        arguments: [
            ("descripton: x", "1:1 unknown key 'descripton' in the file [did you mean 'description'?]"),
            (
                "retries: 2",
                "1:1 unknown key 'retries' in the file [write it in a task, or under 'defaults' for all tasks]"
            ),
            (
                "steps: []",
                "1:1 unknown key 'steps' in the file [the work is written under 'tasks', a mapping of names to tasks]"
            ),
            ("notify: x", "1:1 'notify' is not available in this version"),
            ("owner:", "1:7 'owner' has no value; expected a text [leave the key out, or write '' for an empty text]"),
            (
                "owner: ~",
                "1:8 'owner' is ~, which means nothing here [leave the key out, or put the word in quotes if it is a text]"
            ),
            ("owner: [a]", "1:8 'owner' must be a text; found a list"),
            ("tags: nightly", "1:7 'tags' must be a list of texts; found 'nightly'"),
            ("tags: ['']", "1:8 an element of 'tags' must be a text of at most 100 characters; found an empty text"),
            (
                "runbook: javascript:x",
                "1:10 'runbook' must be a URL that begins with https:// or http://; found 'javascript:x'"
            ),
            ("paused: no", "1:9 'paused' must be true or false; found 'no' [write false]"),
            ("paused: \"true\"", "1:9 'paused' must be true or false; found 'true' [write true]"),
            (
                "timeout: 90",
                "1:10 'timeout' must be a duration of at least 1s, such as 90s, 15m, 2h, 7d or PT1H30M; found '90' [add a unit: 90s, 90m, …]"
            ),
            (
                "timeout: 0s",
                "1:10 'timeout' must be a duration of at least 1s, such as 90s, 15m, 2h, 7d or PT1H30M; found '0s'"
            ),
            (
                "defaults: {resources: {mem: 1GiB}}",
                "1:24 unknown key 'mem' in 'resources' of 'defaults' [write it as 'memory']"
            ),
            (
                "defaults: {resources: {memory: 512}}",
                "1:32 'memory' of 'resources' of 'defaults' must be a size from 4 MiB to 1024 TiB, such as 512MiB or 2GiB; found '512' [add a unit: 512MiB, 512GiB, …]"
            ),
            (
                "defaults: {resources: {cpu: 0}}",
                "1:29 'cpu' of 'resources' of 'defaults' must be a number from 0.01 to 4096; found '0'"
            ),
            ("max_active_runs: 0", "1:18 'max_active_runs' must be a whole number from 1 to 10000; found '0'"),
            (
                "max_active_runs: \"3\"",
                "1:18 'max_active_runs' must be a whole number from 1 to 10000; found '3' [write 3 without quotes]"
            ),
            (
                "env: {1A: x}",
                "1:7 '1A' is not the name of a variable: expected letters, digits and '_', not beginning with a digit"
            ),
            ("env: {ROTA_X: x}", "1:7 'ROTA_X' cannot be set: names that begin with ROTA_ are Rota's own"),
            ("env: {A: \"{{ params.x }}\"}", "1:14 unknown param 'x': the file declares no params"),
            (
                "env: {A: \"{{ tasks.a.outputs.x }}\"}",
                "1:14 an output cannot be used here, where it would count for every task [write it in the env of the task that uses it]"
            ),
            (
                "env: {A: 'x {{ logical_date | foo }}'}",
                "1:31 unknown filter 'foo'; known: date, format, shift, in, default, json"
            ),
            (
                "params: {a b: {}}",
                "1:10 'a b' is not the name of a param: expected a name: a letter or '_', then letters, digits, '_' and '-', at most 100 in all"
            ),
            ("params: {a: 1}", "1:13 param 'a' must be a mapping with the keys of a param; found '1'"),
            (
                "params: {a: {type: int, default: 1}}",
                "1:20 'type' of param 'a' must be one of: string, integer, number, boolean, date, datetime, json; found 'int' [did you mean 'integer'?]"
            ),
            ("params: {a: {min: 1}}", "1:14 unknown key 'min' in param 'a' [write it as 'minimum']"),
            ("params: {a: {minimum: 1}}", "1:23 'minimum' is for params of type integer and number, not string"),
            ("params: {a: {type: integer, pattern: x}}", "1:38 'pattern' is for params of type string, not integer"),
            ("params: {a: {type: integer, minimum: 2, maximum: 1}}", "1:50 the maximum is below the minimum"),
            (
                "params: {a: {type: integer, enum: [1, x]}}",
                "1:39 'x' is not a whole number, such as 42, as the param's type asks"
            ),
            (
                "params: {a: {type: integer, default: x}}",
                "1:38 the default does not fit: param 'a' is 'x', but must be a whole number, such as 42"
            ),
            ("params: {a: {default: [1]}}", "1:23 the default of a param of type string must be a text"),
            ("params: {a: {pattern: 'x('}}", "1:25 this pattern cannot be used: this '(' is never closed"),
            (
                "params: {a-b: {}, A_b: {}}",
                "1:19 params 'a-b' and 'A_b' would both be the variable ROTA_PARAM_A_B [rename one of them]"
            ),
            ("schedule: \"61 4 * * *\"", "1:11 minute: 61 is out of range; allowed: 0-59"),
            ("schedule: \"0 4 * * MON,XYZ\"", nil),
            ("schedule: {cron: \"0 4 31 2 *\"}", nil),
            (
                "schedule: {}",
                "1:11 the schedule has none of 'cron', 'every' and 'at' [without a schedule a DAG runs only when triggered]"
            ),
            ("schedule: []", "1:11 the schedule's list is empty"),
            (
                "schedule: {every: 15}",
                "1:19 'every' of 'schedule' must be a duration of at least 1s, such as 90s, 15m, 2h, 7d or PT1H30M; found '15' [add a unit: 15s, 15m, …]"
            ),
            (
                "schedule: {at: tomorrow}",
                "1:16 'at' of 'schedule' must be a date or a time, such as 2026-01-31, 2026-01-31T06:00 or 2026-01-31T06:00:00Z; found 'tomorrow'"
            ),
            ("schedule: {every: 1h, timezone: Mars/Olympus}", "1:33 there is no time zone 'Mars/Olympus'"),
            (
                "schedule: {every: 1h, start: 2026-02-01, end: 2026-01-01}",
                "1:47 the end is not after the start, so there is no run"
            ),
            (
                "schedule: {every: 1h, catchup: yes}",
                "1:32 'catchup' of 'schedule' must be one of: none, latest, all; found 'yes'"
            ),
            (
                "schedule: {every: 1h, catchup_window: 2d}",
                "1:39 warning: 'catchup_window' has no effect without 'catchup: all'"
            ),
            (
                "schedule: {cron: '0 12 * * *', start: 2026-01-01T13:00, end: 2026-01-02}",
                "1:11 warning: the schedule has no run between its start and its end"
            ),
            ("schedule: \"*/7 * * * *\"", nil),
            ("defaults: {retires: 2}", "1:12 unknown key 'retires' in 'defaults' [did you mean 'retries'?]"),
            (
                "defaults: {env: {X: \"{{ tasks.a.outputs.x }}\"}}",
                "1:25 an output cannot be used here, where it would count for every task [write it in the env of the task that uses it]"
            ),
        ] as [(String, String?)]
    )
    func `a mistake at the root is found with its place`(text: String, complaint: String?) {
        let found = parse(text + "\n" + MistakeTests.task).complaints
        if let complaint { #expect(found == [complaint]) } else { #expect(found.count >= 1) }
    }

    @Test(
        arguments: [
            ("b: {command: x}", ["unknown key 'command' in task 'b' [write it as 'run']"]),
            ("b: {if: x}", ["unknown key 'if' in task 'b' [a task's condition is written as 'when']"]),
            (
                "b: {steps: []}",
                [
                    "unknown key 'steps' in task 'b' [a task has one script under 'run'; make a task of each step, or write several lines]"
                ]
            ),
            ("b: {depends: a}", ["unknown key 'depends' in task 'b' [write it as 'needs']"]),
            ("b: {depends_on: a}", ["unknown key 'depends_on' in task 'b' [write it as 'needs']"]),
            ("b: {bash_command: a}", ["unknown key 'bash_command' in task 'b' [write it as 'run']"]),
            ("b: {wait_for: x}", ["'wait_for' is not available in this version"]),
            (
                "b: {http: {url: x}}",
                ["'url' of 'http' of task 'b' must be a URL that begins with https:// or http://; found 'x'"]
            ),
            ("b: {http: {url: 'http://x'}, run: x}", ["'run' cannot stand beside 'http' [make two tasks of it]"]),
            (
                "b: {http: {url: 'http://x/{{ params.y }}'}}",
                ["unknown param 'y': the file declares no params"]
            ),
            (
                "b: {run: x, timeout: 1m, on_unreachable: {}}",
                ["'on_unreachable' must have either 'retry_after' or 'fail_after' [on_unreachable: {retry_after: 10m}]"]
            ),
            (
                "b: {run: x, timeout: 1m, on_unreachable: {retry_after: 2m, fail_after: 1h}}",
                ["'on_unreachable' must have either 'retry_after' or 'fail_after' [on_unreachable: {retry_after: 10m}]"]
            ),
            (
                "b: {http: {url: 'http://x'}, on_unreachable: wait}",
                ["'on_unreachable' cannot stand beside 'http' [it belongs to a script; remove it]"]
            ),
            (
                "b: {needs: [extrct], run: x, timeout: 1m}",
                ["unknown task 'extrct' in needs of 'b' [did you mean 'extract'?]"]
            ),
            ("b: {needs: [extract, extract]}", ["'extract' is repeated in needs of 'b'"]),
            ("b: {needs: b}", ["task 'b' needs itself"]),
            (
                "b: {needs: {a: 1}}",
                [
                    "'needs' of task 'b' must be a name: a letter or '_', then letters, digits, '_' and '-', at most 100 in all, or a list of names of tasks; found a mapping"
                ]
            ),
            (
                "b: {needs: c}\n  c: {needs: d}\n  d: {needs: b}",
                ["tasks need each other in a circle: b needs c needs d needs b [remove one of these needs]"]
            ),
            (
                "b: {run: ''}",
                [
                    "'run' of task 'b' must be a script; found an empty text [a task without 'run' joins its upstream tasks]"
                ]
            ),
            (
                "b: {outputs: {x: int}, run: x}",
                [
                    "output 'x' must be one of: string, integer, number, boolean, date, datetime, json; found 'int' [did you mean 'integer'?]"
                ]
            ),
            ("b: {outputs: {x: integer}}", ["warning: 'outputs' has no effect in task 'b', which has no 'run'"]),
            (
                "b: {trigger_rule: one_failed, run: x}",
                ["warning: 'trigger_rule' has nothing to judge in task 'b', which has no 'needs'"]
            ),
            (
                "b: {trigger_rule: all_sucess}",
                [
                    "'trigger_rule' of task 'b' must be one of: all_success, all_failed, all_done, all_done_min_one_success, all_skipped, one_success, one_failed, one_done, none_failed, none_failed_min_one_success, none_skipped, always; found 'all_sucess' [did you mean 'all_success'?]"
                ]
            ),
            (
                "b: {retries: {delay: 1s}, run: x}",
                ["'retries' of task 'b' has no 'limit' [How many attempts may follow the first.]"]
            ),
            ("b: {retries: -1, run: x}", ["'retries' of task 'b' must be a whole number from 0 to 1000; found '-1'"]),
            (
                "b: {retries: {limit: 1, backoff: 0.5}, run: x}",
                ["'backoff' of 'retries' of task 'b' must be a number from 1 to 100; found '0.5'"]
            ),
            (
                "b: {skip_exit_codes: [0], run: x}",
                ["an element of 'skip_exit_codes' of task 'b' must be a whole number from 1 to 255; found '0'"]
            ),
            (
                "b: {shell: python3 -u, run: x}",
                [
                    "'shell' of task 'b' must be the name of an interpreter, or a list of its words; found 'python3 -u' [write the words as a list: shell: [python3, -u]]"
                ]
            ),
            (
                "b: {working_dir: here, run: x}",
                ["'working_dir' of task 'b' must be an absolute path; found 'here' [begin it with '/']"]
            ),
            (
                "b: {runner: {name: x}, run: x}",
                [
                    "'runner' of task 'b' has no 'labels' [Any runner that has all of these.]",
                    "unknown key 'name' in 'runner' of task 'b' [write the name alone: runner: host-a]",
                ]
            ),
            ("b: {slots: 0, run: x}", ["'slots' of task 'b' must be a whole number from 1 to 10000; found '0'"]),
            (
                "b: {needs: extract, when: tasks.extract.outputs.row > 0, run: x}",
                ["task 'extract' has no output 'row'; declared: rows [did you mean 'rows'?]"]
            ),
            (
                "b: {when: tasks.extract.outputs.rows > 0, run: x}",
                ["task 'b' uses an output of 'extract', but does not run after it [add 'extract' to the needs of 'b']"]
            ),
            (
                "b: {needs: extract, env: {R: '{{ tasks.extract.outputs.rows | date }}'}, run: x}",
                ["the filter 'date' works on dates and times, not on integer"]
            ),
            (
                "b: {run: 'echo {{ params.x }}'}",
                [
                    "'{{ params.x … }}' in a script reaches the shell as it is: 'run' has no templates [add env: {X: \"{{ params.x }}\"} to the task, and write \"$X\" in the script; or \"$ROTA_PARAM_X\", which every command has]"
                ]
            ),
            (
                "b: {run: 'echo ${{ github.x }}'}",
                ["warning: '${{' means nothing to a shell [values reach a script as environment variables, by 'env']"]
            ),
            (
                "b c: {run: x}",
                [
                    "'b c' is not the name of a task: expected a name: a letter or '_', then letters, digits, '_' and '-', at most 100 in all"
                ]
            ),
            (
                "1b: {run: x}",
                [
                    "'1b' is not the name of a task: expected a name: a letter or '_', then letters, digits, '_' and '-', at most 100 in all"
                ]
            ),
            ("b: [1]", ["task 'b' must be a mapping with the keys of a task; found a list"]),
        ] as [(String, [String])]
    )
    func `a mistake in a task is found`(text: String, complaints: [String]) {
        let found = parse("tasks:\n  extract: {run: x, outputs: {rows: integer}}\n  " + text + "\n").complaints
        let sentences = found.map { String($0.drop { $0 != " " }.dropFirst()) }
        #expect(sentences == complaints)
    }

    @Test(arguments: ["tasks:", "tasks: {}", "tasks: []", "tasks: x"])
    func `there must be a task`(text: String) {
        let result = parse(text)
        #expect(result.isDAG)
        #expect(result.complaints.count == 1)
        #expect(result.complaints.first?.contains("must be a mapping of tasks") == true)
    }

    @Test func `a scheduled DAG has a default for every param`() {
        #expect(
            parse("schedule: \"@daily\"\nparams: {a: {}}\ntasks: {a: {run: x}}").complaints == [
                "2:10 param 'a' has no default, so a scheduled run could not start [add a default, or remove the schedule]"
            ]
        )
    }

    @Test func `a template in a script is found in its line`() {
        let text = "tasks:\n  a:\n    run: |\n      echo ü\n        echo {{logical_date}}\n    timeout: 1m\n"
        #expect(parse(text).complaints.first?.hasPrefix("5:14 '{{ logical_date … }}' in a script") == true)
    }

    @Test func `many mistakes come at once, in the file's order`() {
        let text = "descripton: x\npaused: yes\nschedule: \"61 * * * *\"\ntasks:\n  a: {needs: b}\n  c: {rn: x}\n"
        #expect(parse(text).problems.filter { $0.severity == .error }.map(\.mark.line) == [1, 2, 3, 5, 6])
    }

    @Test func `more mistakes than anybody reads are counted`() {
        let text = "tasks:\n" + (0..<300).map { "  t\($0): {rn: x}\n" }.joined()
        let result = parse(text)
        #expect(result.problems.count == 101)
        #expect(result.problems.last?.message == "200 more problems are not shown")
        #expect(result.dag == nil)
    }

    @Test func `limits are named`() {
        let tasks = "tasks:\n" + (0...10_000).map { "  t\($0):\n" }.joined()
        #expect(parse(tasks).complaints == ["2:3 'tasks' has 10001 entries; at most 10000"])
        let needs = (0...1_000).map { "t\($0)" }.joined(separator: ", ")
        let wide = "tasks:\n" + (0...1_000).map { "  t\($0):\n" }.joined() + "  z: {needs: [\(needs)]}\n"
        #expect(parse(wide).complaints == ["1003:14 task 'z' needs 1001 tasks; at most 1000"])
    }

    @Test func `ten thousand tasks are read`() throws {
        let text =
            "tasks:\n"
            + (0..<10_000).map { "  t\($0): {needs: [\($0 == 0 ? "" : "t\($0 - 1)")], run: \"true\"}\n" }.joined()
        #expect(try #require(parse(text).dag).tasks.count == 10_000)
    }
}
