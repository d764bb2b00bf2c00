import BrowserKit
import Core

/// What is wrong with pages, found by opening each of them once.
struct PageSurvey: Sendable {
    /// Requests elsewhere or too many of them, bytes, elements.
    var weights: [String] = []
    /// Errors in the console, exceptions, breaches of the content security policy.
    var problems: [String] = []
    /// Breaches of the rules of accessibility.
    var rules: [String] = []
    /// What is wider than a screen of 320 pixels, which is 1280 at 400 per cent.
    var wide: [String] = []
    /// What is too small for the pointer that has to hit it.
    var small: [String] = []

    private static let taking = Task.detached(name: "survey of pages") { try await take() }

    /// The survey of this process; the first call takes it.
    static func shared() async throws -> PageSurvey { try await taking.value }

    private static func take() async throws -> PageSurvey {
        let site = try await ExampleSite.shared()
        let page = try await site.page(.phone)
        var survey = PageSurvey()
        for (name, path) in try await site.pages() {
            page.forget()
            try await page.show(on: .phone)
            try await page.open(site.url + path)
            try await survey.weigh(page, name, site)
            survey.small += try await page.texts(smaller(than: 44)).map { "\(name), touched: \($0)" }
            try await page.show(on: Screen(width: 320, height: 640, isTouched: true))
            if try await page.number("document.documentElement.scrollWidth") > 320 {
                survey.wide.append("\(name): \(try await page.texts(wider))")
            }
            for screen in [Screen.phone, .desktop] {
                try await page.show(on: screen)
                for scheme in ["light", "dark"] {
                    try await page.setMedia("prefers-color-scheme", scheme)
                    // Between the schemes nothing differs but colours.
                    let found = try await page.violations(onlyOfColours: scheme == "dark")
                    survey.rules += found.map { "\(name), \(scheme), \(screen.width) px: \($0)" }
                }
            }
            survey.small += try await page.texts(smaller(than: 24)).map { "\(name): \($0)" }
            survey.problems += page.record.problems.map { "\(name): \($0)" }
        }
        try await page.close()
        return survey
    }

    private mutating func weigh(_ page: Page, _ name: String, _ site: ExampleSite) async throws {
        // What keeps a page fresh comes after it.
        let requests = page.record.requests.filter { !["EventSource", "Fetch"].contains($0.type) }
            .filter { !$0.url.hasPrefix("data:") }
        if requests.count > 3 || requests.contains(where: { $0.type == "Font" || !$0.url.hasPrefix(site.url) }) {
            weights.append("\(name): \(requests)")
        }
        let bytes = requests.first { $0.type == "Document" }?.bytes ?? 0
        if bytes == 0 || bytes > 30_000 { weights.append("\(name): \(bytes) bytes") }
        let elements = try await page.countElements()
        if elements > 6_000 { weights.append("\(name): \(elements) elements") }
    }

    private static let wider = """
        [...document.querySelectorAll("body *")].filter((element) => {
          const box = element.getBoundingClientRect();
          return box.right > 321 && box.width && !element.closest(".scroll, .log.nowrap, .hidden, .diff, pre");
        }).slice(0, 3).map((element) => element.outerHTML.slice(0, 120))
        """

    /// Links in sentences are exempt, as WCAG 2.5.8 says, and rows of tables keep their distance.
    private static func smaller(than least: Int) -> String {
        """
        [...document.querySelectorAll("button, .button, select, input:not([type=hidden]), summary, .tabs a, .top nav a")]
          .filter((element) => element.checkVisibility() && !element.closest(".hidden"))
          .filter((element) => {
            const label = element.matches("[type=checkbox], [type=radio]") && element.closest("label");
            const box = (label || element).getBoundingClientRect();
            return box.height < \(least) - 0.5 || (box.width < \(least) - 0.5 && box.width > 0);
          }).map((element) => element.outerHTML.slice(0, 160))
        """
    }
}
