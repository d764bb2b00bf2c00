/// The DAG files of the example site, by their names.
enum ExampleDAGs {
    /// What the failing task of `sales_daily` writes last.
    static let cause = #"psycopg2.errors.UniqueViolation: duplicate key value violates unique constraint "orders_pkey""#

    static func files(witness: String) -> [String: String] {
        [
            "sales_daily.yaml": sales,
            "nightly.yaml": nightly,
            "waits.yaml": waits(witness: witness),
            "stays.yaml": waits(witness: witness),
            "typed.yaml": typed,
            "parts.yaml": parts,
            "many.yaml": many,
            "prints.yaml": LogDAGs.prints,
            "talks.yaml": LogDAGs.talks(witness: witness),
            "pours.yaml": LogDAGs.floods(witness: witness),
            "prints_much.yaml": LogDAGs.big,
            "never.yaml": "description: Has never run.\ntasks: {t: {run: 'true'}}\n",
            "broken.yaml": "tasks:\n  a: {run: 'true', neds: b}\n",
        ]
    }

    /// Fails at `load_orders` where it reads more than 100 rows.
    private static let sales = """
        description: Loads the orders of a day.
        owner: data team
        tags: [sales]
        runbook: https://runbooks.example/sales
        params:
          rows: {type: integer, default: 120, minimum: 1, description: How many rows are read.}
        tasks:
          extract: {run: 'seq 1 "$ROTA_PARAM_ROWS" | sed "s/^/read row /"'}
          load_orders:
            needs: extract
            run: |
              echo "connecting to the warehouse"
              for i in $(seq 1 90); do echo "loading chunk $i of 90"; done
              [ "$ROTA_PARAM_ROWS" -gt 100 ] || exit 0
              echo 'Traceback (most recent call last):'
              echo '  File "load.py", line 18, in <module>'
              echo '    cursor.execute(insert, row)'
              echo '\(cause)'
              exit 1
          report: {needs: load_orders, run: 'echo "the report is written"'}
          mail: {needs: report, run: 'echo "the mail is sent"'}
          audit: {needs: extract, run: 'echo "nothing strange"'}
        """

    private static let nightly = """
        description: Runs every night.
        schedule: {cron: "30 4 * * *", catchup: none}
        tasks:
          a: {run: 'echo a'}
          b: {needs: a, run: 'echo b'}
        """

    /// The same as someone has changed it since.
    static let nightlyChanged = nightly.replacing("echo b", with: "echo bb")

    /// Goes on when a file with the run's name is there, `/` written as `+`.
    private static func waits(witness: String) -> String {
        """
        description: Waits for a word.
        params:
          end: {type: integer, default: 0, description: Its exit code.}
        tasks:
          first: {run: 'echo "the first line"'}
          wait:
            needs: first
            run: |
              echo "waiting"
              until [ -e "\(witness)/$(echo "$ROTA_RUN_ID" | tr / +)" ]; do sleep 0.05; done
              exit "$ROTA_PARAM_END"
          last: {needs: wait, run: 'echo "over"'}
        """
    }

    private static let typed = """
        description: Has a param of each sort.
        params:
          day: {type: date, default: 2026-08-21, description: The day that is loaded.}
          rows: {type: integer, default: 10, minimum: 1, maximum: 1000}
          share: {type: number, default: 0.5}
          full: {type: boolean, default: false}
          region: {enum: [emea, amer, apac], default: emea}
          name: {type: string, default: orders, pattern: "[a-z]+"}
          extra: {type: json, default: {}}
        tasks:
          show: {run: 'env | grep ROTA_PARAM'}
        """

    /// One of five instances fails.
    private static let parts = """
        description: Works on five parts.
        tasks:
          list: {run: 'echo "parts=[1,2,3,4,5]" >> "$ROTA_OUTPUT"', outputs: {parts: json}}
          part:
            needs: list
            for_each: "{{ tasks.list.outputs.parts }}"
            env: {PART: "{{ item }}"}
            run: 'echo "part $PART"; [ "$PART" != 3 ]'
          sum: {needs: part, run: 'echo sum'}
        """

    /// 60 tasks that fail one like the other.
    private static let many = """
        description: Sixty tasks that fail.
        tasks:
        \((1...60).map { "  t\($0 < 10 ? "0" : "")\($0): {run: 'echo \"ERROR: the warehouse is closed\"; exit 3'}" }.joined(separator: "\n"))
        """
}
