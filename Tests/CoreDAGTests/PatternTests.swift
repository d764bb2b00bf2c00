import Core
import Testing

struct PatternTests {
    @Test(arguments: [
        ("abc", ["abc"], ["ab", "abcd", "xabc"]),
        ("", [""], ["a"]),
        ("a|bc|", ["a", "bc", ""], ["abc", "b"]),
        ("[a-z]{2,4}", ["ab", "abcd"], ["a", "abcde", "AB"]),
        ("^v\\d+\\.\\d+$", ["v1.10"], ["v1", "v1x10", "1.1"]),
        ("(?:ab)+c?", ["ab", "ababc"], ["c", "aba"]),
        ("[^/\\s]*", ["", "a-b.c"], ["a/b", "a b"]),
        ("[]a-]+", ["]a-"], ["b"]),
        (".+@.+", ["a@b"], ["@b", "a@"]),
        ("x{3}", ["xxx"], ["xx", "xxxx"]),
        ("x{2,}", ["xx", "xxxxx"], ["x"]),
        ("(a*)*b", ["b", "aab"], ["a"]),
        ("(|a)+", ["", "aaa"], ["b"]),
        ("ü+", ["üü"], ["u"]),
        ("[\\d_]+\\w\\W", ["12_a-"], ["1"]),
        ("a{0}b", ["b"], ["ab"]),
    ])
    func `a pattern matches the whole text`(source: String, good: [String], bad: [String]) throws {
        let pattern = try Pattern(source)
        for text in good { #expect(pattern.matchesWhole(text), "\(text)") }
        for text in bad { #expect(!pattern.matchesWhole(text), "\(text)") }
    }

    @Test(arguments: [
        ("a(b", 1, "this '(' is never closed"), ("a)b", 1, "there is no '(' for this ')'"),
        ("[a", 0, "this '[' is never closed"), ("*a", 0, "'*' has nothing before it to repeat"),
        ("a**", 2, "a repetition cannot be repeated"), ("a{2", 1, "expected {n}, {n,} or {n,m}"),
        ("a{3,2}", 1, "expected {n}, {n,} or {n,m}"),
        ("(?=a)", 0, "of groups that begin with '(?' only '(?:' is known"),
        ("\\p{L}", 0, "'\\p' is not known"), ("a\\", 1, "there is nothing after the last '\\'"),
        ("((a{1000}){1000}){1000}", 0, "the pattern is too large"), ("[z-a]", 4, "this range in [ ] runs backwards"),
    ])
    func `a mistake is found with its place`(source: String, offset: Int, message: String) {
        let error = #expect(throws: PatternError.self) { try Pattern(source) }
        #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
        #expect(error?.offset == offset)
    }

    @Test func `patterns that explode elsewhere take linear time`() throws {
        let text = String(repeating: "a", count: 50_000) + "!"
        for source in ["(a+)+b", "(a|aa)+b", "(a*)*b", "(.*)(.*)(.*)b"] {
            #expect(try !Pattern(source).matchesWhole(text))
        }
    }

    @Test func `nesting has an end`() {
        #expect(throws: PatternError.self) { try Pattern(String(repeating: "(", count: 100_000)) }
    }
}
