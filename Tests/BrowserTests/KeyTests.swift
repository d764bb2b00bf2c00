import BrowserKit
import Core
import TestKit
import Testing

extension BrowserTests {
    /// What can be done without a pointer.
    struct KeyTests {
        /// Presses Tab until the focus is on an element for a selector; each stop on the way must be seen.
        private static func tab(_ page: Page, to selector: String) async throws {
            let reached = "document.activeElement.matches(\(JSONValue.string(selector)))"
            for _ in 0..<150 {
                try await page.press("Tab")
                let fault = try await page.text(focusFault)
                #expect(fault == "")
                if try await page.isTrue(reached) { return }
            }
            throw BrowserError.noElement("\(selector), by the Tab key")
        }

        /// What is wrong with the element that has the focus: not drawn, covered, or without a ring.
        private static let focusFault = """
            (() => {
              const element = document.activeElement;
              if (element === document.body) return "";
              const words = element.outerHTML.slice(0, 120);
              const box = element.getClientRects()[0];
              if (!box || !box.width) return "not drawn: " + words;
              const style = getComputedStyle(element);
              if (style.outlineStyle === "none" && !element.matches("main, input, select, textarea"))
                return "no ring: " + words;
              const [x, y] = [box.left + Math.min(box.width / 2, 20), box.top + Math.min(box.height / 2, 10)];
              if (y < 0 || y > innerHeight) return "outside: " + words;
              if (x < 0 || x > innerWidth) return "outside: " + words;
              const above = document.elementFromPoint(x, y);
              return above && (above === element || element.contains(above) || above.contains(element))
                ? "" : "covered by " + above?.outerHTML.slice(0, 80) + ": " + words;
            })()
            """

        @Test(arguments: [false, true])
        func `from the sign-in over the first page to the failing line and to a retry with the keyboard alone`(
            isPhone: Bool
        ) async throws {
            let site = try await ExampleSite.shared()
            let run = try await site.trigger("sales_daily", "-p", "rows=\(isPhone ? 141 : 142)")
            try await site.awaitRun(run, "failed")
            let secret = try await site.token(isPhone ? "keys_phone" : "keys")
            let page = try await Page(isPhone ? .phone : .desktop)
            try await page.open(site.url + "/")
            #expect(page.record.requests.first?.status == 401)
            try await Self.tab(page, to: "#token")
            try await page.type(secret)
            try await page.follow { try await page.press("Enter") }
            #expect(try await page.address() == "/")
            try await Self.tab(page, to: ".causeline a[href*='\(ExampleSite.path(of: run))']")
            try await page.follow { try await page.press("Enter") }
            let line = try await page.text("document.querySelector('.log :target').textContent")
            #expect(line.contains(ExampleDAGs.cause))
            try await Self.tab(page, to: ".actions a[href*='clear']")
            try await page.follow { try await page.press("Enter") }
            try await Self.tab(page, to: "form[method=post] button.main")
            try await page.follow { try await page.press("Enter") }
            #expect(try await page.text("document.querySelector('.banner').textContent").contains("Cleared"))
            // It begins anew, and fails as before.
            try await eventually("a second attempt") {
                let attempts = try await site.document(of: run)["tasks"]?.list.first { $0["id"] == "load_orders" }
                return attempts?["attempts"]?.list.count == 2
            }
            try await site.awaitRun(run, "failed")
            try await page.close()
        }

        @Test func `the skip link leads to the failure`() async throws {
            let site = try await ExampleSite.shared()
            try await site.withPage(.phone, try site.run("failed")) { page in
                try await page.press("Tab")
                #expect(try await page.text("document.activeElement.textContent") == "Skip to the failure")
                try await page.press("Enter")
                try await page.wait(for: "location.hash === '#failure'")
                try await page.press("Tab")
                #expect(try await page.isTrue("document.querySelector('#failure').contains(document.activeElement)"))
            }
        }

        @Test func `single keys lead through the site`() async throws {
            let site = try await ExampleSite.shared()
            try await site.withPage(.desktop, "/") { page in
                try await page.follow { try await page.press(["g", "d"]) }
                #expect(try await page.address() == "/dags")
                try await page.press("j")
                try await page.press("j")
                try await page.press("k")
                let href = try await page.text("document.activeElement.getAttribute('href')")
                #expect(href == "/dags/many")
                try await page.follow { try await page.press("Enter") }
                #expect(try await page.address() == "/dags/many")
                try await page.follow { try await page.press("2") }
                #expect(try await page.address() == "/dags/many/graph")
                try await page.follow { try await page.press(["g", "r"]) }
                try await page.follow { try await page.press(["g", "n"]) }
                #expect(try await page.address() == "/")
                try await page.open(site.url + (try site.run("failed")))
                try await page.press("f")
                #expect(try await page.isTrue("document.querySelector('#failure').contains(document.activeElement)"))
                try await page.press(".")
                #expect(try await page.isTrue("document.querySelector('.actions').contains(document.activeElement)"))
                try await page.press("/")
                #expect(try await page.isTrue("document.activeElement.id === 'search'"))
                try await page.type("load")
                try await page.follow { try await page.press("Enter") }
                #expect(try await page.address() == "/search?q=load")
                #expect(try await page.visibleText().contains("load_orders"))
            }
        }

        @Test func `keys are listed, can be turned off, and never act in a field`() async throws {
            let site = try await ExampleSite.shared()
            try await site.withPage(.desktop, "/dags") { page in
                try await page.press("?")
                #expect(try await page.isTrue("document.querySelector('#keylist').open"))
                #expect(try await page.text("document.querySelector('#keylist').innerText").contains("Go to DAGs"))
                let violations = try await page.violations()
                #expect(violations == [])
                try await page.click("#keylist input")
                try await eventually("keys turned off") {
                    try await page.isTrue("document.documentElement.dataset.keys === 'off'")
                }
                try await page.press("Escape")
                try await eventually("a closed list") {
                    try await page.isTrue("!document.querySelector('#keylist').open")
                }
                for key in ["?", "g", "r", "j", "/", "."] { try await page.press(key) }
                #expect(try await page.address() == "/dags")
                // A closed list gives the focus back in the browser's next frame.
                try await eventually("focus where it was, as no key has moved it") {
                    try await page.isTrue(
                        "document.activeElement === document.body || document.activeElement.id === 'keys'"
                    )
                }
                #expect(try await page.isTrue("!document.querySelector('#keylist').open"))
                // Other pages know of it; the button turns them on again.
                try await page.open(site.url + "/runs")
                try await page.press(["g", "d"])
                #expect(try await page.address() == "/runs")
                try await page.click("#keys")
                try await page.click("#keylist input")
                try await page.press("Escape")
                try await page.focus("#search")
                for key in ["g", "d", "?", "/", "j"] { try await page.press(key) }
                #expect(try await page.text("document.querySelector('#search').value") == "gd?/j")
                #expect(try await page.address() == "/runs")
            }
        }
    }
}
