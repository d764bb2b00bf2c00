import Core
import Synchronization
import TestKit

extension Page {
    private static let rules = Mutex<String?>(nil)
    private static let all = #"["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]"#
    private static let colours = #"{ type: "rule", values: ["color-contrast", "link-in-text-block"] }"#
    private static let place = ".build/axe/axe.min.js"

    /// What breaks a rule of WCAG 2.2 AA or of good practice, by axe-core, as the page is now.
    package func violations(onlyOfColours: Bool = false) async throws -> [String] {
        if try await !isTrue("typeof window.axe === 'object'") { try await evaluate(Self.script() + "\n;true") }
        return try await texts(
            """
            axe.run(document, {
              resultTypes: ["violations"],
              runOnly: \(onlyOfColours ? Self.colours : Self.all)
            }).then((result) => result.violations.flatMap((rule) => rule.nodes.slice(0, 3).map(
              (node) => `${rule.id}: ${node.html.slice(0, 200)} — ${node.failureSummary.replace(/\\s+/g, " ").slice(0, 300)}`
            )))
            """
        )
    }

    private static func script() throws -> String {
        try rules.withLock { known in
            if let known { return known }
            guard let text = SourceTree.text(place) else { throw BrowserError.noRules(path: place) }
            known = text
            return text
        }
    }
}
