import Core
import HTTPTypes
import Hummingbird
import Postgres
import Store
import Testing

@testable import Web

struct PageTests {
    private static let pages = [
        "/", "/dags", "/dags/sales_daily", "/dags/wide", "/dags/sleepy", "/dags/finance.ledger", "/dags/hostile",
        "/dags/sales_daily/runs", "/dags/sales_daily/code", "/dags/sales_daily/calendar", "/backfills/1", "/incidents",
        "/incidents?all=1", "/runs",
        "/runs?state=failed&dag=sales_daily",
        "/dags/sales_daily/trigger", "/backfills", "/backfills/new", "/backfills/new?dag=sales_daily", "/runners",
        "/pools", "/failures", "/failures/1",
    ]

    @Test func `every page is whole, titled and small`() async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            for path in Self.pages {
                let answer = try await client.get(path, [.acceptEncoding: "gzip"])
                #expect(answer.status == .ok, "\(path)")
                #expect(answer.headers[.contentEncoding] == "gzip", "\(path)")
                #expect(answer.bytes.count <= 30_000, "\(path)")
                let text = try await client.get(path).text
                #expect(text.hasPrefix("<!doctype html>") && text.contains("</html>"), "\(path)")
                #expect(text.contains("<h1>"), "\(path)")
                #expect(!text.contains("{{") && !text.contains(" style=") && !text.contains("onclick="), "\(path)")
            }
        }
    }

    @Test func `the seed's files can be read`() async throws {
        try await SeededSite.with { seeded in
            for record in try await seeded.store.dags(limit: 10).items {
                #expect(try await seeded.site.definitions.definition(of: record) != nil, "\(record.name)")
            }
        }
    }

    @Test func `the first page leads from the failure to its line`() async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let home = try await client.get("/").text
            #expect(home.contains("column &quot;net_amt&quot; of relation"))
            let start = try #require(home.firstRange(of: "<p class=\"causeline\"><a href=\""))
            let path = String(home[start.upperBound...].prefix { $0 != "#" && $0 != "\"" })
            let page = try await client.get(path)
            #expect(page.status == .ok)
            #expect(page.text.contains("<li id=\"L1811\" class=\"cause at\">"))
            #expect(page.text.contains("Exit code 1"))
        }
    }

    @Test func `an attempt's page opens at the cause within its budget`() async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let run = try #require(try await seeded.store.resolve(RunName(dag: "sales_daily", key: "latest-failed")))
            let path = Address.task(run, "load_orders")
            let answer = try await client.get(path, [.acceptEncoding: "gzip"])
            #expect(answer.bytes.count <= 20_000)
            let text = try await client.get(path).text
            #expect(text.contains("<li id=\"L1771\" value=\"1771\" data-t=\""))
            #expect(text.contains("<li id=\"L1824\">"))
            #expect(!text.contains("<li id=\"L1770\""))
            #expect(text.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
            #expect(text.contains("<span class=\"f2\">INFO</span>"))
            #expect(text.contains("100 % done<small>+2 updates</small>"))
            #expect(text.contains("<title>Failed: load_orders, sales_daily "))
            #expect(text.contains("2 tasks are blocked by it"))
        }
    }

    @Test func `a line's address opens the log there, and earlier and later windows meet`() async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let run = try #require(try await seeded.store.resolve(RunName(dag: "sales_daily", key: "latest-failed")))
            let path = Address.task(run, "load_orders", attempt: 3)
            let text = try await client.get("\(path)?at=700").text
            #expect(text.contains("<li id=\"L700\" class=\"at\">"))
            #expect(text.contains("<li id=\"L660\" value=\"660\" data-t=\""))
            #expect(text.contains("<li id=\"L1059\">"))
            #expect(!text.contains("<li id=\"L1060\">"))
            #expect(text.contains("?from=1060"))
            #expect(text.contains("?from=260"))
            let first = try await client.get("\(path)?at=1").text
            #expect(first.contains("<li id=\"L1\" value=\"1\" class=\"at\" data-t=\""))
            #expect(!first.contains("earlier line"))
        }
    }

    @Test func `a log is sent raw and as text`() async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let run = try #require(try await seeded.store.resolve(RunName(dag: "sales_daily", key: "latest-failed")))
            let path = Address.task(run, "load_orders", attempt: 3)
            let raw = try await client.get("\(path)/log.raw")
            #expect(raw.text.contains("\u{1B}[32mINFO"))
            #expect(raw.bytes.count { $0 == 10 } == 1824)
            #expect(raw.headers[.contentDisposition]?.hasPrefix("attachment") == true)
            let text = try await client.get("\(path)/log.txt")
            #expect(!text.bytes.contains(0x1B))
            #expect(text.text.contains("INFO connected, red on blue"))
            #expect(text.bytes.count { $0 == 10 } == 1824)
        }
    }

    @Test func `a running attempt's page says where its log goes on, and the stream does`() async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let path = "/dags/finance.ledger/runs/2026-08-21T020000Z-m/tasks/load"
            let page = try await client.get(path).text
            #expect(page.contains("<li id=\"L3\" class=\"part\">loading pa</li>"))
            #expect(page.contains("data-events=\"\(path)/a1/log/events?from=24&amp;line=3\""))
            let sql = """
                WITH a AS (SELECT id FROM attempt WHERE state = 'running')
                INSERT INTO attempt_log (attempt_id, start_byte, first_line, line_ends, bytes)
                SELECT id, 34, 3, 2, convert_to(E'rt 2\\n<b>done</b>\\n', 'UTF8') FROM a;
                UPDATE attempt SET log_bytes = 51, log_lines = 4, state = 'success', ended_at = now(), log_sealed = true
                WHERE state = 'running';
                """
            try await seeded.store.pool.withConnection { try await $0.executeScript(sql) }
            let events = try await client.get("\(path)/a1/log/events?from=24&line=3").text
            #expect(
                events.contains("id: 51:5\nevent: lines\ndata: <li id=\"L3\" data-t=\"")
                    && events.contains(">loading part 2</li><li id=\"L4\">&lt;b&gt;done&lt;/b&gt;</li>\n\n")
            )
            #expect(events.hasSuffix("event: end\ndata: success\n\n"))
            let resumed = try await client.get(
                "\(path)/a1/log/events?from=0&line=1",
                [try #require(.init("Last-Event-ID")): "51:5"]
            )
            #expect(!resumed.text.contains("event: lines"))
        }
    }

    @Test func `text from files and people is shown, never run`() async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            for path in [
                "/", "/failures", "/failures/1", "/dags", "/dags/hostile", "/dags/hostile/code",
                "/dags/sales_daily/runs/latest-failed",
            ] {
                var answer = try await client.get(path)
                if let next = answer.headers[.location] { answer = try await client.get(next) }
                #expect(!answer.text.contains("<script>alert"), "\(path)")
                #expect(!answer.text.contains("<img"), "\(path)")
                #expect(!answer.text.contains("<b>"), "\(path)")
                #expect(!answer.text.contains("href=\"javascript:"), "\(path)")
            }
        }
    }

    @Test func `only a DAG with a schedule offers a backfill`() async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            #expect(try await client.get("/dags/sales_daily").text.contains(">Backfill…</a>"))
            #expect(!(try await client.get("/dags/sleepy").text.contains(">Backfill…</a>")))
        }
    }

    @Test func `latest is sent on to the run's own address`() async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let answer = try await client.get("/dags/sales_daily/runs/latest")
            #expect(answer.status == .seeOther)
            #expect(answer.headers[.location]?.hasSuffix("Z") == true)
        }
    }

    @Test(arguments: [
        ("/dags/sales_dayly", "Did you mean 'sales_daily'?", "/dags"),
        ("/dags/sales_daily/runs/2020-01-01T000000Z", "has no run", "/dags/sales_daily/runs"),
        ("/nowhere", "There is no page at /nowhere", "/"),
        ("/runs/x/y", "There is no page at", "/runs"),
        ("/dags/sales_daily/code?version=9", "There is no version 9", "/dags/sales_daily/code"),
    ])
    func `what is missing is named, with a link to what is nearest`(
        path: String,
        words: String,
        link: String
    ) async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let answer = try await client.get(path)
            #expect(answer.status == .notFound)
            #expect(answer.text.replacing("&#39;", with: "'").contains(words))
            #expect(answer.text.contains("<a href=\"\(link)\">Go to"))
        }
    }

    @Test func `a page that has not changed is not sent again`() async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let tag = try #require(try await client.get("/pools").headers[.eTag])
            let again = try await client.get("/pools", [.ifNoneMatch: tag])
            #expect(again.status == .notModified)
            #expect(again.bytes.isEmpty)
        }
    }

    @Test func `without a database a page still says what is wrong`() async throws {
        let seeded = try SeededSite.withoutDatabase()
        var client = SiteClient(seeded)
        #expect(try await client.get("/healthz").status == .ok)
        #expect(try await client.get("/readyz").status == .serviceUnavailable)
        client.headers[.authorization] = "Bearer x"
        let answer = try await client.get("/dags")
        #expect(answer.status == .serviceUnavailable)
        #expect(answer.headers[.retryAfter] != nil)
        #expect(answer.text.contains("The database cannot be reached"))
        #expect(answer.text.contains("</html>"))
    }

    @Test func `readiness tells what is wrong`() async throws {
        let check = ReadinessCheck(name: "scheduler") { "has not looked for 40 s." }
        try await SeededSite.with(seed: "", configure: { $0.checks = [check] }) { seeded in
            let client = SiteClient(seeded)
            let text = try await client.get("/readyz")
            #expect(text.status == .serviceUnavailable)
            #expect(text.text == "scheduler: has not looked for 40 s.\n")
            let json = try await client.get("/readyz", [.accept: "application/json"])
            #expect(json.text.contains("\"problems\":[\"scheduler: has not looked for 40 s.\"]"))
        }
    }

    @Test func `what waits in vain, or on whom nobody can count, needs someone`() async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let sql = """
                UPDATE task_instance SET hold = 'no_runner_with_labels gpu' WHERE task_id = 'part_1';
                UPDATE task_instance SET state = 'queued', ended_at = NULL, retry_at = NULL, attempt_id = NULL
                    WHERE task_id = 'part_1';
                UPDATE attempt SET state = 'unreachable', reason = 'no answer within 5 seconds' WHERE state = 'running';
                INSERT INTO dag_file_error (path, dag_name, problems) VALUES ('newer.yaml', 'newer',
                    '[{"line": 2, "column": 3, "message": "unknown key", "hint": "did you mean run?"}]');
                """
            try await seeded.store.pool.withConnection { try await $0.executeScript(sql) }
            let page = try await client.get("/").text
            #expect(page.contains("Waits in vain: no runner has the labels gpu"))
            #expect(page.contains("no answer within 5 seconds"))
            #expect(page.contains("no version of it has ever been good"))
            #expect(page.contains("stays in force"))
            #expect(page.contains("· did you mean run?"))
        }
    }

    @Test func `an empty site says how to begin`() async throws {
        try await SeededSite.with(seed: "") { seeded in
            let client = try await SiteClient.signedIn(seeded)
            #expect(try await client.get("/").text.contains("Nothing needs you."))
            #expect(try await client.get("/dags").text.contains("hello.yaml"))
            #expect(try await client.get("/runners").text.contains("No runner connected"))
            #expect(try await client.get("/runs").text.contains("None match."))
        }
    }

    @Test func `runs are listed page by page without a gap`() async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let sql = """
                INSERT INTO dag_run (dag_id, version_id, key, type, state, logical_date, data_interval_start,
                    data_interval_end, run_after, actor, tasks, unfinished, ended_at)
                SELECT id, version_id, 'k' || n, 'manual', 'success', now(), now(), now(), now(), 'x', 0, 0, now()
                FROM dag, generate_series(1, 120) n WHERE name = 'sleepy'
                """
            try await seeded.store.pool.withConnection { try await $0.executeScript(sql) }
            var path: String? = "/dags/sleepy/runs"
            var keys: Set<String> = []
            var pages = 0
            while let next = path {
                let text = try await client.get(next).text
                for match in text.matches(of: /runs\/(k[0-9]+)"/) { keys.insert(String(match.1)) }
                path = text.firstMatch(of: /<a href="([^"]*)">Older runs/).map { String($0.1) }
                pages += 1
            }
            #expect(pages == 3)
            #expect(keys.count == 120)
        }
    }
}

