import Core
import HTTPTypes
import Postgres
import Store
import Testing

@testable import Web

/// Lists that are narrowed, and the pages that they lead to.
struct ListPageTests {
    /// The names in the first column of a list's rows.
    private static func names(_ text: String) -> [String] {
        text.matches(of: /<th scope="row"><a href="\/dags\/[^"]*">([^<]*)</).map { String($0.1) }
    }

    @Test func `DAGs are narrowed by name, state, tag and owner, and sorted`() async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            func list(_ query: String) async throws -> [String] {
                Self.names(try await client.get("/dags?\(query)").text)
            }
            #expect(try await list("q=SALES") == ["sales_daily"])
            #expect(try await list("tag=nightly") == ["sales_daily"])
            #expect(try await list("owner=data-platform") == ["sales_daily"])
            #expect(try await list("state=failed") == ["sales_daily"])
            #expect(try await list("state=paused") == ["sleepy"])
            #expect(try await list("state=broken") == ["finance.ledger"])
            #expect(try await list("state=running") == ["finance.ledger", "wide"])
            #expect(try await list("sort=next").prefix(2) == ["finance.ledger", "sales_daily"])
            #expect(try await list("sort=failed").first == "sales_daily")
            let none = try await client.get("/dags?state=queued&tag=nightly").text
            #expect(none.contains("None match. <a href=\"/dags?tag=nightly\">Remove state=queued</a>"))
            #expect(try await client.get("/dags?state=odd").status == .badRequest)
        }
    }

    @Test func `a narrowed list of DAGs goes page by page without a gap`() async throws {
        try await SeededSite.with { seeded in
            try await seeded.store.perform {
                try $0.executeScript(
                    "INSERT INTO dag (name, path, cursor) SELECT 'many_' || n, n || '.yaml', now() FROM generate_series(1, 250) n"
                )
            }
            let client = try await SiteClient.signedIn(seeded)
            var next: String? = "/dags?q=many&sort=latest"
            var found: [String] = []
            while let path = next {
                let text = try await client.get(path).text
                found += Self.names(text)
                next = text.firstMatch(of: /<a href="([^"]*)">Next 100/).map {
                    String($0.1).replacing("&amp;", with: "&")
                }
            }
            #expect(found.count == 250 && Set(found).count == 250)
        }
    }

    @Test func `each filter of a list of runs can be taken away by a link`() async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let page = try await client.get("/runs?dag=sales_daily&state=running&since=2020-01-01").text
            #expect(page.contains("None match."))
            #expect(page.contains("<a href=\"/runs?dag=sales_daily&amp;since=2020-01-01\">Remove state=running</a>"))
            let found = try await client.get("/runs?q=sales&state=failed").text
            #expect(found.contains("2 runs, newest first"))
            #expect(try await client.get("/runs?q=nothing_like_it").text.contains("None match."))
            #expect(try await client.get("/runs?since=yesterday").status == .badRequest)
            #expect(try await client.get("/runs?after=x").status == .badRequest)
        }
    }

    @Test(arguments: [
        ("2026", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        ("2026-12", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        ("2026-08-21", "2026-08-21T00:00:00Z", "2026-08-22T00:00:00Z"),
        ("2026-08-21T02", "2026-08-21T02:00:00Z", "2026-08-21T03:00:00Z"),
    ])
    func `a date that is searched for is a span`(text: String, from: String, to: String) throws {
        let span = try #require(RunListQuery.span(ofDate: text))
        #expect(span.0.rfc3339Seconds == from && span.1.rfc3339Seconds == to)
        #expect(RunListQuery.span(ofDate: text + "x") == nil)
    }

    @Test func `a task's page tells its durations, causes and runs`() async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let page = try await client.get("/dags/sales_daily/tasks/load_orders").text
            #expect(page.contains("psycopg.errors.UndefinedColumn: &lt;b&gt;LINE&lt;/b&gt; 1: column"))
            #expect(page.contains("usually ") && page.contains("(p50)"))
            #expect(page.contains("python load_orders.py"))
            #expect(page.contains("<a class=\"fire\" href=\"/dags/sales_daily/tasks/extract_orders\">"))
            #expect(page.matches(of: /<th scope="row">/).count == 20)
            #expect(try await client.get("/dags/sales_daily/tasks/load_ordres").text.contains("Did you mean"))
            let joined = try await client.get("/dags/wide/tasks/start")
            #expect(joined.status == .ok && joined.text.contains("and 20 more"))
        }
    }

    @Test func `a runner's page tells what runs there`() async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let page = try await client.get("/runners/local").text
            #expect(page.contains("finance.ledger/2026-08-21T020000Z-m"))
            #expect(try await client.get("/runners").text.contains("<a href=\"/runners/local\">local</a>"))
            #expect(try await client.get("/runners/lokal").text.contains("Did you mean"))
        }
    }

    @Test(arguments: [
        "/dags", "/runs", "/runners", "/pools", "/backfills", "/backfills/1", "/pools/warehouse", "/dags/sales_daily",
        "/dags/sales_daily/grid", "/dags/sales_daily/graph", "/dags/sales_daily/calendar",
        "/dags/sales_daily/tasks/load_orders", "/dags/sales_daily/runs/latest", "/dags/sales_daily/runs/latest/tasks",
        "/dags/sales_daily/runs/latest/gantt", "/dags/sales_daily/runs/latest/graph",
    ])
    func `a page's address with json behind it answers with a document`(path: String) async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let answer = try await client.get("\(path).json")
            #expect(answer.status == .ok, "\(answer.text)")
            #expect(answer.headers[.contentType] == "application/json")
            let value = try #require(JSONValue(parsing: answer.text), "\(answer.text)")
            #expect(value.members?.isEmpty == false, "\(answer.text)")
        }
    }

    @Test func `the chart of runs covers its span with whole hours`() {
        let now = Timestamp(seconds: 1_772_323_200 + 1_234)
        let two = RunChartMarkup.stretches(from: now - .seconds(47 * 3_600), to: now)
        #expect(two.length == .seconds(3_600))
        #expect(two.start + two.length * RunChartMarkup.count >= now)
        let year = RunChartMarkup.stretches(from: now - .seconds(365 * 86_400), to: now)
        #expect(year.length == .seconds(187 * 3_600))
        #expect(year.start <= now - .seconds(365 * 86_400))
    }
}

extension JSONValue {
    /// The members of an object; nil for anything else.
    fileprivate var members: [Member]? { if case .object(let members) = self { members } else { nil } }
}
