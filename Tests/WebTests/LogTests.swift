import Core
import Testing

@testable import Web

struct LogTests {
    private func render(_ text: String) -> String { render(Array(text.utf8)) }

    private func render(_ bytes: [UInt8]) -> String {
        var html = HTMLText()
        var terminal = TerminalText()
        terminal.render(bytes, into: &html)
        return html.string
    }

    @Test(arguments: [
        ("plain", "plain"),
        ("\u{1B}[31mred\u{1B}[0m", "<span class=\"f1\">red</span>"),
        ("\u{1B}[1;4mx\u{1B}[22my", "<span class=\"bo un\">x</span><span class=\"un\">y</span>"),
        ("\u{1B}[38;5;196mx", "<span class=\"f9\">x</span>"),
        ("\u{1B}[38;2;0;200;0mx", "<span class=\"f2\">x</span>"),
        ("\u{1B}[38:2::0:200:0mx", "<span class=\"f2\">x</span>"),
        ("\u{1B}[48;5;4mx\u{1B}[49my", "<span class=\"b4\">x</span>y"),
        ("\u{1B}[97;100mx", "<span class=\"f15 b8\">x</span>"),
        ("\u{1B}[38;5mx", "x"),
        ("\u{1B}[38;2;1mx", "x"),
        ("\u{1B}[999999999999999999999mx", "x"),
        ("\u{1B}[?25lx\u{1B}[2J\u{1B}[1;1Hy", "xy"),
        ("a\u{1B}]0;title\u{7}b", "ab"),
        ("a\u{1B}]52;c;ZXZpbA==\u{1B}\\b", "ab"),
        ("a\u{1B}Pq#0;2\u{1B}\\b", "ab"),
        ("a\u{1B}_app\u{1B}\\b\u{1B}^pm\u{1B}\\c", "abc"),
        ("a\u{1B}(Bb\u{1B}=c", "abc"),
        ("unended \u{1B}[31", "unended "),
        ("unended \u{1B}]8;;http://x", "unended "),
        ("\u{9B}31mx", "<span class=\"f1\">x</span>"),
        ("\u{85}x", "x"),
        ("<script>alert(1)</script>&\"'", "&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;&#39;"),
        (
            "\u{1B}]8;;https://e.org/?a=1&b\u{1B}\\link\u{1B}]8;;\u{1B}\\.",
            "<a rel=\"noopener noreferrer nofollow\" href=\"https://e.org/?a=1&amp;b\">link</a>."
        ),
        ("\u{1B}]8;;javascript:alert(1)\u{7}x\u{1B}]8;;\u{7}", "x"),
        (
            "\u{1B}]8;;https://e.org/\"onmouseover=x\u{7}x\u{1B}]8;;\u{7}",
            "<a rel=\"noopener noreferrer nofollow\" href=\"https://e.org/&quot;onmouseover=x\">x</a>"
        ),
        ("a\u{202E}b", "a<span class=\"ctl\">U+202E</span>b"),
        ("a\u{200B}b", "a<span class=\"ctl\">U+200B</span>b"),
        ("a\0b", "a<span class=\"ctl\">\u{2400}</span>b"),
        ("a\u{8}b\u{7F}", "a<span class=\"ctl\">\u{2408}</span>b<span class=\"ctl\">\u{2421}</span>"),
        ("tab\tx", "tab\tx"),
        ("<\u{301}script>", "&lt;\u{301}script&gt;"),
    ])
    func `what a task prints is shown and does nothing`(text: String, html: String) {
        #expect(render(text) == html)
    }

    @Test func `bytes that are not UTF-8 are shown as such`() {
        #expect(render([0x61, 0xFF, 0x62]) == "a<span class=\"ctl\">\\xFF</span>b")
        #expect(render([0xC3]) == "<span class=\"ctl\">\\xC3</span>")
        #expect(render([0xED, 0xA0, 0x80]).contains("\\xED"))
        #expect(render([0xC0, 0xBC]) == "<span class=\"ctl\">\\xC0</span><span class=\"ctl\">\\xBC</span>")
    }

    @Test func `a style goes on in the next line, and each line is closed`() {
        var html = HTMLText()
        var terminal = TerminalText()
        terminal.render(Array("\u{1B}[31mone".utf8), into: &html)
        html.markup("|")
        terminal.render(Array("two\u{1B}[0m".utf8), into: &html)
        #expect(html.string == "<span class=\"f1\">one</span>|<span class=\"f1\">two</span>")
    }

    @Test func `random bytes never break out of their line`() {
        var generator = SplitMix64(seed: 7)
        let alphabet: [UInt8] =
            Array("<>&\"'/abm;[]:0123\\".utf8) + [0x1B, 0x9B, 0xC2, 0x07, 0xE2, 0x80, 0xAE, 0xFF, 0x0D]
        for _ in 0..<2000 {
            let bytes = (0..<40).map { _ in alphabet[Int(generator.next() % UInt64(alphabet.count))] }
            let html = render(bytes)
            let bare = html.replacing(
                /<span class="[a-z0-9 ]*">|<\/span>|<\/a>|<a rel="[a-z ]*" href="https?:\/\/[^"<>]*">/,
                with: ""
            )
            #expect(!bare.contains("<") && !bare.contains(">") && !bare.contains("\""), "\(bytes)")
            #expect(
                html.split(separator: "<span").count - 1 <= html.split(
                    separator: "</span>",
                    omittingEmptySubsequences: false
                ).count - 1
            )
        }
    }

    @Test func `lines are cut at their ends, whatever the pieces`() {
        let text = Array("one\ntwo\r\n\nlast".utf8)
        for size in 1...text.count {
            var assembler = LineAssembler(number: 1, place: 0)
            var rest = text[...]
            while !rest.isEmpty {
                assembler.feed(rest.prefix(size))
                rest = rest.dropFirst(size)
            }
            #expect(assembler.lines.map { String(decoding: $0.bytes, as: UTF8.self) } == ["one", "two", ""])
            #expect(assembler.lines.map(\.updates) == [0, 0, 0])
            #expect(assembler.rest?.bytes == Array("last".utf8))
            #expect(assembler.rest?.number == 4)
            #expect(assembler.lineStart == 10)
        }
    }

    @Test func `a line that is written over keeps its last state`() {
        var assembler = LineAssembler(number: 1, place: 0)
        for update in 1...10_000 { assembler.feed("\(update) of 10000\r".utf8) }
        assembler.feed("\n".utf8)
        let line = assembler.lines.first
        #expect(line.map { String(decoding: $0.bytes, as: UTF8.self) } == "10000 of 10000")
        #expect(line?.updates == 9_999)
    }

    @Test func `a long line is cut and its rest counted`() {
        var assembler = LineAssembler(number: 1, place: 0)
        assembler.feed(repeatElement(UInt8(ascii: "x"), count: 20_000))
        assembler.skip(1_000_000)
        assembler.feed("\n".utf8)
        #expect(assembler.lines.first?.bytes.count == LineAssembler.longest)
        #expect(assembler.lines.first?.hidden == 20_000 - LineAssembler.longest + 1_000_000)
    }

    @Test func `plain text has no escape sequences, wherever it is cut`() {
        let text = Array("a\u{1B}[31mred\u{1B}[0m\u{1B}]0;title\u{7}b\u{1B}(Bc\n\u{8}d\u{1B}Px\u{1B}\\e".utf8)
        for cut in 0...text.count {
            var plain = PlainText()
            let result = plain.strip(Array(text[..<cut])) + plain.strip(Array(text[cut...]))
            #expect(String(decoding: result, as: UTF8.self) == "aredbc\nde")
        }
    }
}
