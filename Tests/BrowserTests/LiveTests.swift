import BrowserKit
import Core
import TestKit
import Testing

extension BrowserTests {
    /// Pages that change while somebody looks at them.
    struct LiveTests {
        private static let word = "document.querySelector('#live').textContent"

        /// Requests of streams that are open.
        private static func streams(of pages: [Page]) -> Int {
            pages.reduce(0) { $0 + $1.record.requests.count { $0.url.contains("/events") && !$0.isOver } }
        }

        @Test func `a page follows what happens, and says that it does`() async throws {
            let site = try await ExampleSite.shared()
            let run = try await site.trigger("waits")
            try await site.withPage(.desktop, ExampleSite.path(of: run)) { page in
                try await page.wait(for: "\(Self.word) === 'Live'")
                try await page.wait(for: "document.querySelector('h1').textContent.includes('Running')")
                try site.leave(run.replacing("/", with: "+"))
                try await page.wait(for: "document.querySelector('h1').textContent.includes('Success')")
                #expect(try await page.text("document.title").hasPrefix("Success"))
                #expect(try await page.text("document.querySelector('link[rel=icon]').href").contains("icon-success"))
                try await page.wait(for: "document.querySelector('#said').textContent === 'Now: Success'")
                #expect(page.record.problems == [])
            }
        }

        @Test func `without the stream a page polls, says so, and changes all the same`() async throws {
            let site = try await ExampleSite.shared()
            let run = try await site.trigger("waits")
            try await site.withPage { page in
                try await page.block(["*/events*"])
                try await page.open(site.url + ExampleSite.path(of: run))
                try await page.wait(for: "\(Self.word) === 'Polling'")
                // In seconds: it asks so often.
                #expect(try await page.number("Number(document.body.dataset.refresh)") <= 12)
                try await page.wait(for: "document.querySelector('h1').textContent.includes('Running')")
                try site.leave(run.replacing("/", with: "+"))
                try await page.wait(for: "document.querySelector('h1').textContent.includes('Success')")
            }
        }

        @Test func `a page says that the server is gone, and comes back by itself`() async throws {
            let site = try await ExampleSite.shared()
            try await site.withPage(.desktop, "/") { page in
                try await page.wait(for: "\(Self.word) === 'Live'")
                try await page.setOffline(true)
                try await page.wait(for: "\(Self.word) === 'Offline'")
                try await page.setOffline(false)
                try await page.wait(for: "['Live', 'Polling'].includes(\(Self.word))")
            }
        }

        @Test func `updates can be paused`() async throws {
            let site = try await ExampleSite.shared()
            let run = try await site.trigger("waits")
            try await site.withPage(.desktop, ExampleSite.path(of: run)) { page in
                try await page.wait(for: "document.querySelector('h1').textContent.includes('Running')")
                try await page.click("#pause")
                #expect(try await page.text(Self.word) == "Paused")
                try site.leave(run.replacing("/", with: "+"))
                try await site.awaitRun(run, "success")
                #expect(try await page.text("document.querySelector('h1').textContent").contains("Running"))
                try await page.click("#pause")
                try await page.wait(for: "document.querySelector('h1').textContent.includes('Success')")
            }
        }

        @Test func `eight tabs share one stream, and the ninth page loads`() async throws {
            let site = try await ExampleSite.shared()
            let first = try await site.page()
            var pages = [first]
            for _ in 1..<8 { pages.append(try await site.page(.desktop, in: first.context)) }
            for page in pages {
                try await page.open(site.url + "/runs")
                try await page.wait(for: "\(Self.word) === 'Live'")
            }
            #expect(Self.streams(of: pages) == 1)
            let ninth = try await site.page(.desktop, in: first.context)
            try await ninth.open(site.url + "/dags")
            #expect(try await ninth.isTrue("document.querySelector('h1').textContent === 'DAGs'"))
            // Whoever had it goes; another tab takes over, and all of them still hear.
            try await pages[0].close(withContext: false)
            try await eventually("another stream") { Self.streams(of: Array(pages.dropFirst())) == 1 }
            let run = try await site.trigger("sales_daily", "-p", "rows=20")
            for page in pages.dropFirst() {
                try await page.evaluate("document.querySelector('#news')?.click()")
                try await page.wait(
                    for: """
                        (document.querySelector("#news:not([hidden])")?.click(),
                        !!document.querySelector("a[href='\(ExampleSite.path(of: run))']"))
                        """
                )
            }
            try await ninth.close()
        }

