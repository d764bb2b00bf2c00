import Core
import YAML

extension DAGLanguage {
    /// A task, and what may stand under `defaults`.
    static let task = ObjectForm(
        title: "A task",
        noun: "a task",
        keys: work + mapping + conditions + attempts + placement + later,
        hints: neighbours.merging([
            "steps": "a task has one script under 'run'; make a task of each step, or write several lines",
            "condition": "write it as 'when'", "foreach": "write it as 'for_each'",
            "with_items": "write it as 'for_each'",
            "matrix": "write it as 'for_each', a mapping of names to lists",
            "strategy": "write for_each: {NAME: […]}, and max_parallel", "expand": "write it as 'for_each'",
            "max-parallel": "write it as 'max_parallel'",
            "name": "a task's name is its key under 'tasks'; remove this key",
            "id": "a task's name is its key under 'tasks'; remove this key", "environment": "write it as 'env'",
            "retry": "write it as 'retries'", "retry_delay": "write retries: {limit: 2, delay: 30s}",
            "execution_timeout": "write it as 'timeout'", "timeout-minutes": "write timeout: 20m",
            "continue-on-error": "write allow_failure: true", "continue_on_error": "write allow_failure: true",
            "weight": "write it as 'slots', or as 'priority'", "pool_slots": "write it as 'slots'",
            "priority_weight": "write it as 'priority'", "working-directory": "write it as 'working_dir'",
            "memory": "write resources: {memory: 2GiB}", "cpu": "write resources: {cpu: 2}",
            "limits": "write it as 'resources'", "cwd": "write it as 'working_dir'",
            "workdir": "write it as 'working_dir'",
            "runs-on": "write runner: {labels: […]}", "runs_on": "write runner: {labels: […]}",
            "host": "write it as 'runner'", "with": "values reach a command by 'env'",
        ]) { _, new in new },
        mayBeNothing: true,
        notes: "A task with neither `run` nor `http` does nothing: it joins its upstream tasks."
    )

    private static let work: [Key] = [
        Key(
            "run",
            .text(Rules.script),
            "The script, handed to the shell byte for byte; values reach it as environment variables.",
            example: "./load.sh \"$DAY\""
        ),
        Key(
            "http",
            .object(request),
            "A request that the server makes, in place of a script; it needs no runner. The answer is the task's log.",
            example:
                "{method: POST, url: \"https://reports.internal/build?day={{ logical_date | date }}\", expect: [200, 202]}"
        ),
        Key(
            "needs",
            .either([.text(.name), .list(of: .text(.name), noun: "names of tasks")]),
            "The tasks before it: a name, or a list of at most 1,000.",
            example: "[extract, clean]"
        ),
        Key(
            "env",
            environment,
            "Variables of this task; values may hold templates.",
            example: "{ROWS: \"{{ tasks.extract.outputs.rows }}\"}"
        ),
        Key(
            "secrets",
            .map(MapForm(keyNoun: "variable", keyRule: Rules.variable, value: .text(.name), limit: 100)),
            "Variables whose values nobody may see, by the names of the secrets in `rota.yaml`; they are masked in the log.",
            example: "{PGPASSWORD: warehouse_password}"
        ),
        Key(
            "outputs",
            .map(
                MapForm(
                    keyNoun: "output",
                    keyRule: .name,
                    value: .text(.choice(ValueType.allCases.map(\.rawValue))),
                    limit: 1_000
                )
            ),
            "The values it publishes as lines `name=value` in the file `$ROTA_OUTPUT`, with their types.",
            example: "{rows: integer}"
        ),
    ]

    private static let mapping: [Key] = [
        Key(
            "for_each",
            .either([
                .text(Rules.template), .list(of: .anything, noun: "items"),
                .map(
                    MapForm(
                        keyNoun: "list",
                        keyRule: .name,
                        value: .either([.text(Rules.template), .list(of: .anything, noun: "items")]),
                        limit: 10,
                        least: 1
                    )
                ),
            ]),
            "One instance for each item: of a list; of a template that gives a JSON list; of every combination of named lists, as in `{region: [emea, amer], year: [2025, 2026]}`; or `{same_as: TASK}`, one for each instance of another mapped task, which then needs its own counterpart only. At most 10,000.",
            example: "\"{{ tasks.extract.outputs.files }}\""
        ),
        Key(
            "max_parallel",
            .text(.integer(1...10_000)),
            "How many instances of a mapped task may be under way at once in one run; one that waits for its next attempt keeps its place. Without it only other limits count.",
            example: "8"
        ),
    ]

