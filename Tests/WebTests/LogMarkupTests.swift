import Core
import Store
import Testing

@testable import Web

/// What random output becomes on a page.
struct LogMarkupTests {
    private static let words: [[UInt8]] =
        [
            "\u{1B}[31m", "\u{1B}[0m", "\u{1B}[38;5;", "\u{1B}[48;2;1;2;3m", "\u{1B}]8;;https://e.org/", "\u{1B}\\",
            "\u{7}",
            "\u{1B}]8;;javascript:x", "\u{1B}P", "\u{9B}", "\u{9D}", "::group::<b>", "::endgroup::", "--- <i>",
            "+++ \"x\"",
            "ERROR <script>", "::error::'\">", "<script>", "</ol>", "</details>", "&lt;", "\" onclick=x ", "\r", "\n",
            "\n",
            "\u{202E}", "\u{200B}", "é", "漢", "\u{301}",
        ].map { Array($0.utf8) } + [[0xFF], [0xC3], [0xE2, 0x80], [0], [0x1B]]

    private func noise(_ seed: UInt64) -> [UInt8] {
        var generator = SplitMix64(seed: seed)
        var bytes: [UInt8] = []
        for _ in 0..<400 {
            if generator.next() % 3 == 0 {
                bytes.append(UInt8(truncatingIfNeeded: generator.next()))
            } else {
                bytes += Self.words[Int(generator.next() % UInt64(Self.words.count))]
            }
        }
        return bytes
    }

    private func page(_ bytes: [UInt8], piece: Int) -> (html: String, outline: LogOutline) {
        var scanner = LineScanner()
        var assembler = LineAssembler(number: 1, place: 0)
        var marks: [LogMark] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            _ = scanner.scan(Array(rest.prefix(piece)))
            marks += scanner.takeMarks()
            assembler.feed(rest.prefix(piece))
            rest = rest.dropFirst(piece)
        }
        let instant = Timestamp(seconds: 1_000)
        var markup = LogMarkup(causeLine: 3, markedLine: 5, textPath: "/log.txt")
        markup.outline = LogOutline(marks.map { PlacedMark(mark: $0, arrivedAt: instant) })
        var lines = assembler.take()
        if let last = assembler.rest { lines.append(last) }
        return (markup.blocks(lines), markup.outline)
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `nothing but our own tags gets onto the page, each closed in its place`(seed: UInt64) {
        let bytes = noise(seed)
        let (html, outline) = page(bytes, piece: bytes.count)
        check(html)
        let request = LogRequest(FormFields("q=%22%3E%3Cscript%3E&re=1"))
        check(LogErrorMarkup(request: request, path: "/x").list(outline.errors, from: 1, of: 1_000))
        let hits = bytes.split(separator: 10).enumerated().map { LogHit(number: $0 + 1, text: Array($1)) }
        check("<ol>" + LogHitMarkup(request: request, path: "/x").list(hits) + "</ol>")
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func `where the pieces are cut makes no difference`(seed: UInt64) {
        let bytes = noise(seed)
        let whole = page(bytes, piece: bytes.count).html
        for piece in [1, 2, 5, 13] {
            #expect(page(bytes, piece: piece).html == whole, "seed \(seed), pieces of \(piece)")
        }
    }

    private func check(_ html: String) {
        let known =
            /<(ol|small|i|mark|summary|span|span class="[a-z0-9 ]+"|details|details open|p class="gap"|li class="gap"|li|li id="L[0-9]+"( value="[0-9]+")?( class="[a-z ]+")?( data-[tr]="[0-9:+]+")*|a( class="rest"| rel="noopener noreferrer nofollow")? href="[^"<>]*")>/
        var open: [String] = []
        // A tag's end with a mark that combines with it is one character, and not `>`.
        let plain = String(String.UnicodeScalarView(html.unicodeScalars.map { $0.isASCII ? $0 : "?" }))
        var rest = plain[...]
        while let start = rest.firstIndex(of: "<") {
            #expect(!rest[..<start].unicodeScalars.contains { $0.value < 0x20 && $0 != "\t" || $0.value == 0x7F })
            let tail = rest[start...]
            guard let end = tail.firstIndex(of: ">") else {
                Issue.record("an open tag in \(html)")
                return
            }
            let tag = String(tail[...end])
            if tag.hasPrefix("</") {
                #expect(open.popLast() == String(tag.dropFirst(2).dropLast()), "\(tag)")
            } else if tag.wholeMatch(of: known) != nil {
                open.append(String(tag.dropFirst().prefix { $0 != " " && $0 != ">" }))
            } else {
                Issue.record("a tag that is not ours: \(tag)")
            }
            rest = tail[tail.index(after: end)...]
        }
        #expect(open.isEmpty)
    }

    // MARK: - Colours

    @Test func `each of the sixteen colours can be read on the ground, and the ground on each, in both themes`() throws
    {
        let css = String(decoding: try #require(Asset.all["ui.css"]).bytes, as: UTF8.self)
        let themes = css.split(separator: ":root{", omittingEmptySubsequences: false).dropFirst().prefix(2)
        #expect(themes.count == 2)
        for theme in themes {
            var colours: [String: [Double]] = [:]
            for rule in theme.prefix(while: { $0 != "}" }).split(separator: ";") {
                let parts = rule.split(separator: ":")
                guard parts.count == 2, let name = parts.first, name.hasPrefix("\n--") || name.hasPrefix("--") else {
                    continue
                }
                colours[name.filter { $0 != "\n" && $0 != "-" }] = Self.colour(parts[1])
            }
            let ground = try #require(colours["bg"])
            for number in 0..<16 {
                let colour = try #require(colours["c\(number)"])
                #expect(Self.contrast(colour, ground) >= 4.5, "colour \(number)")
            }
            for name in ["fg", "fg2", "fg3"] {
                #expect(Self.contrast(try #require(colours[name]), ground) >= 4.5, "\(name)")
            }
        }
    }

    /// The linear red, green and blue of `#rgb` and `#rrggbb`.
    private static func colour(_ text: Substring) -> [Double]? {
        let digits = text.drop { $0 != "#" }.dropFirst().compactMap { $0.hexDigitValue }
        guard digits.count == 3 || digits.count == 6 else { return nil }
        let parts = digits.count == 3 ? digits.map { $0 * 17 } : [0, 2, 4].map { digits[$0] * 16 + digits[$0 + 1] }
        return parts.map { part in
            let value = Double(part) / 255
            return value <= 0.04045 ? value / 12.92 : power((value + 0.055) / 1.055)
        }
    }

    /// The power of 2.4 for numbers from 0 to 1, by halving an interval.
    private static func power(_ value: Double) -> Double {
        // y = x^(12/5): y^5 = x^12.
        var (low, high) = (0.0, 1.0)
        var wanted = 1.0
        for _ in 0..<12 { wanted *= value }
        for _ in 0..<60 {
            let middle = (low + high) / 2
            let fifth = middle * middle * middle * middle * middle
            if fifth < wanted { low = middle } else { high = middle }
        }
        return low
    }

    private static func contrast(_ one: [Double], _ other: [Double]) -> Double {
        let light = [one, other].map { 0.2126 * $0[0] + 0.7152 * $0[1] + 0.0722 * $0[2] }.sorted()
        return (light[1] + 0.05) / (light[0] + 0.05)
    }
}
