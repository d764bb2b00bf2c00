import Core
import YAML

/// The language of DAG files: the one table from which reader, JSON Schema and reference come.
enum DAGLanguage {
    /// A whole file.
    static let root = ObjectForm(
        title: "The file",
        noun: "a DAG file",
        keys: [
            Key("description", .text(.any), "What the DAG is for, in a sentence.", example: "Load the sales."),
            Key("owner", .text(.any), "Who answers for it: a person or a team.", example: "data-platform"),
            Key(
                "tags",
                .list(of: .text(Rules.tag), noun: "texts"),
                "Words by which lists are narrowed.",
                example: "[sales, nightly]"
            ),
            Key(
                "runbook",
                .text(Rules.url),
                "Where people read what to do when it fails.",
                example: "https://wiki.example.com/sales"
            ),
            Key(
                "schedule",
                schedule,
                "When it runs by itself; left out, it runs only when triggered.",
                example: "\"30 4 * * *\""
            ),
            Key(
                "paused",
                .boolean,
                standard: "false",
                "Whether a file seen for the first time starts paused; afterwards only people pause and unpause."
            ),
            Key("timeout", .text(.duration(from: .seconds(1))), "Limit of a whole run.", example: "3h"),
            Key(
                "max_active_runs",
                .text(.integer(1...10_000)),
                standard: "1",
                "How many scheduled and manual runs may be under way at once; 16 with `overlap: allow`."
            ),
            Key(
                "max_active_tasks",
                .text(.integer(1...100_000)),
                standard: "16",
                "How many tasks of this DAG may run at once."
            ),
            Key(
                "params",
                .map(MapForm(keyNoun: "param", keyRule: .name, value: .object(param), limit: 1_000)),
                "Typed values that whoever starts a run may give; a command sees each as `ROTA_PARAM_NAME`, in capitals and with `-` as `_`."
            ),
            Key(
                "env",
                environment,
                "Variables of every task; values may hold templates.",
                example: "{DAY: \"{{ logical_date | date }}\"}"
            ),
            Key(
                "defaults",
                .object(task),
                "Keys for every task that does not have them itself; `env` is merged, the rest is replaced."
            ),
            Key(
                "tasks",
                .map(
                    MapForm(keyNoun: "task", keyRule: .name, value: .object(task), limit: Limits.tasks, least: 1)
                ),
                isRequired: true,
                "What is to be done, by name."
            ),
            .later("notify", "who is told"), .later("deadline", "by when a run should be done"),
            .later("assets", "what it makes and what it waits for"),
            .later("needs_previous", "whether a run waits for the one before"),
        ],
        hints: neighbours.merging([
            "steps": "the work is written under 'tasks', a mapping of names to tasks",
            "jobs": "the work is written under 'tasks'", "on": "when it runs is written under 'schedule'",
            "cron": "write it under 'schedule', as in schedule: \"30 4 * * *\"",
            "schedule_interval": "write it as 'schedule'", "timezone": "write it under 'schedule'",
            "catchup": "write it under 'schedule'", "start_date": "write it as 'start' under 'schedule'",
            "dag_id": "the id is the file's name; remove this key", "id": "the id is the file's name; remove this key",
            "name": "the id is the file's name; remove this key", "default_args": "write it as 'defaults'",
            "retries": "write it in a task, or under 'defaults' for all tasks",
            "pool": "write it in a task, or under 'defaults' for all tasks",
            "secrets": "write it in a task, or under 'defaults' for all tasks",
            "parameters": "write it as 'params'", "inputs": "write it as 'params'", "environment": "write it as 'env'",
        ]) { _, new in new },
        notes: "A file's id is its name without `.yaml` or `.yml`; folders become prefixes: `finance/sales.yaml` is "
            + "`finance.sales`."
    )

    /// Variables, by name.
    static let environment = Form.map(
        MapForm(keyNoun: "variable", keyRule: Rules.variable, value: .text(Rules.template), limit: 1_000)
    )

    /// A param.
    static let param = ObjectForm(
        title: "A param",
        noun: "a param",
        keys: [
            Key(
                "type",
                .text(.choice(ValueType.allCases.map(\.rawValue))),
                standard: "string",
                "What its text must look like.",
                example: "integer"
            ),
            Key("enum", .list(of: .text(.any), noun: "texts"), "The only values allowed.", example: "[emea, amer]"),
            Key(
                "default",
                .anything,
                "The value used where none is given; without it a run must be given one. One of type `json` may be written as YAML.",
                example: "emea"
            ),
            Key(
                "pattern",
                .text(Rules.pattern),
                "A regular expression that the whole text must match; for type `string`.",
                example: "[a-z]{2,8}"
            ),
            Key("minimum", .text(.number(-1e15...1e15)), "The least number allowed; for types `integer` and `number`."),
            Key(
                "maximum",
                .text(.number(-1e15...1e15)),
                "The greatest number allowed; for types `integer` and `number`."
            ),
            Key("description", .text(.any), "What people are told about it."),
        ],
        hints: [
            "required": "a param without 'default' is required", "values": "write it as 'enum'",
            "choices": "write it as 'enum'", "min": "write it as 'minimum'", "max": "write it as 'maximum'",
            "value": "write it as 'default'",
        ],
        mayBeNothing: true
    )

    /// Words of other tools that mean the same in a file and in a task.
    static let neighbours: [String: String] = [
        "if": "a task's condition is written as 'when'",
        "depends": "write it as 'needs'", "depends_on": "write it as 'needs'", "dependencies": "write it as 'needs'",
        "upstream": "write it as 'needs'", "after": "write it as 'needs'", "command": "write it as 'run'",
        "bash_command": "write it as 'run'", "cmd": "write it as 'run'", "script": "write it as 'run'",
        "args": "write the whole command line under 'run'",
    ]
}

/// Bounds of what one file may hold, all of them checked when it is loaded.
enum Limits {
    static let tasks = 10_000
    static let needs = 1_000
    /// More problems than people read in one go.
    static let problems = 100
    /// After so many problems no more suggestions are sought among the tasks.
    static let suggestions = 25
}
