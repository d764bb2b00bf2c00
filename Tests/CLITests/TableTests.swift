import Testing

@testable import rota

/// Tables for people.
struct TableTests {
    private func example() -> Table {
        var table = Table("run", ">took", "state", "reason")
        table.add("sales/1", "4.2s", .state("success"), "")
        table.add("sales/22", "1m 05s", .state("failed"), "exit 1 after a long and winding explanation")
        return table
    }

    @Test func `columns are aligned and nothing trails`() {
        #expect(
            example().lines(columns: nil, hasColours: false) == [
                "RUN         TOOK  STATE    REASON",
                "sales/1     4.2s  success",
                "sales/22  1m 05s  failed   exit 1 after a long and winding explanation",
            ]
        )
    }

    @Test func `the last column is cut to the terminal`() {
        let lines = example().lines(columns: 40, hasColours: false)
        #expect(lines[2] == "sales/22  1m 05s  failed   exit 1 after…")
        #expect(lines.allSatisfy { DisplayWidth.of($0) <= 40 })
    }

    @Test func `columns without content are left out`() {
        var table = Table("a", "b", "c")
        table.add("1", "", "3")
        #expect(table.lines(columns: nil, hasColours: false) == ["A  C", "1  3"])
    }

    @Test func `colours do not disturb the alignment`() {
        let plain = example().lines(columns: nil, hasColours: false)
        let coloured = example().lines(columns: nil, hasColours: true)
        let stripped = coloured.map { $0.replacing(#/\u{1B}\[[0-9]*m/#, with: "") }
        #expect(coloured != plain)
        #expect(stripped == plain)
    }

    @Test func `cells cannot steer the terminal`() {
        var table = Table("name")
        table.add(Table.Cell("a\u{1B}[2Jb\nc\u{202E}d"))
        #expect(table.lines(columns: nil, hasColours: true)[1] == "a^[[2Jb c<U+202E>d")
    }

    @Test(arguments: [("abc", 3), ("日本", 4), ("e\u{301}", 1), ("✅", 2), ("ü", 1), ("", 0)])
    func `the width of a text is what a terminal shows`(_ text: String, _ width: Int) {
        #expect(DisplayWidth.of(text) == width)
    }

    @Test(arguments: [("abcdef", 4, "abc…"), ("abc", 3, "abc"), ("日本語", 5, "日本…"), ("日本語", 4, "日…"), ("abc", 0, "")])
    func `a text is cut within its columns`(_ text: String, _ columns: Int, _ cut: String) {
        #expect(DisplayWidth.cut(text, to: columns) == cut)
        #expect(DisplayWidth.of(cut) <= columns)
    }
}
