import Core
import Testing

struct LineTemplateTests {
    @Test(
        arguments: [
            ("", ""),
            ("  two   spaces\tand a tab ", "two spaces and a tab"),
            (
                "psycopg.errors.UndefinedColumn: column \"net_amt\" does not exist",
                "psycopg.errors.UndefinedColumn: column \"net_amt\" does not exist"
            ),
            ("FATAL: order 8812 of 9000 is bad", "FATAL: order <n> of <n> is bad"),
            ("took 12.5 s, 1.5GB and 2h30m, version 3.11.2", "took <n> s, <n> and <n>, version <n>"),
            ("part-0042.parquet in etl03", "part-<n>.parquet in etl<n>"),
            ("object at 0x7f3c2a90 failed", "object at <hex> failed"),
            ("commit 9fceb02d0ae598e95dc970b74767f19372d61af8", "commit <hex>"),
            ("commit 9fceb02", "commit <hex>"), ("facade deadbeef", "facade deadbeef"),
            ("run 6f1c2d3e-4b5a-6978-8796-a5b4c3d2e1f0 died", "run <uuid> died"),
            ("2026-08-21 02:00:13,123 ERROR lost", "<time> ERROR lost"),
            ("[2026-08-21T02:00:13.5Z] lost", "[<time>] lost"),
            ("at 2026-08-21T02:00:13+02:00, day 2026/08/21", "at <time>, day <time>"),
            ("Aug 21 02:00:13 host kernel: oom", "<time> host kernel: oom"),
            ("run sales/2026-08-21T020000Z is bad", "run sales/<time> is bad"),
            ("02:00:13 gone", "<time> gone"),
            ("load.py:12:30 bad", "load.py:<n>:<n> bad"),
            ("May 5 times", "May <n> times"),
            (
                "connection to server at \"10.2.3.4\", port 5432 failed",
                "connection to server at \"<address>\", port <n> failed"
            ),
            ("dial tcp 10.2.3.4:5432: refused by 10.2.3.4.", "dial tcp <address>: refused by <address>."),
            ("dial tcp [fe80::1]:5432: refused", "dial tcp <address>: refused"),
            ("host 2001:db8::17 is down, ::1 too", "host <address> is down, <address> too"),
            ("std::vector and ::error::bad", "std::vector and ::error::bad"),
            ("no answer from \"warehouse-2.internal\"", "no answer from \"warehouse-<n>.internal\""),
            ("postgres://rota:secret@wh:5432/sales refused", "postgres://wh:<n>/sales refused"),
            (
                "GET https://api.example.com/v2/orders?since=7&token=x: 503",
                "GET https://api.example.com/v<n>/orders<query> <n>"
            ),
            ("mail to ana.b+x@example.com bounced", "mail to <address> bounced"),
            ("cannot open /tmp/tmpx8d2a/orders.csv: no space", "cannot open <tmp>: no space"),
            ("cannot open '/var/tmp/a b'", "cannot open '<tmp> b'"), ("see /data/tmp/x", "see /data/tmp/x"),
            ("pod etl-x7k2p9 evicted", "pod etl-<id> evicted"),
            ("bad ids (1, 2, 3,4 5)", "bad ids (<n>)"), ("größe 7 µm", "größe <n> µm"),
        ]
    )
    func `what differs from one occurrence to the next is replaced`(_ line: String, _ template: String) {
        #expect(LineTemplate(line).text == template)
    }

    @Test func `a template of a template is itself`() {
        let line = "2026-08-21 02:00:13 order 8812 at 10.0.0.3 in /tmp/x: 0xff a1b2c3d4e5 x7k2p"
        let once = LineTemplate(line).text
        #expect(LineTemplate(once).text == once)
    }

    @Test func `a template is short, and whole at its end`() {
        let text = LineTemplate(String(repeating: "ä", count: 5_000)).text
        #expect(text.utf8.count == LineTemplate.mostBytes)
        #expect(text.allSatisfy { $0 == "ä" })
    }

    @Test func `any bytes have a template`() {
        var state: UInt64 = 7
        for _ in 0..<2_000 {
            let bytes = (0..<40).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                // Mostly what the rules look at.
                return state >> 60 == 0
                    ? UInt8(truncatingIfNeeded: state >> 33) : Array("0a9f:./-@[]T ".utf8)[Int(state >> 33) % 13]
            }
            let text = LineTemplate(bytes: bytes).text
            #expect(text.utf8.count <= LineTemplate.mostBytes)
            #expect(!text.contains("  "))
        }
    }
}
