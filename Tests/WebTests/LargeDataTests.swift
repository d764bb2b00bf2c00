import Core
import HTTPTypes
import Postgres
import Store
import TestKit
import Testing

@testable import Web

/// What pages of many things cost: bytes, elements, statements and rows, which are the same on every machine.
struct LargeDataTests {
    /// The elements of a page: every tag that opens one.
    private static func elements(_ text: String) -> Int {
        zip(text.utf8, text.utf8.dropFirst()).count { first, next in
            first == UInt8(ascii: "<") && (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(next)
        }
    }

    /// The bytes of a page as they are sent, and its elements.
    private static func weight(_ client: SiteClient, _ path: String) async throws -> (bytes: Int, elements: Int) {
        let packed = try await client.get(path, [.acceptEncoding: "gzip"])
        #expect(packed.status == .ok, "\(path)")
        return (packed.bytes.count, elements(try await client.get(path).text))
    }

    @Test(arguments: ["", "?runs=25", "?runs=50", "?runs=25&only=failed", "?runs=25&tasks=180"])
    func `a grid of a thousand tasks stays within its budget`(query: String) async throws {
        try await SeededSite.with(seed: LargeHistory.tasks(1_000, runs: 60)) { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let (bytes, elements) = try await Self.weight(client, "/dags/broad\(query)")
            #expect(bytes <= 30_000 && elements <= 6_000, "\(bytes) bytes, \(elements) elements")
        }
    }

    @Test func `the views of a run of ten thousand tasks stay within their budgets`() async throws {
        try await SeededSite.with(seed: LargeHistory.tasks(10_000)) { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let run = try #require(try await seeded.store.resolve(RunName(dag: "broad", key: "latest")))
            let path = Address.run(run)
            let page = try await client.get(path).text
            let strip = try #require(page.firstMatch(of: /<svg class="states".*?<\/svg>/)).0
            #expect(Self.elements(String(strip)) <= 8)
            for view in ["", "/tasks", "/tasks?state=failed", "/gantt", "/graph"] {
                let (bytes, elements) = try await Self.weight(client, path + view)
                #expect(bytes <= 52_000 && elements <= 6_000, "\(view): \(bytes) bytes, \(elements) elements")
            }
            #expect(page.contains("and 195 other failed tasks"))
            #expect(!page.contains("Failure of task_52"), "what is blocked is no cause")
            #expect(page.contains("<a class=\"st failed\" href=\"\(path)/tasks?state=failed#tasks\""))
        }
    }

    @Test func `a graph of 300 tasks is drawn whole, and the list beside it has the same tasks`() async throws {
        try await SeededSite.with(seed: LargeHistory.tasks(300)) { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let run = try #require(try await seeded.store.resolve(RunName(dag: "broad", key: "latest")))
            for path in ["\(Address.run(run))/graph", "/dags/broad/graph"] {
                let text = try await client.get(path).text
                let graph = try #require(text.firstMatch(of: /<svg class="graph"[\s\S]*?<\/svg>/)).0
                let list = try #require(text.firstMatch(of: /<ol class="order">[\s\S]*?<\/ol>/)).0
                func links(_ part: Substring) -> [String] {
                    part.matches(of: /href="([^"]*\/tasks\/[^"]*)"/).map { String($0.1) }
                }
                #expect(links(list).count == 300, "\(path)")
                #expect(Set(links(graph)) == Set(links(list)) && links(graph).count == 300, "\(path)")
                let (bytes, elements) = try await Self.weight(client, path)
                #expect(bytes <= 30_000 && elements <= 6_000, "\(path): \(bytes) bytes, \(elements) elements")
            }
        }
    }

    @Test func `the tasks of a run are listed page by page without a gap`() async throws {
        try await SeededSite.with(seed: LargeHistory.tasks(1_000)) { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let run = try #require(try await seeded.store.resolve(RunName(dag: "broad", key: "latest")))
            for (query, count) in [("", 1_000), ("?state=upstream_failed", 10), ("?state=running", 0)] {
                var next: String? = "\(Address.run(run))/tasks\(query)"
                var found: [String] = []
                while let path = next {
                    let text = try await client.get(path).text
                    found += text.matches(of: /<th scope="row"><a href="[^"]*\/tasks\/(task_[0-9]+)"/).map {
                        String($0.1)
                    }
                    next = text.firstMatch(of: /<a href="([^"]*)">Next 100 tasks/)
                        .map { String($0.1).replacing("&amp;", with: "&") }
                }
                #expect(found.count == count && Set(found).count == count, "\(query)")
            }
        }
    }

    @Test func `any page of a hundred thousand runs reads what it shows`() async throws {
        let seed = LargeHistory.runs(100_000) + "\n" + LargeHistory.tasksOfRuns()
        try await SeededSite.with(seed: seed) { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let failed = try #require(try await seeded.store.resolve(RunName(dag: "minutely", key: "latest-failed")))
            let latest = try #require(try await seeded.store.resolve(RunName(dag: "minutely", key: "latest")))
            let code = try #require(
                try await client.get("/incidents").text.firstMatch(of: /href="\/incidents\/([^"]+)"/)
            ).1
            let now = try await seeded.store.now()
            let place = RunCursor(at: now - .seconds(50_000 * 60), rowID: 50_000)
            var paths = [
                "/runs", "/runs?state=failed", "/runs?dag=minutely", "/dags/minutely/runs", "/runs?q=minute",
                "/runs?after=\(place)", "/dags/minutely/runs?after=\(place)", "/runs?state=failed&after=\(place)",
                "/dags/minutely", "/dags/minutely?runs=50", "/dags/minutely/tasks/tick", "/dags/minutely/calendar",
                "/", "/dags", "/failures", "/failures/1", "/incidents", "/incidents/\(code)", "/search?q=minute",
                "/runners", "/pools", "/backfills", "/backfills/new?dag=minutely", "/dags/minutely/graph",
                "/dags/minutely/code", "/dags/minutely/trigger", "/dags/minutely/pause", "/dags/minutely/clear",
                "/dags/minutely/clear?from=\(now - .seconds(900 * 60))&to=\(now)&tasks=tick",
                "\(Address.run(failed))/tasks/tick/compare",
            ]
            for run in [failed, latest] {
                for view in ["", "/tasks", "/gantt", "/graph", "/clear", "/rerun", "/cancel", "/tasks/tick"] {
                    paths.append(Address.run(run) + view)
                }
                paths.append("\(Address.run(run))/mark?task=tick")
            }
            for path in paths {
                let (bytes, elements) = try await Self.weight(client, path)
                #expect(bytes <= 30_000 && elements <= 6_000, "\(path): \(bytes) bytes, \(elements) elements")
            }
            let first = try await client.get("/runs").text
            #expect(first.contains("10,000+ runs"))
            #expect(first.contains("class=\"trend chart\""))
            for (filter, cursor) in [
                (RunFilter(), RunCursor?.none), (RunFilter(), place), (RunFilter(dag: "minutely"), place),
                (RunFilter(states: [.queued]), nil), (RunFilter(states: [.queued, .running]), place),
                (RunFilter(states: [.failed]), place), (RunFilter(dag: "minutely", states: [.failed]), place),
            ] {
                let read = try await Self.rowsRead(seeded) {
                    _ = try await seeded.store.runs(filter, after: cursor, limit: 50)
                }
                #expect(read <= 200, "\(filter): \(read) rows")
            }
        }
    }

    @Test func `a window of a grid reads its cells and no others`() async throws {
        try await SeededSite.with(seed: LargeHistory.tasks(1_000, runs: 30)) { seeded in
            let record = try #require(try await seeded.store.dag("broad"))
            let definition = try await seeded.site.definitions.definition(of: record)
            let read = try await Self.rowsRead(seeded, of: "task_instance") {
                let data = try await seeded.site.gridData(of: record, definition, FormFields("runs=25&tasks=180"))
                #expect(data?.cells.count == 25 * 180)
            }
            #expect(read <= 25 * 180 + 100, "\(read) rows")
        }
    }

    @Test func `the failures of a run are found without its other tasks`() async throws {
        try await SeededSite.with(seed: LargeHistory.tasks(10_000)) { seeded in
            let run = try #require(try await seeded.store.run(RunName(dag: "broad", key: "latest")))
            let read = try await Self.rowsRead(seeded, of: "task_instance") {
                let failures = try await seeded.store.rootFailures(ofRun: run.rowID, limit: 5)
                #expect(failures.count == 5)
            }
            #expect(read <= 10, "\(read) rows")
        }
    }

    /// How many rows of tables were read, by index or not, while something was done.
    private static func rowsRead(
        _ seeded: SeededSite,
        of table: String? = nil,
        _ body: () async throws -> Void
    ) async throws -> Int {
        func count() async throws -> Int {
            try await seeded.store.pool.withConnection { connection in
                // Counters reach the view when a session is idle or asked to send them.
                try await connection.executeScript("SELECT pg_stat_force_next_flush()")
                let statement = Statement(
                    name: "test_rows_read",
                    sql: """
                        SELECT coalesce(sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)), 0)::bigint
                        FROM pg_stat_user_tables WHERE $1::text IS NULL OR relname = $1
                        """
                )
                return try await connection.execute(statement, [table])[0].decode(0)
            }
        }
        let before = try await count()
        try await body()
        return try await count() - before
    }
}
