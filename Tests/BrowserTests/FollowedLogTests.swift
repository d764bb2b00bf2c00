import BrowserKit
import Core
import TestKit
import Testing

extension BrowserTests {
    /// A log that grows while somebody reads it.
    struct FollowedLogTests {
        private static let count = "document.querySelectorAll('#log li:not(.part)').length"
        private static let atEnd = "innerHeight + scrollY >= document.documentElement.scrollHeight - 200"

        @Test func `a followed log stays at its end until one scrolls up, and loses nothing when it is cut`()
            async throws
        {
            let (count, atEnd) = (Self.count, Self.atEnd)
            let site = try await ExampleSite.shared()
            let name = try await site.trigger("talks")
            let key = name.split(separator: "/").joined(separator: "+")
            try await site.awaitRun(name, "running")
            try await site.withPage(.desktop, ExampleSite.path(of: name) + "/tasks/talk") { page in
                try await page.wait(for: "\(count) >= 300")
                try site.leave("\(key)-1")
                try await page.wait(for: "\(count) === 500 && \(atEnd)")
                try await page.evaluate("scrollTo(0, 0)")
                try await page.wait(for: "scrollY === 0")
                try site.leave("\(key)-2")
                try await page.wait(for: "document.querySelector('.news')?.textContent === '200 new lines'")
                #expect(try await page.number("scrollY") == 0)
                try await page.click(".news")
                try await page.wait(for: atEnd)
                try await page.setOffline(true)
                try site.leave("\(key)-3")
                try await site.awaitRun(name, "success")
                try await page.setOffline(false)
                try await page.wait(for: "\(count) >= 900")
                let ids = try await page.texts("[...document.querySelectorAll('#log li')].map((line) => line.id)")
                #expect(ids == (1...900).map { "L\($0)" })
            }
        }

        @Test func `a flood of 5,000 lines a second is followed, and left alone by who reads further up`() async throws
        {
            let site = try await ExampleSite.shared()
            let name = try await site.trigger("pours")
            try await site.awaitRun(name, "running")
            try await site.withPage(.desktop) { page in
                try await page.addScript(
                    "window.EventSource = class extends EventSource { constructor(url) { super(url); window.source = this; } }"
                )
                try await page.open(site.url + ExampleSite.path(of: name) + "/tasks/flood")
                try await page.wait(for: "\(Self.count) >= 1")
                let key = name.split(separator: "/").joined(separator: "+")
                try site.leave("\(key)-1")
                let last = "Number([...document.querySelectorAll('#log li[id]')].at(-1).id.slice(1))"
                for lines in [5_000, 10_000, 15_000] {
                    try await page.wait(for: "\(last) >= \(lines) && \(Self.atEnd)")
                }
                // Lines that come before the browser tells of the scroll do not take the reader back.
                try await page.evaluate(
                    """
                    scrollBy({ top: -3000, behavior: "instant" });
                    const [, from, line] = document.querySelector("#log").dataset.events.match(/from=(\\d+)&line=(\\d+)/);
                    source.dispatchEvent(new MessageEvent("lines", { data: "", lastEventId: `${from}:${line}` }));
                    """
                )
                #expect(try await page.isTrue("!(\(Self.atEnd))"))
                // However late the flood is read, as many lines are still to come.
                try site.leave("\(key)-2")
                let missed = "Number(document.querySelector('.news').textContent.replace(/\\D/g, ''))"
                try await page.wait(for: "\(missed) > 0")
                let here = """
                    (() => {
                      const line = document.elementFromPoint(300, 300).closest("li");
                      return line && line.id + " " + Math.round(line.getBoundingClientRect().top);
                    })()
                    """
                let place = try await page.text(here)
                try await page.wait(for: "\(missed) >= 8000")
                #expect(try await page.text(here) == place, "what is read stays where it is")
                try await site.awaitRun(name, "success")
                try await page.wait(for: "\(missed) >= 30000")
                #expect(try await page.text(here) == place, "also when there is no room for more lines")
                #expect(try await page.number("document.querySelectorAll('#log li').length") <= 20_000)
                let texts = try await page.texts(
                    "[...document.querySelectorAll('#log li[id]')].map((line) => line.textContent.replace(/^\\d+line/, 'line'))"
                )
                let first = try await page.number("Number(document.querySelector('#log li[id]').id.slice(1))")
                #expect(texts == texts.indices.map { "line \(Int(first) + $0)" })
                try await page.click(".news")
                try await page.wait(for: "!!document.querySelector('#L50001') && \(Self.atEnd)")
                #expect(page.record.problems == [])
            }
        }
    }
}
