import Core
import Testing
import YAML

struct DocumentTests {
    @Test func `texts stay what they are`() {
        let document = read("a: 1.10\nb: no\nc: on\nd: 010\ne: 22:22\nf: 0x1F\ng: 2026-01-01\nh: true\ni: 1_000\n")
        #expect(document.complaints == [])
        #expect(
            document.root?.shown
                == "{a: 1.10, b: no, c: on, d: 010, e: 22:22, f: 0x1F, g: 2026-01-01, h: true, i: 1_000}"
        )
    }

    @Test func `styles are told apart`() {
        let document = read("a: x\nb: 'x'\nc: \"x\\ty\"\nd: |\n  one\n  two\ne: >-\n  one\n  two\nf:\ng: ''\n")
        let styles = document.root?.entries?.compactMap { $0.value.scalar?.style }
        #expect(styles == [.plain, .singleQuoted, .doubleQuoted, .literal, .folded, .plain, .singleQuoted])
        #expect(document.root?["c"]?.scalar?.text == "x\ty")
        #expect(document.root?["d"]?.scalar?.text == "one\ntwo\n")
        #expect(document.root?["e"]?.scalar?.text == "one two")
        #expect(document.root?["f"]?.isNothing == true)
        #expect(document.root?["g"]?.isNothing == false)
    }

    @Test func `every key and value has its place, in characters`() {
        let root = read("ä: {b: [1, \"ü\"]}\nc:\n  - d: e\n").root
        #expect(root?["ä"]?.mark == Mark(line: 1, column: 4))
        #expect(root?["ä"]?.entry("b")?.keyMark == Mark(line: 1, column: 5))
        #expect(root?["ä"]?["b"]?.elements?[1].mark == Mark(line: 1, column: 12))
        #expect(root?["c"]?.elements?[0]["d"]?.mark == Mark(line: 3, column: 8))
    }

    @Test func `a place in a text is known where its style allows it`() {
        let root = read("a: äbc\nb: \"äbc\"\nc: |\n  äbc\nd: \"a\\nb\"\n").root
        #expect(root?["a"]?.mark(offset: 3) == Mark(line: 1, column: 6))
        #expect(root?["b"]?.mark(offset: 3) == Mark(line: 2, column: 7))
        #expect(root?["c"]?.mark(offset: 3) == Mark(line: 3, column: 4))
        #expect(root?["d"]?.mark(offset: 2) == Mark(line: 5, column: 4))
    }

    @Test func `an alias repeats a value, with the anchor's place`() {
        let root = read("a: &x {b: 1}\nc: *x\nd: [*x, *x]\n").root
        #expect(root?.shown == "{a: {b: 1}, c: {b: 1}, d: [{b: 1}, {b: 1}]}")
        #expect(root?["c"]?["b"]?.mark.line == 1)
    }

    @Test(arguments: ["", "\n\n", "# only a comment\n", "---\n", "--- # x\n...\n"])
    func `an empty file has no root`(text: String) {
        let document = read(text)
        #expect(document.root == nil)
        #expect(document.complaints == [])
    }

    @Test func `lines may end in CR LF`() {
        let document = read("a: |\r\n  x\r\n  y\r\nb: 1\r\n")
        #expect(document.root?["a"]?.scalar?.text == "x\ny\n")
        #expect(document.root?["b"]?.mark == Mark(line: 4, column: 4))
        #expect(document.source.line(4) == "b: 1")
    }

    @Test func `all repeated keys are found, and the rest is still read`() {
        let document = read("a: 1\nb: {c: 1, c: 2}\na: 3\n")
        #expect(
            document.complaints == [
                "2:11 the key 'c' is repeated; it is already in line 2",
                "3:1 the key 'a' is repeated; it is already in line 1",
            ]
        )
        #expect(document.root?.shown == "{a: 1, b: {c: 1}}")
    }
}
