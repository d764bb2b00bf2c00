import Core
import YAML

/// The page of the language.
enum DAGReference {
    static func text() -> String {
        """
        # The DAG file

        <!-- Made from the parser's own table. Change Sources/DAGFile, then run the tests with ROTA_WRITE_REFERENCE=1. -->

        One YAML file in the DAG folder is one DAG. Only what is listed here is accepted; anything else is an error with
        its line and column. `rota validate FILE` checks a file, `rota schema` prints this language for editors.

        ```yaml
        \(example)
        ```
        \(LanguageReference.text(of: DAGLanguage.root))
        \(values)

        \(TriggerRuleTable.text())

        \(LanguageReference.text(of: CalendarLanguage.root))
        ```yaml
        \(calendarExample)
        ```

        """
    }

    static let calendarExample = """
        # calendars/business_days.yaml
        description: Working days in Berlin.
        allow: mon-fri
        block:
          - 01-01
          - 05-01
          - 10-03
          - 12-25..12-26
          - 2026-04-03
          - 2026-12-24..2027-01-03
        """

    static let example = """
        description: Load yesterday's sales and publish the report.
        owner: data-platform
        schedule:
          cron: "30 4 * * *"
          timezone: Europe/Berlin
        params:
          region: {enum: [emea, amer], default: emea}
        env:
          DAY: "{{ logical_date | shift: -1d | date }}"
        defaults:
          timeout: 20m
          retries: {limit: 2, delay: 30s}
        tasks:
          extract:
            run: |
              ./extract.sh --day "$DAY" --region "$ROTA_PARAM_REGION" > "$ROTA_RUN_DIR/rows.csv"
              echo "rows=$(wc -l < "$ROTA_RUN_DIR/rows.csv")" >> "$ROTA_OUTPUT"
            outputs: {rows: integer}
          load:
            needs: extract
            when: tasks.extract.outputs.rows > 0
            env: {ROWS: "{{ tasks.extract.outputs.rows }}"}
            run: ./load.sh "$ROTA_RUN_DIR/rows.csv"
          clean_up:
            needs: [extract, load]
            trigger_rule: all_done
            run: rm -rf "$ROTA_RUN_DIR"
        """

    private static let values = """
        ## Values

        **Texts** are what they look like: `1.10`, `no`, `on` and `22:22` are texts, only `true` and `false` are booleans,
        and a key without a value is an error. Tags, merge keys (`<<`) and repeated keys are refused.

        **Names** of tasks, params, outputs, pools and runners begin with a letter or `_` and go on with letters, digits,
        `_` and `-`, at most 100 in all.

        **Durations** are `90s`, `15m`, `2h`, `7d`, or ISO 8601 without years and months, such as `PT1H30M`.

        **`run` has no templates.** The shell gets what the file says, byte for byte; values arrive as environment
        variables.

        **Outputs** are lines `name=value`, or blocks `name<<EOF`, that a task writes to the file `$ROTA_OUTPUT`. A task
        that declares outputs is held to them: a reference to another name is an error, and so is a value of another type.
        Without a declaration outputs are texts.

        ## Templates

        `{{ name | filter | filter: value }}` stands in values of `env`, `http` and `for_each`. Values are filled in once, and never looked into
        again. To write braces themselves: `{{ "{{" }}`.

        | Name | What it is |
        | --- | --- |
        | `dag.id`, `run.id`, `run.type`, `task.id`, `attempt` | who is asking |
        | `logical_date` | the instant the run stands for |
        | `data_interval_start`, `data_interval_end` | the stretch of time it is about: `[start, end)` |
        | `params.NAME` | what the run was started with |
        | `tasks.TASK.outputs.NAME` | what a task before this one published; of a mapped task, a JSON list by index |
        | `item`, `item.FIELD` | in a mapped task: the instance's item, or a part of it |
        | `item_index` | in a mapped task: which instance it is, from 0; a command sees it as `ROTA_MAP_INDEX` |

        | Filter | What it does |
        | --- | --- |
        | `date` | the date on the DAG's clock, such as `2026-01-31` |
        | `format: '%Y/%m'` | a time by the codes \(codes) |
        | `shift: -1d` | another time: `s`, `m`, `h` exactly; `d`, `w`, `mo`, `y` by the calendar; `-P1M` too |
        | `in: Europe/Berlin` | another clock for what follows |
        | `default: none` | what stands in for an output, or a part of an item, that is missing; without it the task fails |
        | `json` | the value as JSON |

        An instant without a filter is RFC 3339 in UTC.

        ## Mapped tasks

        A task with `for_each` is one instance for each item. The trigger rule is judged first; then the list is worked
        out, once, and the instances are made together. Each has attempts, retries, a log and an end of its own, and
        `when` is judged for each.

        - Without items the task is skipped; where `for_each` gives no list, the task fails and says what it gave.
        - Trigger rules of tasks after it see every instance. A task that is `same_as` it needs, for each of its own
          instances, only the one of the same index, and has the same `item`.
        - Its output is a JSON list by index, `null` where an instance published none. In a task that is `same_as` it,
          the name means the output of the own counterpart.
        - The type of an item is known where the file spells the list out. Elsewhere an item is read as the type of what
          `when` compares it with.
        - Clearing the task as a whole, with those that are `same_as` it, works the list out anew once its needs have
          ended. Instances that exist no more are then `removed` and count for nothing; their logs stay.
        - The items of one task have at most 16 MiB in all.

        ## Conditions

        `when` compares the same names, without braces: `==`, `!=`, `<`, `<=`, `>`, `>=`, `in`, `not in`, `and`, `or`,
        `not`, parentheses, lists such as `["a", "b"]`, texts in quotes, numbers, `true` and `false`. Values are compared
        as the types they are declared with; dates and times are written as texts in quotes.
        """

    private static var codes: String {
        TimeFormat.codes.split(separator: " ").map { "`\($0)`" }.joined(separator: " ")
    }
}
