import Core
import Postgres
import Store
import Testing

@testable import Web

/// A failure that `allow_failure` lets pass is told as that, and blamed for nothing.
struct AllowedFailureTests {
    /// The seed, in which `load_orders` may fail, so that another failure blocks what comes after it.
    private static let sql = """
        \(Seed.sql)
        UPDATE dag_version SET source = convert_to(replace(convert_from(source, 'UTF8'),
            E'    retries: 2\\n', E'    retries: 2\\n    allow_failure: true\\n'), 'UTF8')
        WHERE dag_id = (SELECT id FROM dag WHERE name = 'sales_daily');
        UPDATE task_instance SET allows_failure = true WHERE task_id = 'load_orders';
        UPDATE dag_run SET failures = 0 WHERE state = 'failed';
        """

    private static func with(
        _ body: (SiteClient, _ run: RunName, _ seeded: SeededSite) async throws -> Void
    ) async throws {
        try await SeededSite.with(seed: sql) { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let run = try #require(try await seeded.store.resolve(RunName(dag: "sales_daily", key: "latest-failed")))
            try await body(client, run, seeded)
        }
    }

    @Test func `its page says that it is allowed, and names nothing that it blocks`() async throws {
        try await Self.with { client, run, _ in
            let path = Address.task(run, "load_orders")
            let text = try await client.get(path).text
            #expect(text.contains("It is allowed to fail (allow_failure)"))
            #expect(!text.contains("blocked by it"))
            let plain = try await client.get("\(path).txt").text
            #expect(plain.contains("It is allowed to fail (allow_failure)") && !plain.contains("blocked by it"))
        }
    }

    @Test func `the run's counts and its table say so`() async throws {
        try await Self.with { client, run, _ in
            let text = try await client.get(Address.run(run)).text
            #expect(text.contains("</i>1 failed, allowed to fail</a>"))
            #expect(text.contains("<span class=\"sub\">allowed to fail</span>"))
            #expect(!text.contains("Failure of load_orders"), "it is no cause")
            let gantt = try await client.get("\(Address.run(run))/gantt").text
            #expect(gantt.contains("allowed to fail"))
            let history = try await client.get("/dags/sales_daily/tasks/load_orders").text
            #expect(history.contains("<span class=\"sub\">allowed to fail</span>"))
        }
    }

    @Test func `a list of runs counts what failed with what that blocked, and says so`() async throws {
        try await SeededSite.with { seeded in
            let text = try await SiteClient.signedIn(seeded).get("/dags/sales_daily/runs").text
            #expect(text.contains(">5/5, 1 failed or blocked</td>"))
        }
    }

    @Test func `why does not blame it`() async throws {
        try await Self.with { _, run, seeded in
            let asker = try await WhyAsker(store: seeded.store, definitions: seeded.site.definitions)
            let record = try #require(try await seeded.store.run(run))
            let itself = try await asker.why(record, task: "load_orders", mapIndex: nil)
            #expect(itself.sentence.contains("It is allowed to (allow_failure), so it blocks nothing."), "\(itself)")
            let after = try await asker.why(record, task: "build_mart", mapIndex: nil)
            #expect(after.reasons.flatMap(\.details).isEmpty, "\(after)")
        }
    }

    @Test func `of two failures each is told what it blocks itself`() async throws {
        try await SeededSite.with { seeded in
            let script = """
                UPDATE task_instance SET state = 'failed' WHERE task_id = 'extract_customers'
                    AND run_id = (SELECT max(run_id) FROM task_instance WHERE state = 'upstream_failed'
                        AND task_id = 'notify');
                UPDATE task_instance t SET state = 'success' WHERE task_id = 'load_orders'
                    AND EXISTS (SELECT FROM task_instance o WHERE o.run_id = t.run_id AND o.task_id = 'extract_customers'
                        AND o.state = 'failed');
                UPDATE attempt a SET state = 'failed', exit_code = 1 FROM task_instance t
                WHERE t.id = a.task_instance_id AND t.state = 'failed';
                """
            try await seeded.store.pool.withConnection { try await $0.executeScript(script) }
            let client = try await SiteClient.signedIn(seeded)
            let run = try #require(try await seeded.store.resolve(RunName(dag: "sales_daily", key: "latest-failed")))
            // What comes after it succeeded in between, so what is blocked further down is blocked by another.
            let text = try await client.get(Address.task(run, "extract_customers")).text
            #expect(text.contains("Why it failed") && !text.contains("blocked by it"))
        }
    }
}
