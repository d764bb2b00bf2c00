import Core
import Hummingbird
import Postgres
import Store
import Testing

@testable import Web

struct FormTests {
    @Test func `the trigger form has one control for each typed param, filled with defaults`() async throws {
        try await SeededSite.with { seeded in
            let text = try await SiteClient.signedIn(seeded).get("/dags/sales_daily/trigger").text
            #expect(text.contains("<input type=\"radio\" name=\"p.region\" value=\"emea\" checked>"))
            #expect(text.contains("name=\"p.limit\" type=\"number\" value=\"1000\" step=\"1\" min=\"1\" max=\"5000\""))
            #expect(text.contains("<input type=\"checkbox\" id=\"p-full\" name=\"p.full\" value=\"true\">"))
            #expect(text.contains("name=\"p.day\" type=\"date\" value=\"2026-01-31\""))
            #expect(text.contains("<textarea id=\"p-filter\" name=\"p.filter\""))
            let other = try await SiteClient.signedIn(seeded).get("/dags/sleepy/trigger").text
            #expect(other.contains("name=\"p.who\" type=\"text\" value=\"\" required"))
        }
    }

    @Test func `wrong values come back beside their fields, and what was typed is kept`() async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let answer = try await client.post(
                "/dags/sales_daily/trigger",
                "p.region=amer&p.limit=99999&p.day=2026-02-03&p.filter=%7Bbroken&p.note=hi+%3Cb%3E&p.full=true"
            )
            #expect(answer.status == .unprocessableContent)
            let text = answer.text
            #expect(text.contains("Nothing was started."))
            #expect(text.contains("<a href=\"#p-limit\">"))
            #expect(text.contains("id=\"p-filter-error\""))
            #expect(text.contains("value=\"99999\""))
            #expect(text.contains("value=\"hi &lt;b&gt;\""))
            #expect(text.contains("value=\"amer\" checked"))
            #expect(text.contains("name=\"p.full\" value=\"true\" checked"))
            #expect(try await seeded.store.runs(RunFilter(dag: "sales_daily"), limit: 50).items.count == 20)
        }
    }

    @Test func `a triggered run is shown, and the same form sent twice makes one`() async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let fields = "once=abc&p.region=amer&p.limit=5&p.day=2026-02-03&p.filter=%7B%7D&p.note=hi"
            let first = try await client.post("/dags/sales_daily/trigger", fields)
            #expect(first.status == .seeOther, "\(first.text)")
            let location = try #require(first.headers[.location])
            #expect(location.hasSuffix("-m?done=triggered"))
            #expect(try await client.post("/dags/sales_daily/trigger", fields).headers[.location] == location)
            let page = try await client.get(location).text
            #expect(page.contains("Run created."))
            #expect(page.contains("manual, by browser"))
        }
    }

    @Test func `a clear is previewed without a trace, and done as it was shown`() async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let run = try #require(try await seeded.store.resolve(RunName(dag: "sales_daily", key: "latest-failed")))
            let path = "\(Address.run(run))/clear"
            let before = try await seeded.store.runDetail(run)
            let preview = try await client.get("\(path)?failed=1&downstream=1")
            #expect(preview.status == .ok)
            #expect(preview.text.contains("This clears 3 tasks of this run"))
            #expect(try await seeded.store.runDetail(run) == before)
            let plan = try #require(preview.text.firstMatch(of: /name="plan" value="([^"]*)"/)).1
            let stale = try await client.post(path, "failed=1&downstream=1&plan=0000")
            #expect(stale.status == .conflict)
            #expect(try await seeded.store.runDetail(run) == before)
            let done = try await client.post(path, "failed=1&downstream=1&plan=\(plan)&reason=column+added")
            #expect(done.headers[.location] == "\(Address.run(run))?done=cleared&n=3")
            let page = try await client.get("\(Address.run(run))?done=cleared&n=3").text
            #expect(page.contains("Cleared 3 tasks"))
            #expect(page.contains("column added"))
        }
    }

    @Test func `a mark demands a state and a reason`() async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let run = try #require(try await seeded.store.resolve(RunName(dag: "sales_daily", key: "latest-failed")))
            let path = "\(Address.run(run))/mark"
            #expect(try await client.get("\(path)?task=load_orders").status == .ok)
            #expect(try await client.get("\(path)?task=nope").status == .notFound)
            #expect(try await client.post(path, "task=load_orders&reason=x").status == .unprocessableContent)
            #expect(try await client.post(path, "task=load_orders&state=success").status == .unprocessableContent)
            let done = try await client.post(path, "task=load_orders&state=success&reason=loaded+by+hand")
            #expect(done.status == .seeOther, "\(done.text)")
            let task = try await seeded.store.runDetail(run)?.tasks.first { $0.id == "load_orders" }
            #expect(task?.state == .success)
        }
    }

    @Test func `a backfill shows its plan before it is made`() async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let fields = "dag=sales_daily&from=2026-01-01&to=2026-01-08&max=2&rerun=missing"
            let preview = try await client.get("/backfills/new?\(fields)")
            #expect(preview.text.contains("7 runs of 7 instants"))
            #expect(try await seeded.store.backfills(limit: 10).items.count == 1)
            let done = try await client.post("/backfills", fields)
            #expect(done.headers[.location] == "/backfills/2?done=backfill&n=7", "\(done.text)")
            let page = try await client.get("/backfills/2")
            #expect(page.status == .ok && page.text.contains("Backfill 2 of sales_daily"), "\(page.text)")
            #expect(page.text.contains("0 of 7 runs ended"), "\(page.text)")
            #expect(page.text.contains("1 January: 1 run: 1 "), "\(page.text)")
            #expect(!page.text.contains("February"), "only the months of its range")
            let runs = try await client.get("/runs?backfill=2&from=2026-01-03T00:00:00Z&to=2026-01-05T00:00:00Z")
            #expect(runs.text.contains("2026-01-03T000000Z") || runs.text.contains("3 Jan"), "\(runs.text)")
            #expect(!runs.text.contains("5 Jan"), "\(runs.text)")
            #expect(try await seeded.store.backfills(limit: 10).items.count == 2)
            let wrong = try await client.get("/backfills/new?dag=sales_dayly&from=2026-01-01&to=2026-01-08")
            #expect(wrong.text.contains("sales_daily"))
            #expect(wrong.status == .notFound)
        }
    }

    @Test func `cancel and pause answer with a sentence`() async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let run = "/dags/finance.ledger/runs/2026-08-21T020000Z-m"
            let done = try await client.post("\(run)/cancel")
            #expect(done.headers[.location] == "\(run)?done=cancelled")
            #expect(try await client.get("\(run)?done=cancelled").text.contains("Cancel asked for."))
            let paused = try await client.post("/dags/sales_daily/pause")
            #expect(try await client.get(try #require(paused.headers[.location])).text.contains("Paused:"))
            let passed = "UPDATE dag SET cursor = clock_timestamp() - interval '3 days' WHERE name = 'sales_daily'"
            try await seeded.store.perform { try $0.executeScript(passed, name: "passed") }
            let asked = try await client.post("/dags/sales_daily/resume")
            #expect(asked.headers[.location] == "/dags/sales_daily/resume", "runs start only once they were told")
            let preview = try await client.get("/dags/sales_daily/resume")
            #expect(preview.text.contains("Catch-up starts 1 run at once"), "\(preview.text)")
            #expect(preview.text.contains("skipped: passed during the pause"), "\(preview.text)")
            let resumed = try await client.post("/dags/sales_daily/resume", "seen=1")
            #expect(resumed.headers[.location] == "/dags/sales_daily?done=resumed")
            #expect(try await client.get("/dags/sales_daily/resume").text.contains("It is not paused."))
        }
    }
}
