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

        @Test func `selected runs of a list are cleared together, with a script and without`() async throws {
            let site = try await ExampleSite.shared()
            for isAllowed in [true, false] {
                var runs: [String] = []
                for rows in 181...182 {
                    let run = try await site.trigger("sales_daily", "-p", "rows=\(rows)")
                    try await site.awaitRun(run, "failed")
                    runs.append(run)
                }
                try await site.withPage(.phone) { page in
                    try await page.allowScripts(isAllowed)
                    try await page.open(site.url + "/dags/sales_daily/runs?state=failed")
                    for run in runs {
                        let key = run.split(separator: "/").last ?? ""
                        try await page.click(".pick label:has([value='\(key)'])")
                    }
                    try await page.follow { try await page.click("form button:not(.filters button)") }
                    #expect(
                        try await page.text("document.querySelector('main').innerText").contains("2 runs are selected")
                    )
                    let listed = try await page.number("document.querySelectorAll('.list tbody tr').length")
                    #expect(listed == 2)
                    try await page.follow { try await page.click("form[method=post] button.main") }
                    #expect(
                        try await page.text("document.querySelector('.banner').textContent").contains("Cleared 6 tasks")
                    )
                    // What was done is told once; without a script a reload tells it again.
                    let address = try await page.address()
                    #expect(address.contains("done=") != isAllowed, "\(address)")
                }
                for run in runs {
                    try await eventually("a second attempt") {
                        let tasks = try await site.document(of: run)["tasks"]?.list
                        return tasks?.first { $0["id"] == "load_orders" }?["attempts"]?.list.count == 2
                    }
                    try await site.awaitRun(run, "failed")
                }
            }
        }

        @Test func `all runs that match a filter are a choice of its own`() async throws {
            let site = try await ExampleSite.shared()
            try await site.withPage(.desktop, "/dags/sales_daily/runs?state=failed") { page in
                let count = try await page.number("document.querySelectorAll('#runs tbody tr').length")
                #expect(count >= 2)
                try await page.follow { try await page.click("a[href*='all=1']") }
                #expect(
                    try await page.text("document.querySelector('main').innerText").contains(
                        "\(Int(count)) runs are selected"
                    )
                )
            }
        }
    }
}
