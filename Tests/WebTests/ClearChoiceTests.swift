import Core
import Store
import Testing

@testable import Web

/// The preview of a clear says what is chosen, and what stays as it is.
struct ClearChoiceTests {
    private static func words(_ tasks: [String], _ flags: Set<String>) -> String {
        ClearChoicesView(dag: "sales", path: "/dags/sales/runs/k", tasks: tasks, mapIndex: nil, flags: flags)
            .chosenWords
    }

    @Test func `what is chosen is said as it is`() {
        #expect(Self.words([], []) == "Chosen: the whole run.")
        #expect(
            Self.words([], ["failed", "downstream"])
                == "Chosen: the whole run; of that, only what failed, was cancelled or is blocked."
        )
        #expect(Self.words(["load"], ["downstream"]) == "Chosen: load, with what comes after.")
        #expect(
            Self.words(["load"], ["downstream", "upstream"]).contains("with what comes before and what comes after.")
        )
    }

    @Test func `a whole run has nothing before or after it to add`() {
        func texts(_ tasks: [String], _ flags: Set<String>) -> [String] {
            ClearChoicesView(dag: "sales", path: "/p", tasks: tasks, mapIndex: nil, flags: flags).variants.map(\.text)
        }
        #expect(texts([], ["failed", "downstream"]) == ["Those that succeeded too", "In several runs, by date…"])
        #expect(texts(["load"], ["downstream"]).prefix(2) == ["Leave out what comes after", "Add what comes before"])
    }

    @Test func `a task that runs whatever happens, and has, is named with the reason why it stays out`() async throws {
        let sql = """
            \(Seed.sql)
            UPDATE dag_version SET source = convert_to(convert_from(source, 'UTF8')
                || E'\\n  clean_up:\\n    needs: notify\\n    trigger_rule: all_done\\n    run: rm -r x\\n', 'UTF8')
            WHERE dag_id = (SELECT id FROM dag WHERE name = 'sales_daily');
            INSERT INTO task_instance (run_id, dag_id, task_id, task_index, state, attempts, upstream, started_at, ended_at)
            SELECT id, dag_id, 'clean_up', 5, 'success', 0, 1, started_at, ended_at FROM dag_run r
            WHERE dag_id = (SELECT id FROM dag WHERE name = 'sales_daily');
            """
        try await SeededSite.with(seed: sql) { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let run = try #require(try await seeded.store.resolve(RunName(dag: "sales_daily", key: "latest-failed")))
            let path = "\(Address.run(run))/clear"
            let page = try await client.get("\(path)?failed=1&downstream=1").text
            #expect(page.contains("This clears 3 tasks of this run:"))
            #expect(
                page.contains(
                    "Not cleared, though it comes after: clean_up (success: it runs when every upstream task has ended, "
                        + "however it ended). What has ended well is kept, so it does not run again."
                ),
                "\(page)"
            )
            let more = try #require(page.firstMatch(of: /href="([^"]+)">Clear that too/)?.output.1)
            let whole = try await client.get(String(more).replacing("&amp;", with: "&")).text
            #expect(whole.contains("This clears 4 tasks of this run:") && !whole.contains("Not cleared"))
        }
    }
}
