import Core
import Testing

struct SpellingTests {
    @Test(arguments: [
        ("extrct", "extract"), ("exrtact", "extract"), ("EXTRACT", "extract"), ("laod", "load"),
        ("clean-up", "clean_up"), ("cle", "clean_up"),
        ("something", nil), ("", nil),
    ])
    func `the nearest word is found, and none that is far`(word: String, expected: String?) {
        #expect(Spelling.nearest(to: word, among: ["extract", "load", "clean_up"]) == expected)
    }

    @Test func `text for messages is cut and has no control characters`() {
        #expect("a\nb\u{1B}[31m\u{202E}".shortened == "a\\nb\\u{1B}[31m\\u{202E}")
        #expect(String(repeating: "x", count: 100).shortened.count == 81)
    }
}
