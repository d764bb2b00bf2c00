import BrowserKit
import Core
import TestKit
import Testing

extension BrowserTests {
    /// A log of a gigabyte: ten million lines, which the server never has in its memory.
    struct LargeLogTests {
        private static let pieces = 4_000

        private static let path = Task.detached {
            let site = try await ExampleSite.shared()
            let run = try await site.trigger("prints_much")
            try await site.awaitRun(run, "failed")
            try await site.change(LargeHistory.log(ofDAG: "prints_much", pieces: pieces))
            return ExampleSite.path(of: run) + "/tasks/print"
        }

        @Test func `a log of a gigabyte opens at its cause, and costs the server no memory`() async throws {
            let site = try await ExampleSite.shared()
            let path = try await Self.path.value
            let server = try site.process()
            try await site.withPage(.desktop, path) { page in
                // What the first page needs is there for the next ones.
                try server.resetPeak()
                let before = server.memory("VmRSS")
                for (query, line) in [
                    ("", 5_000_000), ("?at=9000000", 9_000_000), ("?at=10240000", 10_240_000),
                    ("?from=7000000", 7_000_000),
                    ("?q=row+0320+of&case=1", 5_000_000),
                ] {
                    page.forget()
                    try await page.open(site.url + path + query)
                    #expect(page.record.requests.first?.status == 200)
                    #expect(page.record.requests.first.map { $0.bytes <= 30_000 } ?? false, "\(page.record.requests)")
                    #expect(try await page.isTrue("!!document.querySelector('#L\(line)')"), "\(query)")
                }
                let growth = server.memory("VmHWM") - before
                #expect(growth <= 32 * 1024, "\(growth) kB")
            }
        }

        @Test func `the five millionth line is shown marked, also after a reload`() async throws {
            let site = try await ExampleSite.shared()
            let path = try await Self.path.value
            try await site.withPage(.desktop, path + "?at=5000000#L5000000") { page in
                for _ in 0..<2 {
                    #expect(try await page.text("document.querySelector('#log li.at').id") == "L5000000")
                    #expect(try await page.text("document.querySelector('#log :target').id") == "L5000000")
                    let text = try await page.text("document.querySelector('#L5000000').textContent")
                    #expect(text.contains("row 0320 of a piece"))
                    let top = try await page.number("document.querySelector('#L5000000').getBoundingClientRect().top")
                    #expect(top >= 0 && top < 800, "\(top)")
                    try await page.reload()
                }
            }
        }

        @Test func `a search in a gigabyte tells the true count, and a hit leads to its line`() async throws {
            let site = try await ExampleSite.shared()
            let path = try await Self.path.value
            try await site.withPage(.desktop, path + "?q=row+0320+of&case=1") { page in
                #expect(try await page.isTrue("!!document.querySelector('#found .hits a[href*=\"at=320#\"]')"))
                // A slow machine searches a part at a time, and says so.
                var count = 0
                while true {
                    let words = try await page.text("document.querySelector('#found summary').textContent")
                    count += Int(words.prefix { $0 != " " }.filter { $0 != "," }) ?? 0
                    guard words.contains("so far") else { break }
                    #expect(words.contains(" of 1 GB"), "\(words)")
                    try await page.follow {
                        try await page.evaluate(
                            "[...document.querySelectorAll('#found a')].find((link) => link.textContent === 'Continue the search').click()"
                        )
                    }
                }
                #expect(count == Self.pieces)
                try await page.open(site.url + path + "?q=row+0320+of&case=1")
                try await page.follow { try await page.click("#found .hits a[href*='at=2880']") }
                #expect(try await page.text("document.querySelector('#log li.at').id") == "L2880")
                #expect(
                    try await page.text("document.querySelector('#log li.at').textContent").contains("row 0320 of")
                )
            }
        }
    }
}
