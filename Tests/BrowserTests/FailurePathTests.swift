import BrowserKit
import Core
import TestKit
import Testing

extension BrowserTests {
    /// The way from a message to the line that tells why.
    struct FailurePathTests {
        /// Where on the screen the cause is, as a script: its lower edge; nothing where it is not shown.
        static let causeBottom = """
            [...document.querySelectorAll(".causebox b, .causebox, .causeline")]
              .filter((box) => box.textContent.includes("UniqueViolation"))
              .map((box) => box.getBoundingClientRect().bottom)[0]
            """

        @Test func `the link of a message shows the cause on a phone's first screen, without a press`() async throws {
            let site = try await ExampleSite.shared()
            let incidents = JSONValue(parsing: try await site.rota("incidents", "list", "--json").text)
            let code = incidents?["items"]?.list.first { $0["run"]?.text == site.runs["failed"] }?["code"]?.text
            let path = "/x/\(try #require(code, "\(incidents ?? .null)"))"
            try await site.withPage(.phone) { page in
                try await page.slowDown()
                try await page.open(site.url + path)
                let bottom = try await page.number(Self.causeBottom)
                #expect(bottom > 0 && bottom <= 740, "\(bottom)")
            }
        }

        @Test func `who was paged says so where the message led, and mutes it from there`() async throws {
            let site = try await ExampleSite.shared()
            let run = try await site.trigger("sales_daily", "-p", "rows=171")
            try await site.awaitRun(run, "failed")
            let incidents = JSONValue(parsing: try await site.rota("incidents", "list", "--json").text)
            let code = try #require(incidents?["items"]?.list.first { $0["run"]?.text == run }?["code"]?.text)
            try await site.withPage(.phone, "/x/\(code)") { page in
                let bottom = try await page.number(
                    "document.querySelector('.actions form button').getBoundingClientRect().bottom"
                )
                #expect(bottom <= 740, "\(bottom)")
                try await page.follow { try await page.click(".actions form[action$=acknowledge] button") }
                #expect(try await page.text("document.querySelector('.banner').textContent").contains("Acknowledged"))
                #expect(try await page.address().hasPrefix(ExampleSite.path(of: run)))
                #expect(try await page.visibleText().contains("Acknowledged by someone in a browser"))
                try await page.follow { try await page.click(".actions a[href$='#mute']") }
                #expect(try await page.address() == "/incidents/\(code)")
                let top = try await page.number("document.querySelector('#mute').getBoundingClientRect().top")
                #expect(top >= 0 && top < 740)
                try await page.evaluate("document.querySelector('#mute + form [value=failure]').checked = true")
                try await page.follow { try await page.click("#mute + form button") }
                try await page.open(site.url + "/incidents/\(code)")
                #expect(try await page.visibleText().contains("Muted"))
                try await page.follow { try await page.click("form[action^='/mutes/'] button") }
                try await page.open(site.url + "/incidents/\(code)")
                #expect(!(try await page.visibleText().contains("Muted")))
            }
        }

        @Test func `an attempt's page is small: 30 kB in three requests, and one request when it is known`()
            async throws
        {
            let site = try await ExampleSite.shared()
            let path = try site.run("failed") + "/tasks/load_orders"
            try await site.withPage(.phone, path) { page in
                let cold = page.record.requests.filter { $0.type != "EventSource" }
                #expect(cold.count <= 3 && cold.reduce(0) { $0 + $1.bytes } <= 30_000, "\(cold)")
                page.forget()
                try await page.open(site.url + path + "?at=3")
                let warm = page.record.requests.filter { $0.type != "EventSource" && !$0.isFromCache }
                #expect(warm.count == 1, "\(warm)")
            }
        }

        @Test func `a failed run shows its root failure first, and blocked tasks not as causes`() async throws {
            let site = try await ExampleSite.shared()
            try await site.withPage(.phone, try site.run("failed")) { page in
                let bottom = try await page.number(Self.causeBottom)
                #expect(bottom > 0 && bottom <= 740, "\(bottom)")
                let causes = try await page.texts(
                    "[...document.querySelectorAll('#failure .card')].map((card) => card.getAttribute('aria-label'))"
                )
                #expect(causes.count == 1 && causes[0].contains("load_orders"), "\(causes)")
            }
        }

        @Test func `what failed of one cause in a run is one card`() async throws {
            let site = try await ExampleSite.shared()
            try await site.withPage(.phone, try site.run("many")) { page in
                #expect(try await page.number("document.querySelectorAll('#failure .card').length") == 1)
                let text = try await page.text("document.querySelector('#failure').innerText")
                #expect(text.contains("ERROR: the warehouse is closed"))
                #expect(text.contains("59 other tasks failed of the same cause: "), "\(text)")
                #expect(try await page.number("document.querySelectorAll('#failure .card p:last-child a').length") == 6)
            }
        }

        @Test func `the first page lists the cause, one press away from its line`() async throws {
            let site = try await ExampleSite.shared()
            try await site.withPage(.phone, "/") { page in
                let link = ".causeline a[href*='load_orders']"
                #expect(
                    try await page.text("document.querySelector(\"\(link)\").textContent").contains("UniqueViolation")
                )
                try await page.follow { try await page.click(link) }
                let marked = try await page.text("document.querySelector('.log .at, .log :target')?.textContent")
                #expect(marked.contains("UniqueViolation"), "\(marked)")
                let top = try await page.number("document.querySelector('.log :target').getBoundingClientRect().top")
                #expect(top >= 0 && top < 740)
            }
        }
    }
}
