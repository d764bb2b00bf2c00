import Core
import HTTPTypes
import Store
import Testing

@testable import Web

struct AttemptReportTests {
    private static func with(_ body: (SiteClient, _ path: String) async throws -> Void) async throws {
        try await SeededSite.with(seed: FailureSeed.sql) { seeded in
            let client = try await SiteClient.signedIn(seeded)
            try await body(client, "/dags/sales_daily/runs/latest-failed/tasks/load_orders")
        }
    }

    @Test func `a failure is told as text`() async throws {
        try await Self.with { client, path in
            let answer = try await client.get("\(path).txt")
            #expect(answer.headers[.contentType] == "text/plain; charset=utf-8")
            let lines = answer.text.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.first?.hasPrefix("FAILED  sales_daily/") == true)
            #expect(lines.first?.hasSuffix(" load_orders, attempt 3") == true)
            #expect(answer.text.contains("\nExit code 1 after 1 m 12 s (usually "))
            #expect(answer.text.contains("\n> 1811: psycopg.errors.UndefinedColumn: column \"net_amt\""))
            #expect(answer.text.contains("\n  1812: LINE 1: INSERT INTO"))
            #expect(answer.text.contains("\nSeen in 1 other run since "))
            #expect(answer.text.contains("\n2 tasks are blocked by it: build_mart notify\n"))
            #expect(answer.text.contains("\nOwner: data-platform\nRunbook: https://wiki.example.com/sales_daily\n"))
            #expect(answer.text.contains("\n  Version: 1 -> 2\n"))
            #expect(answer.text.contains("\n  new 1820: <script>alert(1)</script> & \"quotes\"\n"))
            #expect(answer.text.contains("\n  1824: INFO sales_orders"))
            #expect(!answer.bytes.contains(0x1B))
        }
    }

    @Test func `a failure is told as JSON`() async throws {
        try await Self.with { client, path in
            let answer = try await client.get("\(path)/a3.json")
            #expect(answer.headers[.contentType] == "application/json")
            let json = try #require(JSONValue(parsing: answer.text))
            #expect(json["task"] == .string("load_orders"))
            #expect(json["attempt"]?["exit_code"] == .number("1"))
            #expect(json["attempt"]?["cause"]?["line"] == .number("1811"))
            #expect(json["attempt"]?["failure"] == .number("1"))
            #expect(json["earlier_failures"] == .number("1"))
            #expect(json["blocked"] == .array([.string("build_mart"), .string("notify")]))
            #expect(json["last_success"]?["changes"] != nil)
            let first = try await client.get("\(path)/a2.json").text
            #expect(JSONValue(parsing: first)?["attempt"]?["number"] == .number("2"))
        }
    }

    @Test func `lines of the log are told alone`() async throws {
        try await Self.with { client, path in
            let error = try await client.get("\(path).txt?first_error").text
            #expect(error.hasPrefix("psycopg.errors.UndefinedColumn: column \"net_amt\""))
            #expect(try await client.get("\(path).json?first_error").text.hasPrefix("{\"line\":1811,"))
            let found = try await client.get("\(path).txt?grep=INSERT+INTO").text
            #expect(found == "1812:LINE 1: INSERT INTO orders (id, net_amt, ts) VALUES (...\n")
            let coloured = try await client.get("\(path).txt?grep=red").text
            #expect(coloured == "1790:INFO connected, red on blue\n")
            let many = try await client.get("\(path).txt?grep=INFO").text.split(separator: "\n")
            #expect(many.count == 1001)
            #expect(many.last == "(1820 lines match; the first 1000 are listed)")
            #expect(try await client.get("\(path).txt?grep=nowhere").text == "")
            let json = JSONValue(parsing: try await client.get("\(path).json?grep=INSERT").text)
            #expect(json?["more"] == .boolean(false))
        }
    }

    @Test func `what cannot be told is said in the same form`() async throws {
        try await Self.with { client, path in
            let strange = try await client.get("\(path).txt?gerp=x")
            #expect(strange.status == .badRequest)
            #expect(
                strange.text
                    == "This address has no query 'gerp'; known: first_error, grep, re, ignore_case, ctx, searched.\n"
            )
            #expect(try await client.get("\(path).txt?grep=").status == .badRequest)
            let unknown = try await client.get("\(path)x.json")
            #expect(unknown.status == .notFound)
            #expect(unknown.text.hasPrefix("{\"error\":{\"kind\":\"not_found\""))
            let blocked = try await client.get("/dags/sales_daily/runs/latest-failed/tasks/notify.txt")
            #expect(blocked.status == .notFound)
            #expect(blocked.text == "The task 'notify' has no attempt yet; it is upstream_failed.\n")
            let done = "/dags/sales_daily/runs/latest-failed/tasks/extract_orders.txt"
            #expect(try await client.get(done).text.hasPrefix("SUCCESS  sales_daily/"))
            #expect(try await client.get("\(done)?first_error").status == .notFound)
        }
    }
}
