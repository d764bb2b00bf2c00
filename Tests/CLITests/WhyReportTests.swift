import Testing

@testable import rota

struct WhyReportTests {
    @Test func `sentences are broken between words and stand below their mark`() {
        let lines = WhyReport.wrap("one two three four five six seven", indent: "    - ", columns: 28)
        #expect(lines == ["    - one two three four", "      five six seven"])
    }

    @Test func `without a terminal nothing is broken`() {
        #expect(WhyReport.wrap("one two", indent: "  ", columns: nil) == ["  one two"])
    }

    @Test func `a word that is longer than the terminal stands alone`() {
        let word = String(repeating: "x", count: 60)
        #expect(WhyReport.wrap("a \(word) b", indent: "  ", columns: 40) == ["  a", "  \(word)", "  b"])
    }
}
