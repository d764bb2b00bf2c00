import BrowserKit
import Core
import TestKit
import Testing

extension BrowserTests {
    /// Lists of many things.
    struct ListTests {
        @Test func `going back restores filters, page and scroll`() async throws {
            let site = try await ExampleSite.shared()
            try await site.change(
                LargeHistory.runs(5_000, dag: "minutely_5000", end: "timestamptz '2024-01-01T00:00:00Z'")
            )
            try await site.withPage(.desktop, "/runs?dag=minutely_5000&state=success") { page in
                try await page.click("a[href*='after=']")
                try await eventually("the next page") { try await page.address().contains("after=") }
                let address = try await page.address()
                let link = "document.querySelectorAll('.list tbody a[href*=\"/runs/\"]')[30]"
                try await page.evaluate("\(link).scrollIntoView({ block: 'center', behavior: 'instant' })")
                let place = try await page.number("scrollY")
                let name = try await page.text("\(link).getAttribute('href')")
                #expect(place > 100)
                try await page.follow { try await page.evaluate("\(link).click()") }
                #expect(try await page.address() == name)
                try await page.goBack()
                #expect(try await page.address() == address)
                try await page.wait(for: "Math.abs(scrollY - \(place)) <= 2")
                #expect(try await page.text("\(link).getAttribute('href')") == name)
                #expect(try await page.visibleText().contains("state=success"))
                // A filter in the form of the list is as it was, too.
                let chosen = try await page.text("new URLSearchParams(location.search).get('dag')")
                #expect(chosen == "minutely_5000")
            }
        }
    }
}