extension PageTests {
    @Test func `an attempt whose log has expired says so, and keeps its page`() async throws {
        try await SeededSite.with { seeded in
            try await seeded.store.pool.withConnection {
                try await $0.executeScript("DELETE FROM attempt_log", name: "expire")
            }
            let client = try await SiteClient.signedIn(seeded)
            let run = try #require(try await seeded.store.resolve(RunName(dag: "sales_daily", key: "latest-failed")))
            let page = try await client.get(Address.task(run, "load_orders"))
            #expect(page.status == .ok)
            #expect(page.text.contains("has expired"))
            #expect(page.text.contains("net_amt"), "the cause stays")
        }
    }

    @Test func `a run that was removed is expired`() async throws {
        try await SeededSite.with { seeded in
            try await seeded.store.pool.withConnection {
                try await $0.executeScript("INSERT INTO retention (runs_before) VALUES (now())", name: "expire")
            }
            let client = try await SiteClient.signedIn(seeded)
            let page = try await client.get("/dags/sales_daily/runs/2020-01-01T000000Z")
            #expect(page.status == .gone)
            #expect(page.text.contains("Expired") && page.text.contains("/dags/sales_daily/runs"))
        }
    }

    @Test func `a task that waits says why`() async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let page = try await client.get("/dags/wide/runs/2026-08-21T000000Z/tasks/join")
            #expect(page.text.contains("<strong>Why:</strong>"))
            #expect(page.text.contains("waits for part_1"))
        }
    }

    @Test func `a run that goes on far too long while others wait, and a clock that is off, are on the first page`()
        async throws
    {
        try await SeededSite.with(seed: "") { seeded in
            try await seeded.store.perform {
                try $0.executeScript(
                    """
                    INSERT INTO dag (name, path, cursor) VALUES ('slow', 'slow.yaml', now());
                    INSERT INTO dag_version (dag_id, number, source, hash) SELECT id, 1, '', sha256('') FROM dag;
                    INSERT INTO dag_run (dag_id, version_id, key, type, state, logical_date, data_interval_start,
                        data_interval_end, run_after, actor, tasks, unfinished, started_at, ended_at)
                    SELECT d.id, v.id, 'r' || n, 'scheduled', CASE n WHEN 1 THEN 'success' WHEN 2 THEN 'running' ELSE 'queued' END,
                        t, t, t, t, 'scheduler', 1, CASE n WHEN 1 THEN 0 ELSE 1 END, CASE WHEN n < 3 THEN t END,
                        CASE n WHEN 1 THEN t + interval '2 minutes' END
                    FROM dag d, dag_version v, generate_series(1, 5) n, LATERAL (SELECT now() - (7 - n) * interval '1 hour' AS t) u;
                    INSERT INTO server (id, host, version, skew_us, last_seen) VALUES
                        ('a', 'alpha', '1', 3100000, now() + interval '1 hour'),
                        ('b', 'beta', '1', 900000, now() + interval '1 hour');
                    """
                )
            }
            let client = try await SiteClient.signedIn(seeded)
            let home = try await client.get("/").text
            #expect(home.contains("Running for 5 h, usually 2 m"), "\(home)")
            #expect(home.contains("<a href=\"/dags/slow/runs?state=queued\">3 runs waiting behind it</a>"), "\(home)")
            #expect(home.contains("alpha is 3.1 s ahead of the database, by which everything runs"), "\(home)")
            #expect(!home.contains("beta is"))
        }
    }
}

extension PageTests {
    @Test func `a pool's page tells who holds and who waits, and changes it`() async throws {
        try await SeededSite.with { seeded in
            try await seeded.store.pool.withConnection {
                try await $0.executeScript(
                    """
                    INSERT INTO pool (name, slots) VALUES ('gate', 2) ON CONFLICT DO NOTHING;
                    UPDATE attempt SET pool = 'gate', slots = 2 WHERE state = 'running';
                    UPDATE task_instance SET pool = 'gate', queued_at = now() WHERE state = 'queued';
                    """,
                    name: "pool"
                )
            }
            let client = try await SiteClient.signedIn(seeded)
            #expect(try await client.get("/pools").text.contains("/pools/gate"))
            let page = try await client.get("/pools/gate")
            #expect(page.status == .ok)
            #expect(page.text.contains("2 of 2 slots in use") && page.text.contains("finance.ledger/"))
            #expect(page.text.contains("part_1") && page.text.contains("critical_path"))
            #expect(try await client.get("/pools/gat").text.contains("Did you mean"))
        }
    }
}
