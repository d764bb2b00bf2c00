import Core
import HTTPTypes
import Store
import Testing

@testable import Web

struct MappedPageTests {
    /// A run under way of a task with so many instances, of which some failed, and of one that needs them all.
    private static func mapped(_ instances: Int) -> String {
        """
        INSERT INTO runner (name, kind, labels, slots, state) VALUES ('local', 'local', '{}', 4, 'online');
        INSERT INTO dag (name, path, cursor) VALUES ('files', 'files.yaml', now());
        INSERT INTO dag_version (dag_id, number, source, hash) SELECT id, 1, convert_to(
            E'tasks:\\n  clean:\\n    for_each: [1]\\n    max_parallel: 2\\n    run: x\\n  load:\\n    needs: clean\\n    run: x\\n',
            'UTF8'), sha256('x') FROM dag;
        UPDATE dag SET version_id = (SELECT v.id FROM dag_version v WHERE v.dag_id = dag.id);
        INSERT INTO dag_run (dag_id, version_id, key, type, state, logical_date, data_interval_start, data_interval_end,
            run_after, actor, tasks, unfinished, failures, started_at)
        SELECT id, version_id, 'k', 'scheduled', 'running', now(), now(), now(), now(), 'scheduler', \(instances) + 1,
            3, \(instances) / 100, now() - interval '1 minute' FROM dag;
        INSERT INTO task_instance (run_id, dag_id, task_id, task_index, map_index, item, state, hold, attempts, upstream,
            started_at, ended_at)
        SELECT r.id, r.dag_id, 'clean', 0, i, to_json('<b>' || i), s.state,
            CASE WHEN s.state = 'waiting' THEN 'max_parallel 2' END, 0, 0, now() - interval '1 minute',
            CASE WHEN s.state IN ('failed', 'success') THEN now() END
        FROM dag_run r, generate_series(0, \(instances) - 1) i, LATERAL (SELECT CASE WHEN i = 1 THEN 'running'
            WHEN i = 2 THEN 'waiting' WHEN i % 100 = 50 THEN 'failed' ELSE 'success' END AS state) s;
        INSERT INTO task_instance (run_id, dag_id, task_id, task_index, state, upstream)
        SELECT id, dag_id, 'load', 1, 'waiting', \(instances) FROM dag_run;
        INSERT INTO attempt (id, task_instance_id, run_id, dag_id, number, state, runner, fence, slots, started_at, ended_at,
            exit_code, cause_line, cause_text, cause_rule)
        SELECT gen_random_uuid(), id, run_id, dag_id, 1, CASE WHEN state = 'running' THEN 'running' ELSE state END, 'local',
            1, 1, started_at, ended_at, CASE state WHEN 'failed' THEN 7 WHEN 'success' THEN 0 END,
            CASE WHEN state = 'failed' THEN 1 END, CASE WHEN state = 'failed' THEN 'no such file' END,
            CASE WHEN state = 'failed' THEN 'error_word' END
        FROM task_instance WHERE map_index >= 0 AND state <> 'waiting';
        UPDATE task_instance t SET attempts = 1, attempt_id = CASE WHEN a.ended_at IS NULL THEN a.id END
        FROM attempt a WHERE a.task_instance_id = t.id;
        """
    }

    private static let run = "/dags/files/runs/k"

    @Test func `a mapped task is one row of its run, with counts by state`() async throws {
        try await SeededSite.with(seed: Self.mapped(10_000)) { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let page = try await client.get(Self.run)
            #expect(page.bytes.count <= 30_000)
            #expect(page.text.contains("100 failed, 1 running, 1 waiting, 9,898 success"))
            #expect(page.text.contains("<a href=\"\(Self.run)/tasks/clean\">clean</a>"))
            #expect(page.text.contains("and 95 other failed tasks"))
            #expect(page.text.contains("Exit code 7"))
            let grid = try await client.get("/dags/files").text
            #expect(grid.contains("Failed: 100 of 10,000 instances"))
        }
    }

    @Test func `a mapped task's page lists its instances, failed ones first, a hundred at a time`() async throws {
        try await SeededSite.with(seed: Self.mapped(10_000)) { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let page = try await client.get("\(Self.run)/tasks/clean")
            #expect(page.bytes.count <= 60_000)
            #expect(page.text.contains("9,998 of 10,000 instances ended"))
            #expect(page.text.contains("\(Self.run)/tasks/clean/m50\">50</a>"))
            #expect(!page.text.contains("clean/m51\">"))
            #expect(page.text.contains("&quot;&lt;b&gt;50&quot;") || page.text.contains("&#34;&lt;b&gt;50&#34;"))
            let next = try #require(page.text.firstMatch(of: /href="([^"]*after=[^"]*)"/))
            let second = try await client.get(String(next.1)).text
            #expect(second.contains("clean/m1\">1</a>"))
            #expect(second.contains("as many instances of its task are under way as may be (max_parallel: 2)"))
            #expect(!second.contains("clean/m50\">"))
            let held = try await client.get("\(Self.run)/tasks/clean?state=waiting").text
            #expect(held.contains("is ready and waits for others of its task: 1 of at most 2 are under way"))
        }
    }

    @Test func `each instance has a page of its own, with its item and the way to the others`() async throws {
        try await SeededSite.with(seed: Self.mapped(100)) { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let page = try await client.get("\(Self.run)/tasks/clean/m50").text
            #expect(page.contains("clean [50]"))
            #expect(page.contains("All 100 instances"))
            #expect(page.contains("/tasks/clean/m49\">Instance 49</a>"))
            #expect(page.contains("clear?task=clean&amp;map=50&amp;downstream=1"))
            #expect(page.contains("mark?task=clean&amp;map=50"))
            #expect(try await client.get("\(Self.run)/tasks/clean/m50/a1").status == .ok)
            let first = try await client.get("\(Self.run)/tasks/clean/m0").text
            #expect(!first.contains("Instance -1"))
            let running = try await client.get("\(Self.run)/tasks/clean/m1").text
            #expect(running.contains("cancel?task=clean&amp;map=1"))
            #expect(try await client.get("\(Self.run)/tasks/clean/m100").status == .notFound)
        }
    }

    @Test func `one instance is marked and cleared by its forms`() async throws {
        try await SeededSite.with(seed: Self.mapped(100)) { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let form = try await client.get("\(Self.run)/mark?task=clean&map=0").text
            #expect(form.contains("Mark clean [0]"))
            #expect(form.contains("name=\"map\" value=\"0\""))
            #expect(try await client.get("\(Self.run)/mark?task=clean").text.contains("Mark clean"))
            let clear = try await client.get("\(Self.run)/clear?task=clean&map=50").text
            #expect(clear.contains("This clears 1 task of this run"))
            #expect(clear.contains("clean [50]"))
            #expect(clear.contains("name=\"map\" value=\"50\""))
        }
    }
}