        @Test func `a tab that nobody sees gives its stream back after a minute, and is fresh when it is seen again`()
            async throws
        {
            let site = try await ExampleSite.shared()
            let run = try await site.trigger("waits")
            try await site.withPage(.desktop, ExampleSite.path(of: run)) { page in
                try await page.wait(for: "\(Self.word) === 'Live'")
                try await page.wait(for: "document.querySelector('h1').textContent.includes('Running')")
                try await page.setVisible(false)
                try await page.wait(for: "document.hidden")
                #expect(Self.streams(of: [page]) == 1, "who looks away for a moment keeps it")
                // A minute of the browser's own clock.
                try await eventually("the end of the stream") { Self.streams(of: [page]) == 0 }
                try site.leave(run.replacing("/", with: "+"))
                try await site.awaitRun(run, "success")
                let before = page.record.requests.count
                #expect(try await page.text("document.querySelector('h1').textContent").contains("Running"))
                try await page.setVisible(true)
                try await page.wait(for: "document.querySelector('h1').textContent.includes('Success')")
                #expect(page.record.requests.count > before)
                try await eventually("a stream again") { Self.streams(of: [page]) == 1 }
            }
        }

        @Test func `an update moves neither focus, caret, selection nor what is looked at`() async throws {
            let site = try await ExampleSite.shared()
            let run = try await site.trigger("waits")
            try await site.withPage(Screen(width: 1280, height: 500), ExampleSite.path(of: run)) { page in
                try await page.wait(for: "document.querySelector('h1').textContent.includes('Running')")
                try await page.evaluate(
                    """
                    window.shifts = 0;
                    new PerformanceObserver((list) => list.getEntries().forEach((entry) => { window.shifts += entry.value; window.moved = (window.moved || []).concat(entry.sources.map((source) => source.node?.outerHTML?.slice(0, 90) + JSON.stringify([source.previousRect.y, source.currentRect.y, source.previousRect.x, source.currentRect.x]))); }))
                      .observe({ type: "layout-shift", buffered: false });
                    const field = document.querySelector("#search");
                    field.value = "half a word";
                    field.focus({ preventScroll: true });
                    field.setSelectionRange(4, 4);
                    """
                )
                try site.leave(run.replacing("/", with: "+"))
                try await page.wait(for: "document.querySelector('h1').textContent.includes('Success')")
                #expect(try await page.isTrue("document.activeElement.id === 'search'"))
                #expect(try await page.isTrue("document.querySelector('#search').selectionStart === 4"))
                #expect(try await page.number("scrollY") == 0)
            }
            // A row of a list has the focus, words below are selected, and the page is scrolled.
            let other = try await site.trigger("waits", "-p", "end=3")
            try await site.withPage(Screen(width: 1280, height: 400), "/dags/waits/runs") { page in
                let link = "a[href='\(ExampleSite.path(of: other))']"
                try await page.wait(for: "!!document.querySelector(\".list \(link)\")")
                try await page.evaluate(
                    """
                    window.shifts = 0;
                    new PerformanceObserver((list) => list.getEntries().forEach((entry) => { window.shifts += entry.value; window.moved = (window.moved || []).concat(entry.sources.map((source) => source.node?.outerHTML?.slice(0, 90) + JSON.stringify([source.previousRect.y, source.currentRect.y, source.previousRect.x, source.currentRect.x]))); }))
                      .observe({ type: "layout-shift", buffered: false });
                    const row = document.querySelector(".list \(link)");
                    row.focus();
                    row.scrollIntoView({ block: "center", behavior: "instant" });
                    getSelection().selectAllChildren(document.querySelector(".foot span"));
                    window.place = row.getBoundingClientRect().top;
                    """
                )
                try site.leave(other.replacing("/", with: "+"))
                try await page.wait(
                    for: "document.querySelector(\".list \(link)\").closest('tr').textContent.includes('Failed')"
                )
                #expect(try await page.isTrue("document.activeElement.matches(\".list \(link)\")"))
                #expect(
                    try await page.isTrue("Math.abs(document.activeElement.getBoundingClientRect().top - place) < 2")
                )
                #expect(try await page.isTrue("getSelection().toString().startsWith('Server time')"))
                let shifts = try await page.number("shifts")
                let moved = try await page.texts("window.moved")
                #expect(shifts <= 0.02, "\(moved)")
            }
        }

        @Test func `rows that came wait until they are asked for while somebody is busy here`() async throws {
            let site = try await ExampleSite.shared()
            try await site.withPage(.phone, "/dags/never/runs") { page in
                try await page.open(site.url + "/dags/nightly/runs")
                try await page.wait(for: "\(Self.word) === 'Live'")
                let first = try await page.text("document.querySelector('tbody tr').textContent")
                let run = try await site.trigger("nightly")
                try await page.wait(for: "document.querySelector('#news')?.textContent === '1 new: show'")
                #expect(try await page.text("document.querySelector('tbody tr').textContent") == first)
                try await page.click("#news")
                try await page.wait(for: "!!document.querySelector(\"a[href='\(ExampleSite.path(of: run))']\")")
                #expect(try await page.isTrue("document.querySelector('#news').hidden"))
            }
        }
    }
}