    private static let conditions: [Key] = [
        Key(
            "trigger_rule",
            .text(.choice(TriggerRule.allCases.map(\.rawValue))),
            standard: "all_success",
            "Which states of the tasks before it let it start."
        ),
        Key(
            "when",
            .text(.any),
            "A condition, judged once after the trigger rule, in a mapped task once for each instance; if it is false, the task is skipped.",
            example: "tasks.extract.outputs.rows > 0 and params.region == \"emea\""
        ),
        Key(
            "allow_failure",
            .boolean,
            standard: "false",
            "Whether its failure counts as success for other tasks and for the run."
        ),
    ]

    private static let attempts: [Key] = [
        Key(
            "timeout",
            .text(.duration(from: .seconds(1))),
            "Limit of one attempt; without it there is none.",
            example: "20m"
        ),
        Key(
            "retries",
            .either([.text(.integer(0...1_000)), .object(retries)]),
            standard: "0",
            "How often a failed attempt is tried again: a number, or a policy.",
            example: "{limit: 2, delay: 30s}"
        ),
        Key(
            "skip_exit_codes",
            .either([.text(.integer(1...255)), .list(of: .text(.integer(1...255)), noun: "exit codes")]),
            standard: "[99]",
            "Exit codes that mean \"skipped\"."
        ),
        Key(
            "shell",
            .either([.text(Rules.shell), .list(of: .text(Rules.shellWord), noun: "words")]),
            standard: "[bash, -eo, pipefail]",
            "The interpreter of the script and its options; on a host without bash the default is `sh -e`.",
            example: "[python3, -u]"
        ),
        Key(
            "working_dir",
            .text(.absolutePath),
            "Where the script starts; by default the DAG file's folder on the local runner, else the attempt's folder.",
            example: "/srv/sales"
        ),
        Key(
            "on_unreachable",
            .either([.text(.choice(["wait"])), .object(unreachable)]),
            standard: "wait",
            "What happens if the runner falls silent: wait for it, however long; or, after a while, try again elsewhere, or fail. A retry never runs beside the attempt before it: the runner ends that by itself first, when it has heard of no server for nearly as long.",
            example: "{retry_after: 10m}"
        ),
    ]

    private static let placement: [Key] = [
        Key(
            "pool",
            .text(.name),
            "Named capacity, shared by all DAGs, that it takes its slots from.",
            example: "warehouse"
        ),
        Key(
            "slots",
            .text(.integer(1...10_000)),
            standard: "1",
            "Its weight, taken from its runner's slots and from its pool."
        ),
        Key(
            "priority",
            .text(Rules.priority),
            standard: "0",
            "Which of several waiting tasks goes first: the higher one. A number, or a class of `rota.yaml` (`priority_classes`), which may also say after how long a wait the task is missed.",
            example: "nightly"
        ),
        Key(
            "runner",
            .either([.text(.name), .object(runner)]),
            "Where it runs: a runner's name, or labels; by default any runner that fits, the local one first.",
            example: "{labels: [etl]}"
        ),
        Key(
            "resources",
            .object(resources),
            "What one attempt may use of its host: memory, processors.",
            example: "{memory: 2GiB, cpu: 2}"
        ),
    ]

    private static let resources = ObjectForm(
        title: "Resources",
        noun: "resources",
        keys: [
            Key(
                "memory",
                .text(.size(Int64(4 << 20)...Int64(1 << 50))),
                "The memory of all its processes together; what needs more is ended, and the attempt fails as out of memory.",
                example: "2GiB"
            ),
            Key(
                "cpu",
                .text(.number(0.01...4096)),
                "How many processors' time it may take; it is slowed down beyond that.",
                example: "1.5"
            ),
        ],
        hints: [
            "mem": "write it as 'memory'", "ram": "write it as 'memory'", "cpus": "write it as 'cpu'",
            "limits": "write memory and cpu under 'resources' themselves",
            "requests": "write memory and cpu under 'resources' themselves; nothing is reserved for them",
        ],
        notes:
            "Kept by cgroup v2 where the runner has it (see the operations page). Elsewhere `memory` is the limit of each "
            + "process for itself, and `cpu` is not kept; the attempt's note says so. A runner of kind `ssh` keeps neither and "
            + "refuses such a task."
    )

