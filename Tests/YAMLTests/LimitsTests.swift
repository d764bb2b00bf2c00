import Core
import Testing
import YAML

struct LimitsTests {
    @Test func `a file above the limit is not looked into`() {
        let document = Document(parsing: Array(repeating: UInt8(ascii: "["), count: 100 << 20))
        #expect(document.complaints == ["1:1 the file has 104857600 bytes; at most 1048576 are allowed"])
    }

    @Test(arguments: ["[", "{a: ", "- ", "? "])
    func `nesting has an end`(opening: String) {
        let document = read(String(repeating: opening, count: 5_000))
        #expect(document.complaints.count == 1)
        let complaint = document.complaints.first ?? ""
        #expect(
            complaint.contains("nested more than 32 levels deep") || complaint.contains("a key must be a plain text"),
            "\(complaint)"
        )
    }

    @Test func `nesting up to the limit is read`() {
        let text = String(repeating: "[", count: 32) + String(repeating: "]", count: 32)
        #expect(read(text).complaints == [])
        #expect(read("[" + text + "]").complaints == ["1:33 the file is nested more than 32 levels deep"])
    }

    @Test func `a billion laughs are not counted out`() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(aliases)]\n"
        }
        #expect(read(text).complaints.first?.contains("aliases repeat more than 10000 values") == true)
    }

    @Test func `aliases are counted`() {
        let aliases = Array(repeating: "*x", count: 101).joined(separator: ", ")
        #expect(read("a: &x 1\nb: [\(aliases)]").complaints.first?.contains("more than 100 aliases") == true)
        #expect(read("a: &x 1\nb: [\(aliases.dropLast(4))]").complaints == [])
    }

    @Test(arguments: [
        ("", "a", ""), ("", "#", ""), ("", "\n", ""), ("a: ", "x ", ""), ("a: \"", "\\x", ""), ("", "[],", ""),
        ("a: [", "{},", ""), ("", "a:\n", ""), ("a: |\n", " \n", ""), ("", "'", ""), ("", "- - - ", ""),
        ("", "&a ", ""),
        ("", "? ", ""), ("", "%", ""), ("? |\n", "  x\n", ""), ("", "{{", ""), ("", "---\n", ""),
        ("", "\"\\u263A\" ", ""),
        ("a: [", "x,", "]"), ("a:\n", "  b: {c: 1}\n", ""),
    ])
    func `much of anything ends`(start: String, piece: String, end: String) {
        _ = read(start + String(repeating: piece, count: 250_000 / piece.utf8.count) + end)
    }

    @Test func `random bytes are read or refused`() {
        var state: UInt64 = 42
        let alphabet = Array("ab:- \n\t[]{}\"'|>&*!#%@`,?<~\\0é".utf8)
        for _ in 0..<3_000 {
            var bytes: [UInt8] = []
            for _ in 0..<40 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes.append(alphabet[Int(state >> 33) % alphabet.count])
            }
            let document = Document(parsing: bytes)
            for problem in document.problems { #expect(problem.mark.line >= 1 && problem.mark.column >= 1) }
        }
    }
}
