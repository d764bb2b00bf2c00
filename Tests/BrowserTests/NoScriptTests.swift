import BrowserKit
import Core
import TestKit
import Testing

extension BrowserTests {
    /// The pages in a browser that runs no script.
    struct NoScriptTests {
        @Test func `cause, log, attempts, search, preview and retry work`() async throws {
            let site = try await ExampleSite.shared()
            let run = try await site.trigger("sales_daily", "-p", "rows=151")
            try await site.awaitRun(run, "failed")
            let path = ExampleSite.path(of: run)
            try await site.withPage(.phone) { page in
                try await page.allowScripts(false)
                try await page.open(site.url + "/")
                try await page.follow { try await page.click(".causeline a[href*='sales_daily']") }
                #expect(
                    try await page.text("document.querySelector('.log :target').textContent").contains(
                        ExampleDAGs.cause
                    )
                )
                try await page.open(site.url + path + "/tasks/load_orders")
                let bottom = try await page.number(FailurePathTests.causeBottom)
                #expect(bottom > 0 && bottom <= 740)
                #expect(try await page.isTrue("document.querySelectorAll('.log li').length >= 41"))
                // What only a script can do is not offered.
                let dead = try await page.texts(
                    "[...document.querySelectorAll('.script')].filter((part) => part.checkVisibility()).map((part) => part.outerHTML)"
                )
                #expect(dead == [])
                #expect(try await page.text("document.querySelector('#attempts').textContent").contains("Attempt 1"))
                try await page.focus("#search")
                try await page.type("load_ord")
                try await page.follow { try await page.press("Enter") }
                #expect(try await page.visibleText().contains("load_orders"))
                try await page.open(site.url + path + "/tasks/load_orders")
                try await page.follow { try await page.click(".actions a[href*='clear']") }
                #expect(try await page.visibleText().contains("load_orders"))
                try await page.follow { try await page.click("form[method=post] button.main") }
                #expect(try await page.text("document.querySelector('.banner').textContent").contains("Cleared"))
                try await site.awaitRun(run, "failed")
                try await page.open(site.url + path + "/tasks/load_orders")
                #expect(try await page.text("document.querySelector('#attempts').textContent").contains("Attempt 2"))
            }
        }
    }
}
