import BrowserKit
import Core
import TestKit
import Testing

extension BrowserTests {
    /// Addresses that lead nowhere, and those for programs.
    struct MissingPageTests {
        @Test func `an address that leads nowhere names what is missing, and leads to the nearest that is there`()
            async throws
        {
            let site = try await ExampleSite.shared()
            let run = try site.run("failed")
            let missing = [
                ("/nothing", "/nothing"), ("/dags/sales_dialy", "sales_dialy"),
                ("/dags/sales_daily/runs/2031-01-01T000000Z", "2031-01-01T000000Z"),
                ("/dags/sales_daily/nothing", "/dags/sales_daily/nothing"), ("\(run)/tasks/loads", "loads"),
                ("\(run)/tasks/load_orders/a9", "9"), ("/failures/999999", "999999"),
                ("/incidents/ffffffffff", "ffffffffff"),
                ("/x/ffffffffff", "ffffffffff"), ("/pools/none", "none"), ("/backfills/999999", "999999"),
            ]
            let page = try await site.page(.phone)
            for (path, name) in missing {
                page.forget()
                try await page.open(site.url + path)
                #expect(page.record.requests.first?.status == 404, "\(path)")
                let text = try await page.text("document.querySelector('main').innerText")
                #expect(text.contains(name), "\(path): \(text)")
                #expect(
                    try await page.isTrue("!!document.querySelector('.top nav') && !!document.querySelector('#search')")
                )
                let status = try await page.number(
                    "fetch(document.querySelector('main p a').href).then((answer) => answer.status)"
                )
                #expect(status == 200, "\(path)")
                #expect(page.record.problems == [])
            }
            try await page.close()
        }

        @Test func `each page about a thing answers programs under its address with .json`() async throws {
            let site = try await ExampleSite.shared()
            let run = try site.run("failed")
            let paths = [
                "/now", "/dags", "/dags/sales_daily", "/dags/sales_daily/runs", run, "\(run)/tasks/load_orders",
                "/runs",
                "/failures", "/failures/1", "/incidents", "/runners", "/pools", "/pools/warehouse", "/backfills",
                "/backfills/1", "/search",
            ]
            try await site.withPage(.desktop, "/") { page in
                for path in paths {
                    let address = "\(path).json" + (path == "/search" ? "?q=load" : "")
                    let answer = try await page.evaluate(
                        """
                        fetch("\(address)").then(async (answer) =>
                          [answer.status, answer.headers.get("content-type"), Object.keys(await answer.json())[0]])
                        """
                    )
                    #expect(
                        answer.list.first?.int == 200 && answer.list[1] == "application/json",
                        "\(address): \(answer)"
                    )
                }
                let missing = try await page.evaluate(
                    "fetch('/dags/none.json').then(async (answer) => [answer.status, (await answer.json()).error.kind])"
                )
                #expect(missing == [404, "not_found"])
            }
        }
    }
}
