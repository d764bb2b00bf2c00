import BrowserKit
import Core
import Synchronization
import Testing

extension BrowserTests {
    /// The log of an attempt, as people read it.
    struct LogViewerTests {
        private static let run = Task.detached {
            let site = try await ExampleSite.shared()
            let name = try await site.trigger("prints")
            try await site.awaitRun(name, "failed")
            return ExampleSite.path(of: name)
        }

        private func task(_ name: String) async throws -> String { "\(try await Self.run.value)/tasks/\(name)" }

        @Test func `what a task prints is shown and does nothing`() async throws {
            let site = try await ExampleSite.shared()
            try await site.withPage(.desktop, try await task("hostile")) { page in
                let text = try await page.text("document.querySelector('#log').textContent")
                #expect(text.contains("<script>window.hacked=1</script> \"><img src=x onerror=window.hacked=2>"))
                #expect(text.contains("U+202E") && text.contains("\\xFF") && text.contains("clear  over"), "\(text)")
                let links = try await page.texts(
                    "[...document.querySelectorAll('#log a[rel]')].map((link) => link.href)"
                )
                #expect(links == ["https://e.example/"])
                #expect(
                    try await page.isTrue(
                        "window.hacked === undefined && !document.querySelector('#log script, #log img')"
                    )
                )
                #expect(page.record.dialogs.isEmpty && page.record.problems.isEmpty, "\(page.record.problems)")
            }
        }

        @Test func `every colour can be read in both themes`() async throws {
            let site = try await ExampleSite.shared()
            let contrasts = """
                (() => {
                  const light = (text) => {
                    const [r, g, b] = text.match(/[\\d.]+/g).map((part) => {
                      const value = part / 255;
                      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
                    });
                    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
                  };
                  const ground = (element) => {
                    for (let at = element; at; at = at.parentElement) {
                      const colour = getComputedStyle(at).backgroundColor;
                      if (!/^rgba.*, 0\\)$/.test(colour)) return colour;
                    }
                    return "rgb(255, 255, 255)";
                  };
                  return Math.min(...[...document.querySelectorAll("#log li span")].map((span) => {
                    const [one, two] = [light(getComputedStyle(span).color), light(ground(span))];
                    return (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
                  }));
                })()
                """
            try await site.withPage(.desktop, try await task("colours") + "?from=1") { page in
                for theme in ["light", "dark"] {
                    try await page.setMedia("prefers-color-scheme", theme)
                    #expect(try await page.number("document.querySelectorAll('#log li span').length") > 500)
                    #expect(try await page.number(contrasts) >= 4.5, "\(theme)")
                }
            }
        }

        @Test func `a line that was written over ten thousand times is one line`() async throws {
            let site = try await ExampleSite.shared()
            try await site.withPage(.desktop, try await task("progress")) { page in
                let line = "document.querySelector('#log li')"
                let count = try await page.number("document.querySelectorAll('#log li').length")
                #expect(count == 1)
                #expect(try await page.text("\(line).textContent") == "10000 of 10000+9,999 updates")
                #expect(try await page.number("\(line).childNodes.length") <= 3)
            }
        }

        @Test func `a link to a line within a fold opens the fold`() async throws {
            let site = try await ExampleSite.shared()
            let path = try await task("groups")
            try await site.withPage(.desktop, path) { page in
                #expect(try await page.isTrue("document.querySelector('#log details').open === false"))
                try await page.press("z")
                #expect(try await page.isTrue("document.querySelector('#log details').open"))
            }
            try await site.withPage(.desktop, "\(path)?at=10#L10") { page in
                #expect(try await page.isTrue("document.querySelector('#log details').open"))
                let top = try await page.number("document.querySelector('#L10').getBoundingClientRect().top")
                #expect(top >= 0 && top < 800, "\(top)")
            }
            try await site.withPage { page in
                try await page.allowScripts(false)
                try await page.open(site.url + path + "?at=10#L10")
                let document = try await page.send("DOM.getDocument", ["depth": -1])
                #expect("\(document)".contains("fetched 8"))
            }
        }

