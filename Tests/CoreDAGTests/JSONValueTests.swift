import Core
import Testing

struct JSONValueTests {
    @Test(arguments: [
        (
            "{\"b\": [1, -2.50e+3, true, null], \"a\": \"x\\n\\u00e9\\\"\"}",
            "{\"b\":[1,-2.50e+3,true,null],\"a\":\"x\\né\\\"\"}"
        ),
        (" [ ] ", "[]"), ("\"\\u0001\"", "\"\\u0001\""), ("12345678901234567890.1", "12345678901234567890.1"),
    ])
    func `a document is read and written without loss`(text: String, expected: String) {
        #expect(JSONValue(parsing: text)?.description == expected)
    }

    @Test func `nesting has an end`() {
        #expect(JSONValue(parsing: String(repeating: "[", count: 64) + String(repeating: "]", count: 64)) != nil)
        #expect(JSONValue(parsing: String(repeating: "[", count: 65) + String(repeating: "]", count: 65)) == nil)
        #expect(JSONValue(parsing: String(repeating: "[", count: 1_000_000)) == nil)
    }

    @Test func `a member is found by its name`() {
        let value = JSONValue(parsing: "{\"a\": 1, \"b\": 2, \"a\": 3}")
        #expect(value?["a"] == .number("3"))
        #expect(value?["c"] == nil)
    }
}
