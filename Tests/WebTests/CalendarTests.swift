import Core
import Hummingbird
import Postgres
import Store
import Testing
import Zones

@testable import Web

/// A year of a DAG, day by day.
struct CalendarTests {
    @Test func `days begin when they do on the DAG's clock`() throws {
        let berlin = try ZoneDatabase().rules(for: "Europe/Berlin")
        let days = CalendarYear.bounds(of: 2026, in: berlin)
        #expect(days.count == 366)
        #expect(days[0].rfc3339Seconds == "2025-12-31T23:00:00Z")
        let hours = Set(zip(days, days.dropFirst()).map { Int(($0.1 - $0.0).components.seconds / 3_600) })
        #expect(hours == [23, 24, 25])
        let apia = CalendarYear.bounds(of: 2011, in: try ZoneDatabase().rules(for: "Pacific/Apia"))
        #expect(apia == apia.sorted(), "Samoa had no 30 December in 2011")
    }

    @Test func `a day is what its worst run is, and says all of them`() {
        var outcomes = DayOutcomes()
        outcomes.runs = [.success: 22, .failed: 2]
        outcomes.skips = ["overlap": 1, "catchup": nil]
        var all = [DayOutcomes](repeating: DayOutcomes(), count: 365)
        all[33] = outcomes
        let year = CalendarYear(2026, in: .utc, outcomes: all) { from, _, _ in
            from.rfc3339Seconds == "2026-12-31T00:00:00Z" ? 2 : 0
        }
        #expect(year.days[33].worst == .failed)
        #expect(year.days[33].words == "24 runs: 22 success, 2 failed; skipped (catchup); 1 skipped (overlap)")
        let html = CalendarMarkup.tables(year, today: CivilDate(year: 2026, month: 2, day: 3)) { _ in "/x?a=1&b=2" }
        #expect(html.contains("<a href=\"/x?a=1&amp;b=2\" class=\"d failed today\" title=\"3 February: 24 runs"))
        #expect(html.contains("<span class=\"d planned\" title=\"31 December: 2 to come\">"))
        #expect(html.contains("<td><span class=\"d\"><b>1</b></span></td>"), "a day without anything is no link")
        #expect(html.ranges(of: "<table").count == 2, "months without anything are left out")
    }

    @Test func `more runs than are counted are told as such, and large counts fit their cells`() {
        var all = [DayOutcomes](repeating: DayOutcomes(), count: 365)
        all[0].runs = [.success: 1_440]
        all[1].runs = [.success: 720]
        all[2].runs = [.success: 86_400]
        let year = CalendarYear(2026, in: .utc, outcomes: all) { from, _, limit in
            let count =
                switch from.rfc3339Seconds {
                case "2026-12-30T00:00:00Z": 1_000
                case "2026-12-31T00:00:00Z": 86_400
                default: 0
                }
            return min(limit, count)
        }
        #expect(year.days[363].words == "1,000 to come")
        #expect(year.days[364].words == "more than 1,000 to come")
        #expect(year.plannedWords == "more than 2,000 to come")
        let html = CalendarMarkup.tables(year, today: nil) { _ in "/x" }
        for text in ["●1k<", "●720<", "●86k<"] { #expect(html.contains(text) || html.contains("✓" + text.dropFirst())) }
        #expect(!html.contains("k+"))
    }

    @Test func `the page shows the year within its budget, and leads to each day's runs`() async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let page = try await client.get("/dags/sales_daily/calendar")
            #expect(page.status == .ok, "\(page.text)")
            #expect(page.text.contains("class=\"d failed"), "\(page.text)")
            #expect(page.text.contains("to come"))
            let packed = try await client.get("/dags/sales_daily/calendar", [.acceptEncoding: "gzip"])
            #expect(packed.bytes.count <= 30_000)
            let link = try #require(page.text.firstRange(of: "<a href=\"/dags/sales_daily/runs?from="))
            let path = page.text[link.lowerBound...].dropFirst(9).prefix { $0 != "\"" }
            let runs = try await client.get(String(path).replacing("&amp;", with: "&"))
            #expect(runs.status == .ok && runs.text.contains("<tr>"), "\(runs.text)")
            #expect(runs.text.contains("Remove from="))
            // What retention removes stays in the calendar; the list of the day says so.
            try await seeded.store.perform {
                try $0.executeScript("SET session_replication_role = replica; DELETE FROM dag_run; RESET ALL")
            }
            let gone = try await client.get(String(path).replacing("&amp;", with: "&"))
            #expect(gone.text.contains("not kept any more"), "\(gone.text)")
            #expect(try await client.get("/dags/sales_daily/calendar?year=1969").status == .badRequest)
            #expect(try await client.get("/dags/sales_daily/runs?from=yesterday").status == .badRequest)
            #expect(try await client.get("/dags/none/calendar").status == .notFound)
            #expect(try await client.get("/backfills/99").status == .notFound)
        }
    }

    @Test func `skipped ticks are counted on their days, and rows of them on every day they touch`() async throws {
        try await SeededSite.with { seeded in
            try await seeded.store.perform {
                try $0.executeScript(
                    """
                    DELETE FROM tick; DELETE FROM tick_range;
                    INSERT INTO tick (dag_id, tick_at, decision) SELECT id, t, 'overlap' FROM dag,
                        unnest('{2026-03-01 01:00Z, 2026-03-01 02:00Z, 2026-02-28 23:59Z}'::timestamptz[]) t
                        WHERE name = 'sales_daily';
                    INSERT INTO tick_range (dag_id, first_tick, last_tick, ticks, decision)
                        SELECT id, '2026-02-20 00:00Z', '2026-03-02 10:00Z', 99, 'paused' FROM dag WHERE name = 'sales_daily';
                    INSERT INTO tick_range (dag_id, first_tick, last_tick, ticks, decision)
                        SELECT id, '2026-03-03 00:00Z', '2026-03-03 10:00Z', 11, 'calendar' FROM dag WHERE name = 'sales_daily';
                    """
                )
            }
            let days = (0...3).map { Timestamp(seconds: 1_772_323_200 + $0 * 86_400) }
            #expect(days[0].rfc3339Seconds == "2026-03-01T00:00:00Z")
            var outcomes = try await seeded.store.runsByDay(ofDAG: "sales_daily", days: days)
            try await seeded.store.skipsByDay(ofDAG: "sales_daily", days: days, to: &outcomes)
            #expect(outcomes.map { $0.skips["overlap"] } == [.some(2), nil, nil])
            #expect(outcomes.map { $0.skips["calendar"] } == [nil, nil, .some(11)])
            #expect(outcomes.map { $0.skips["paused"] } == [.some(nil), .some(nil), nil])
        }
    }
}