    private static let later: [Key] = [
        .later("wait_for", "a condition outside"),
        .later("approve", "a person's word"), .later("dag", "another DAG as a task"),
        .later("needs_previous", "its own instance in the run before"), .later("notify", "who is told"),
        .later("deadline", "by when it should be done"), .later("assets", "what it makes"),
        .later("container", "an image to run in"),
    ]

    private static let retries = ObjectForm(
        title: "Retries",
        noun: "retries",
        keys: [
            Key("limit", .text(.integer(0...1_000)), isRequired: true, "How many attempts may follow the first."),
            Key("delay", .text(.duration(from: .zero)), standard: "30s", "The pause before the first of them."),
            Key("backoff", .text(.number(1...100)), standard: "1", "What each further pause is multiplied with."),
            Key("max_delay", .text(.duration(from: .zero)), "The longest pause.", example: "10m"),
            Key(
                "jitter",
                .text(.number(0...1)),
                standard: "0",
                "Share of the pause by which chance lengthens or shortens it.",
                example: "0.2"
            ),
            Key(
                "on_exit_codes",
                .either([.text(.integer(1...255)), .list(of: .text(.integer(1...255)), noun: "exit codes")]),
                "The only exit codes that are tried again; what ended by a signal or a timeout always is.",
                example: "[2]"
            ),
        ],
        hints: ["count": "write it as 'limit'", "max": "write it as 'limit'", "attempts": "write it as 'limit'"]
    )

    private static let runner = ObjectForm(
        title: "A runner's labels",
        noun: "a runner",
        keys: [
            Key(
                "labels",
                .list(of: .text(.name), noun: "labels"),
                isRequired: true,
                "Any runner that has all of these.",
                example: "[etl]"
            )
        ],
        hints: ["name": "write the name alone: runner: host-a", "label": "write it as 'labels', a list"]
    )

    private static let request = ObjectForm(
        title: "An HTTP request",
        noun: "http",
        keys: [
            Key(
                "url",
                .text(Rules.url),
                isRequired: true,
                "Where it goes; values of templates are percent-encoded.",
                example: "https://reports.internal/build?day={{ logical_date | date }}"
            ),
            Key("method", .text(Rules.method), standard: "GET", "What is asked, in capitals.", example: "POST"),
            Key(
                "headers",
                .map(MapForm(keyNoun: "header", keyRule: Rules.header, value: .text(Rules.template), limit: 100)),
                "Headers; values may hold templates.",
                example: "{Content-Type: application/json}"
            ),
            Key("body", .text(Rules.template), "What is sent; it may hold templates.", example: "{{ params.order }}"),
            Key(
                "expect",
                .either([.text(Rules.status), .list(of: .text(Rules.status), noun: "statuses")]),
                standard: "2xx",
                "The statuses that mean success; any other one is a failure.",
                example: "[200, 202]"
            ),
            Key(
                "idempotent",
                .boolean,
                "Whether it may be made again when its fate is unknown, because the server ended meanwhile; by default true for GET, HEAD, PUT, DELETE, OPTIONS and TRACE.",
                example: "true"
            ),
        ],
        hints: [
            "uri": "write it as 'url'", "data": "write it as 'body'", "status": "write it as 'expect'",
            "json": "write the text under 'body', and headers: {Content-Type: application/json}",
            "timeout": "write it beside 'http', as the task's own 'timeout'",
            "retries": "write them beside 'http', as the task's own 'retries'",
        ]
    )

    private static let unreachable = ObjectForm(
        title: "A silent runner",
        noun: "on_unreachable",
        keys: [
            Key(
                "retry_after",
                .text(.duration(from: UnreachablePolicy.shortest)),
                "After so long a silence the attempt is over, and the task is tried again on any runner that fits. It costs no retry; at most 3 attempts may be lost.",
                example: "10m"
            ),
            Key(
                "fail_after",
                .text(.duration(from: UnreachablePolicy.shortest)),
                "After so long a silence the attempt is over, and the task fails.",
                example: "1h"
            ),
        ],
        hints: ["retry": "write it as 'retry_after'", "fail": "write it as 'fail_after'"],
        notes: "One of the two."
    )
}
