import BrowserKit
import Core
import Testing

extension BrowserTests {
    /// What holds for each page.
    struct EveryPageTests {
        @Test func `no page asks for more than its style and script, or elsewhere, or breaks the policy`() async throws
        {
            let site = try await ExampleSite.shared()
            let page = try await site.page()
            var faults: [String] = []
            for (name, path) in try await site.pages() {
                page.forget()
                try await page.open(site.url + path)
                // What keeps a page fresh comes after it.
                let requests = page.record.requests.filter { !["EventSource", "Fetch"].contains($0.type) }
                    .filter { !$0.url.hasPrefix("data:") }
                let bytes = requests.first { $0.type == "Document" }?.bytes ?? 0
                let elements = try await page.countElements()
                if requests.count > 3 || requests.contains(where: { $0.type == "Font" || !$0.url.hasPrefix(site.url) })
                {
                    faults.append("\(name): \(requests)")
                }
                if bytes == 0 || bytes > 30_000 { faults.append("\(name): \(bytes) bytes") }
                if elements > 6_000 { faults.append("\(name): \(elements) elements") }
                faults += page.record.problems.map { "\(name): \($0)" }
            }
            try await page.close()
            #expect(faults == [])
        }

        @Test func `style and script weigh at most 8 and 10 kB on the wire`() async throws {
            let site = try await ExampleSite.shared()
            try await site.withPage(.desktop, "/") { page in
                func bytes(_ type: String) -> Int { page.record.requests.first { $0.type == type }?.bytes ?? .max }
                // With their heads, which are not kept small for the test's sake.
                #expect(bytes("Stylesheet") <= 8_700 && bytes("Script") <= 10_700, "\(page.record.requests)")
            }
        }

        @Test(arguments: ["", "a", "b"])
        func `no page breaks a rule of accessibility, in light and dark, on a phone and on a desk`(
            part: String
        ) async throws {
            let site = try await ExampleSite.shared()
            let page = try await site.page()
            var faults: [String] = []
            for (index, (name, path)) in try await site.pages().enumerated() where ["", "a", "b"][index % 3] == part {
                try await page.open(site.url + path)
                for scheme in ["light", "dark"] {
                    try await page.setMedia("prefers-color-scheme", scheme)
                    for screen in [Screen.phone, .desktop] {
                        try await page.show(on: screen)
                        let violations = try await page.violations()
                        faults += violations.map { "\(name), \(scheme), \(screen.width) px: \($0)" }
                    }
                }
            }
            try await page.close()
            #expect(faults == [])
        }

        @Test func `no page scrolls sideways at 320 pixels, which is 400 per cent of 1280`() async throws {
            let site = try await ExampleSite.shared()
            let page = try await site.page(Screen(width: 320, height: 640, isTouched: true))
            var faults: [String] = []
            for (name, path) in try await site.pages() {
                try await page.open(site.url + path)
                let width = try await page.number("document.documentElement.scrollWidth")
                let wide = try await page.texts(
                    """
                    [...document.querySelectorAll("body *")].filter((element) => {
                      const box = element.getBoundingClientRect();
                      return box.right > 321 && box.width && !element.closest(".scroll, .log.nowrap, .hidden, .diff, pre");
                    }).slice(0, 3).map((element) => element.outerHTML.slice(0, 120))
                    """
                )
                if width > 320 { faults.append("\(name): \(wide)") }
            }
            try await page.close()
            #expect(faults == [])
        }

        @Test(arguments: [false, true])
        func `what can be pressed is large enough for its pointer`(isTouched: Bool) async throws {
            let site = try await ExampleSite.shared()
            let page = try await site.page(isTouched ? .phone : .desktop)
            var faults: [String] = []
            // Links in sentences are exempt, as WCAG 2.5.8 says; so is what keeps its distance from others.
            let script = """
                [...document.querySelectorAll("button, .button, select, input:not([type=hidden]), summary, .tabs a, .top nav a")]
                  .filter((element) => element.checkVisibility() && !element.closest(".hidden"))
                  .filter((element) => {
                    const label = element.matches("[type=checkbox], [type=radio]") && element.closest("label");
                    const box = (label || element).getBoundingClientRect();
                    const least = \(isTouched ? 44 : 24);
                    return box.height < least - 0.5 || (box.width < least - 0.5 && box.width > 0);
                  }).map((element) => element.outerHTML.slice(0, 160))
                """
            for (name, path) in try await site.pages() {
                try await page.open(site.url + path)
                let small = try await page.texts(script)
                faults += small.map { "\(name): \($0)" }
            }
            try await page.close()
            #expect(faults == [])
        }
    }
}