        @Test func `a line's address shows it marked, also after a reload`() async throws {
            let site = try await ExampleSite.shared()
            try await site.withPage(.desktop, try await task("long") + "?at=12345#L12345") { page in
                for _ in 0..<2 {
                    #expect(
                        try await page.text("document.querySelector('#log li.at').textContent").hasSuffix("line 12345")
                    )
                    try await page.reload()
                }
                try await page.click("#L12347")
                #expect(try await page.address().hasSuffix("?at=12345"), "a press on text marks nothing")
            }
        }

        @Test func `a search counts all lines, and a hit leads to its line, without scripts too`() async throws {
            let site = try await ExampleSite.shared()
            let path = try await task("long")
            for isAllowed in [true, false] {
                try await site.withPage { page in
                    try await page.allowScripts(isAllowed)
                    try await page.open(site.url + path + "?q=line+1999")
                    let words = "document.querySelector('#found summary').textContent"
                    if isAllowed { #expect(try await page.text(words) == "11 lines match") }
                    try await page.follow { try await page.click("#found .hits a[href*='at=19995']") }
                    #expect(try await page.address().contains("at=19995"))
                    if isAllowed {
                        #expect(
                            try await page.text("document.querySelector('#log li.at').textContent").hasSuffix(
                                "line 19995"
                            )
                        )
                        try await page.press("n")
                        #expect(try await page.address().contains("at=19996"))
                    }
                }
            }
        }

        @Test func `e walks from error to error, across windows`() async throws {
            let site = try await ExampleSite.shared()
            try await site.withPage(.desktop, try await task("long")) { page in
                let marked = "document.querySelector('#log li.at, #log li.cause')?.id"
                #expect(try await page.text(marked) == "L15000")
                try await page.follow { try await page.press("E", shift: true) }
                #expect(try await page.text(marked) == "L5000")
                try await page.follow { try await page.press("E", shift: true) }
                #expect(try await page.text(marked) == "L100")
                try await page.follow { try await page.press("e") }
                #expect(try await page.text(marked) == "L5000")
            }
        }

        @Test func `more lines come in place`() async throws {
            let site = try await ExampleSite.shared()
            try await site.withPage(.desktop, try await task("long") + "?from=400") { page in
                try await page.click("#later")
                try await page.wait(for: "document.querySelectorAll('#log li').length === 1400")
                try await page.click("#earlier")
                try await page.wait(for: "document.querySelectorAll('#log li').length === 1799")
                #expect(
                    try await page.text("document.querySelector('#extent').textContent") == "Lines 1–1,799 of 20,000"
                )
            }
        }

        @Test func `what is selected over several screens is copied as it was printed`() async throws {
            let site = try await ExampleSite.shared()
            let path = try await task("long")
            try await site.withPage(.desktop, path + "?from=400&time=clock") { page in
                try await page.allowClipboard(of: site.url)
                // The beginning of line 451, two screens later the end of line 750.
                try await page.click("#L451", at: .start)
                for _ in 0..<2 { try await page.evaluate("scrollBy({ top: 700, behavior: 'instant' })") }
                try await page.click("#L750", at: .end, shift: true)
                let selected = try await page.text("getSelection().toString()").split(separator: "\n")
                #expect(selected.count == 300, "\(selected.prefix(2)) to \(selected.suffix(2))")
                try await page.copy()
                let copied = try await page.text("navigator.clipboard.readText()")
                let raw = try await page.text(
                    "fetch('\(path)/log.raw').then((answer) => answer.text()).then((text) => text.split('\\n').slice(450, 750).join('\\n'))"
                )
                #expect(copied == raw && raw.hasPrefix("line 451\n"), "\(copied.prefix(80))")
            }
        }

        @Test func `the log breaks no rule of accessibility in any of its states, light and dark, wide and narrow`()
            async throws
        {
            let site = try await ExampleSite.shared()
            let (long, groups) = (try await task("long"), try await task("groups"))
            let paths = [
                groups, "\(groups)?at=10&time=start#L10", "\(long)?q=line+1999&ctx=1", "\(long)?level=error",
                "\(long)?q=(&re=1", try await task("hostile"),
            ]
            for screen in [Screen.desktop, .phone] {
                for path in paths {
                    try await site.withPage(screen, path) { page in
                        for theme in ["light", "dark"] {
                            try await page.setMedia("prefers-color-scheme", theme)
                            let violations = try await page.violations()
                            #expect(violations.isEmpty, "\(path) \(theme): \(violations)")
                        }
                        let width = try await page.number("document.documentElement.scrollWidth - innerWidth")
                        #expect(width <= 0, "\(path) scrolls sideways")
                    }
                }
            }
        }
    }
}
