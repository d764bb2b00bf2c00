import Core
import Testing

struct LineScannerTests {
    @Test(
        arguments: [
            (["one", "two", ""], 2, LineScanner.Rule.lastLine),
            (["ERROR: no disk", "bye"], 1, .errorWord), (["ERROR: first", "ERROR: last"], 2, .errorWord),
            (["::error::chosen", "KeyError: 'x'", "::error::other"], 1, .marker),
            (["ValueError: bad", "INFO closing"], 1, .traceback),
            (
                [
                    "Traceback (most recent call last):", "  File \"a.py\"", "psycopg.errors.UndefinedColumn: no x",
                    "INFO bye",
                ], 3,
                .traceback
            ),
            (["Traceback (most recent call last):", "  File \"a.py\"", "SystemFault", "INFO bye"], 3, .traceback),
            (["Traceback (most recent call last):", "  File \"a.py\"", "and then it stopped"], 3, .lastLine),
            (["psycopg.errors.UndefinedColumn: no x", "INFO bye"], 2, .lastLine),
            (["load.sh: line 3: pqsl: command not found", "done"], 1, .traceback),
            (
                [
                    "fine", "bert owes 17 at bills line 4.", "\tmain::check() called at bills line 5",
                    "\tmain::all() called at bills line 8", "",
                ], 2, .traceback
            ),
            (["ERROR in bills", "\tmain::all() called at bills line 8"], 1, .traceback),
            (["::error::chosen", "other", "\tmain::all() called at bills line 8"], 1, .marker),
            (["\tone called at noon"], 1, .lastLine),
        ]
    )
    func `the strongest line is chosen`(_ lines: [String], _ number: Int, _ rule: LineScanner.Rule) {
        var scanner = LineScanner()
        let ends = scanner.scan(Array(lines.joined(separator: "\n").utf8))
        #expect(ends == lines.count - 1)
        #expect(scanner.candidate?.line == Int64(number))
        #expect(scanner.candidate?.rule == rule)
    }

    @Test func `a Perl error is marked once, by the line that names it`() {
        var scanner = LineScanner()
        _ = scanner.scan(Array("ERROR: bert owes 17\n\tmain::check() called at bills line 5\n".utf8))
        let marks = scanner.takeMarks()
        #expect(marks.map(\.line) == [1])
        #expect(marks.map(\.rule) == [.traceback])
    }

    @Test func `pieces make no difference`() {
        let text = Array("Traceback (most recent call last):\n  File\nA.B: c\nINFO bye\n".utf8)
        var whole = LineScanner()
        _ = whole.scan(text)
        var pieces = LineScanner()
        for byte in text { _ = pieces.scan([byte]) }
        #expect(pieces.candidate == whole.candidate)
        #expect(whole.candidate?.text == "A.B: c")
    }
}

struct LogMarkTests {
    private func marks(_ text: String, piece: Int? = nil) -> [LogMark] {
        var scanner = LineScanner()
        var rest = Array(text.utf8)[...]
        var marks: [LogMark] = []
        while !rest.isEmpty {
            _ = scanner.scan(Array(rest.prefix(piece ?? rest.count)))
            rest = rest.dropFirst(piece ?? rest.count)
            marks += scanner.takeMarks()
        }
        return marks
    }

    @Test(arguments: [
        ("::group::Install\n", LogMark.Kind.group, "Install"), ("##[group] Build \n", .group, "Build "),
        ("::endgroup::\n", .end, ""), ("##[endgroup]\r\n", .end, ""), ("--- Test\n", .section, "Test"),
        ("~~~ quiet\n", .section, "quiet"), ("+++ loud\n", .openSection, "loud"),
        ("--- FAIL: TestX (0.00s)\n", .openSection, "FAIL: TestX (0.00s)"),
        ("\u{1B}[32m::group::green\u{1B}[0m\n", .group, "green"),
        ("ValueError: bad\n", .error, "ValueError: bad"), ("2 ERROR no\n", .error, "2 ERROR no"),
    ])
    func `a line that begins a group or tells of an error is marked`(
        _ text: String,
        _ kind: LogMark.Kind,
        _ title: String
    ) {
        #expect(marks("first\n" + text).map(\.withoutRule) == [LogMark(line: 2, kind: kind, text: title)])
        #expect(marks("first\n" + text, piece: 1).map(\.withoutRule) == [LogMark(line: 2, kind: kind, text: title)])
    }

    @Test(arguments: ["---\n", "--- -----\n", "----- x\n", "+++\n", "a ::group::b\n", "-- x\n", "+ + x\n", "plain\n"])
    func `a rule of dashes is no section`(_ text: String) {
        #expect(marks(text) == [])
    }

    @Test(arguments: [
        ["ValueError: one", "INFO more"], ["ERROR one", "ERROR two"], ["::error::one", "::error::two"],
        ["ERROR one", "KeyError: 2"],
    ])
    func `who goes on after another knows what that one found`(_ lines: [String]) {
        var first = LineScanner()
        _ = first.scan(Array((lines[0] + "\n").utf8))
        var next = LineScanner(lineEnds: first.lineEnds, marks: first.takeMarks())
        _ = next.scan(Array((lines[1] + "\n").utf8))
        _ = first.scan(Array((lines[1] + "\n").utf8))
        #expect(next.candidate == first.candidate)
    }

    @Test func `of a log that is nothing but errors and groups so many are kept`() {
        var scanner = LineScanner()
        var count = 0
        for _ in 0..<3_000 {
            _ = scanner.scan(Array("ERROR one\nValueError: two\n::group::g\n::endgroup::\n".utf8))
            count += scanner.takeMarks().count
        }
        #expect(count == 2 * LineScanner.mostErrors + LineScanner.mostFolds)
        #expect(scanner.candidate?.line == 11_998)
    }
}

extension LogMark {
    fileprivate var withoutRule: LogMark { LogMark(line: line, kind: kind, text: text) }
}
