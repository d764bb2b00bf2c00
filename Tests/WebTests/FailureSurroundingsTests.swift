import Core
import HTTPTypes
import Postgres
import Store
import Testing

@testable import Web

struct FailureSurroundingsTests {
    /// Asks with a failure's address and the address before it.
    private static func with(
        _ body: (SiteClient, _ path: String, _ seeded: SeededSite) async throws -> Void
    ) async throws {
        try await SeededSite.with(seed: FailureSeed.sql) { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let run = try #require(try await seeded.store.resolve(RunName(dag: "sales_daily", key: "latest-failed")))
            try await body(client, Address.task(run, FailureSeed.task), seeded)
        }
    }

    @Test func `the card has the cause among its neighbours, its like, what it blocks and who can help`() async throws {
        try await Self.with { client, path, _ in
            let text = try await client.get(path).text
            #expect(text.contains("<b>psycopg.errors.UndefinedColumn: column &quot;net_amt&quot; of relation"))
            #expect(text.contains("<span>LINE 1: INSERT INTO orders"))
            #expect(text.contains("<a href=\"/failures/1\">Seen in 1 other run since "))
            #expect(
                text.contains("2 tasks are blocked by it: <a href=\"\(path.dropLast(11))build_mart\">build_mart</a>")
            )
            #expect(text.contains("Owner data-platform"))
            #expect(text.contains("href=\"https://wiki.example.com/sales_daily\""))
            #expect(text.contains("href=\"\(path.dropLast(18))/clear?task=load_orders&amp;downstream=1\""))
        }
    }

    @Test func `a cause that only this run has met is told so at its later attempts`() async throws {
        try await Self.with { client, path, seeded in
            try await seeded.store.transaction { connection in
                try connection.executeScript(
                    """
                    UPDATE attempt SET signature_id = CASE WHEN state = 'failed'
                        AND run_id = (SELECT run_id FROM attempt WHERE cause_text IS NOT NULL ORDER BY id DESC LIMIT 1)
                        THEN 1 END
                    """
                )
            }
            #expect(try await client.get(path).text.contains(">Seen earlier in this run, and in no other</a>"))
            #expect(try await client.get("\(path)/a1").text.contains(">New: not seen before</a>"))
        }
    }

    @Test func `a cause that announces what follows stands among its neighbours also on the page of its run`()
        async throws
    {
        try await Self.with { client, path, seeded in
            let run = String(path.dropLast(18))
            let cause = "psycopg.errors.UndefinedColumn: column &quot;net_amt&quot; of relation"
            let before = try await client.get(run).text
            #expect(before.contains("<pre class=\"causebox\">\(cause)"))
            try await seeded.store.transaction { connection in
                try connection.executeScript(
                    "UPDATE attempt SET cause_text = 'It failed with:' WHERE cause_text IS NOT NULL"
                )
            }
            let after = try await client.get(run).text
            #expect(after.contains("<b>\(cause)"))
            #expect(after.contains("<span>LINE 1: INSERT INTO orders"))
        }
    }

    @Test func `the page says what changed since the last success`() async throws {
        try await Self.with { client, path, _ in
            let text = try await client.get(path).text
            #expect(text.contains("1 → <strong>2</strong> <a href=\"/dags/sales_daily/versions/v1..v2\">"))
            #expect(text.contains("its definition differs: what it runs, env"))
            #expect(text.contains("<th scope=\"row\">Param region</th><td>emea → <strong>amer</strong>"))
            #expect(text.contains("<strong>+BATCH</strong>"))
            #expect(text.contains("The same: runner local"))
            #expect(text.contains("30 s → <strong>1 m 12 s</strong>"))
            #expect(text.contains("<i>1,820</i>&lt;script&gt;alert(1)&lt;/script&gt;"))
            #expect(text.contains("1 line of the last success is missing"))
            #expect(!text.contains("<i>1,812</i>INFO"))
            #expect(try await client.get(path, [.acceptEncoding: "gzip"]).bytes.count <= 20_000)
        }
    }

    @Test func `two attempts stand side by side`() async throws {
        try await Self.with { client, path, _ in
            let answer = try await client.get("\(path)/compare?with=last-success", [.acceptEncoding: "gzip"])
            #expect(answer.status == .ok)
            #expect(answer.bytes.count <= 30_000)
            let text = try await client.get("\(path)/compare?with=last-success").text
            #expect(text.contains("<h1>load_orders: the last success and attempt 3</h1>"))
            #expect(text.contains("INFO &lt;i&gt;vacuum&lt;/i&gt; done"))
            #expect(text.contains("<h2 id=\"missing\">Only in the last success, rarest first</h2>"))
            #expect(text.contains("<li class=\"l del\"><i>1500</i><b>−</b>INFO &lt;i&gt;vacuum"))
            #expect(text.contains("lines that say the same"))
            let before = try await client.get("\(path)/a2/compare").text
            #expect(before.contains("<h1>load_orders: attempt 1 and attempt 2</h1>"))
            #expect(try await client.get("\(path)/a2/compare?with=a3").text.contains("attempt 3 and attempt 2"))
            #expect(try await client.get("\(path)/compare?with=a9").status == .notFound)
            #expect(
                try await client.get("\(path)/compare?with=x").text.contains("name one such as a1, or last-success")
            )
        }
    }

    @Test func `two versions of a file differ line by line`() async throws {
        try await Self.with { client, _, _ in
            let text = try await client.get("/dags/sales_daily/versions/v1..v2").text
            #expect(text.contains("2 lines added, 1 removed."))
            #expect(text.contains("<li class=\"del\"><i>24</i><i></i><b>−</b>    run: python load_orders.py</li>"))
            #expect(text.contains("<i></i><i>25</i><b>+</b>    run: python load_orders.py --fast</li>"))
            #expect(try await client.get("/dags/sales_daily/versions/v2..v1").text.contains("1 line added, 2 removed."))
            let one = try await client.get("/dags/sales_daily/versions/v2")
            #expect(one.headers[.location] == "/dags/sales_daily/code?version=2")
            for range in ["v1..v9", "v1...v2", "1..2", "x", "v1..", "..v2", "v1.v2"] {
                #expect(try await client.get("/dags/sales_daily/versions/\(range)").status == .notFound, "\(range)")
            }
            #expect(try await client.get("/dags/sales_daily/code").text.contains("versions/v1..v2\">what changed</a>"))
        }
    }

    @Test func `a runner that is silent is named where it matters`() async throws {
        try await Self.with { client, path, seeded in
            let sql = """
                UPDATE attempt SET runner = 'etl-03', state = 'lost', reason = 'its host restarted' WHERE state = 'failed'
                """
            try await seeded.store.pool.withConnection { try await $0.executeScript(sql) }
            let text = try await client.get(path).text
            // A slow machine needs a while to come here.
            #expect(text.contains(/Its runner etl-03 does not answer now, last heard from [0-9]+ min ago:/))
            #expect(text.contains("local → <strong>etl-03</strong>"))
        }
    }

    @Test(
        arguments: [
            (1, nil), (126, "may not be executed"), (127, "was not found"), (137, "SIGKILL (often for lack of memory)"),
            (143, "SIGTERM"), (200, nil),
        ] as [(Int, String?)]
    )
    func `exit codes of shells are put in words`(_ code: Int, _ words: String?) {
        #expect(Ending.meaning(ofExit: code)?.contains(words ?? "?") ?? false == (words != nil))
    }
}
