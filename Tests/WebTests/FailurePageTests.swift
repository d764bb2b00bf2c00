import Core
import HTTPTypes
import Store
import Testing

@testable import Web

struct FailurePageTests {
    /// So many DAGs whose newest run failed, all but the last for one cause.
    private static func broken(_ dags: Int) -> String {
        """
        INSERT INTO dag (name, path, cursor) SELECT 'dag_' || lpad(n::text, 3, '0'), n || '.yaml', now()
        FROM generate_series(1, \(dags)) n;
        INSERT INTO dag_version (dag_id, number, source, hash)
        SELECT id, 1, convert_to(E'tasks:\\n  load:\\n    run: x\\n', 'UTF8'), sha256('x') FROM dag;
        UPDATE dag SET version_id = (SELECT v.id FROM dag_version v WHERE v.dag_id = dag.id);
        INSERT INTO dag_run (dag_id, version_id, key, type, state, logical_date, data_interval_start, data_interval_end,
            run_after, actor, tasks, unfinished, failures, started_at, ended_at)
        SELECT id, version_id, 'k', 'scheduled', 'failed', now(), now(), now(), now(), 'scheduler', 1, 0, 1,
            now() - interval '1 minute', now() - id * interval '1 second' FROM dag;
        INSERT INTO task_instance (run_id, dag_id, task_id, task_index, state, attempts, upstream, ended_at)
        SELECT id, dag_id, 'load', 0, 'failed', 1, 0, ended_at FROM dag_run;
        INSERT INTO signature (hash, state, exit_code, subject, template, sample, first_seen, last_seen, failures)
        VALUES (sha256('1'), 'failed', 1, '', 'no warehouse', 'no warehouse', now() - interval '3 days', now(), 400),
            (sha256('2'), 'failed', 2, '', 'no disk', 'no disk', now(), now(), 1);
        INSERT INTO attempt (id, task_instance_id, run_id, dag_id, number, state, runner, fence, slots, ended_at, exit_code,
            cause_line, cause_text, cause_rule, signature_id)
        SELECT ('0198a000-0000-7000-8000-' || lpad((1000 - id)::text, 12, '0'))::uuid, id, run_id, dag_id, 1, 'failed', 'local', 1, 1, ended_at, 1, 1,
            CASE WHEN dag_id = \(dags) THEN 'no disk' ELSE 'no warehouse' END, 'error_word',
            CASE WHEN dag_id = \(dags) THEN 2 ELSE 1 END FROM task_instance;
        """
    }

    @Test func `one broken warehouse is one line, however many DAGs it breaks`() async throws {
        try await SeededSite.with(seed: Self.broken(201)) { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let home = try await client.get("/").text
            #expect(home.ranges(of: "no warehouse").count == 1)
            #expect(
                home.contains("dag_001</a> <a class=\"strong\" href=\"/failures/1\">and 199 more DAGs, same cause</a>")
            )
            #expect(home.contains("Also dag_002, dag_003, dag_004, dag_005, dag_006, dag_007 and 193 more"))
            #expect(home.contains("<a href=\"/failures/1\">400 attempts failed so since "))
            #expect(home.contains("<a href=\"/failures/2\">new cause</a>"))
            #expect(home.contains("<span class=\"count\">2</span>"))
            #expect(home.contains("<title>201 DAGs failing"))
        }
    }

    @Test func `a failure's page says since when, how often and where`() async throws {
        try await SeededSite.with(seed: Self.broken(40)) { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let page = try await client.get("/failures/1").text
            #expect(page.contains("Exit code 1"))
            #expect(page.contains("3 d ago"))
            #expect(page.contains("400 failed attempts"))
            #expect(page.contains("The tables below count the newest 39 of them, in 39 runs of 39 tasks."))
            #expect(page.contains("dag_001 / load"))
            #expect(page.contains(">Newest 30 failed attempts</h2>"))
            #expect(page.contains("/dags/dag_001/runs/k/tasks/load/a1?at=1#L1"))
            let list = try await client.get("/failures").text
            #expect(list.contains("no warehouse") && list.contains("no disk"))
            #expect(try await client.get("/failures/3").status == .notFound)
            #expect(try await client.get("/failures/x").text.contains("There is no failure &#39;x&#39;."))
            #expect(try await client.get("/failures?after=x").status == .badRequest)
        }
    }

    @Test func `nothing failed yet is said so`() async throws {
        try await SeededSite.with(seed: "") { seeded in
            let client = try await SiteClient.signedIn(seeded)
            #expect(try await client.get("/failures").text.contains("None yet."))
        }
    }
}
