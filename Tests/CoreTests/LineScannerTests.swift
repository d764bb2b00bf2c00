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
        ]
    )
    func `the strongest line is chosen`(_ lines: [String], _ number: Int, _ rule: LineScanner.Rule) {
        var scanner = LineScanner()
        let ends = scanner.scan(Array(lines.joined(separator: "\n").utf8))
        #expect(ends == lines.count - 1)
        #expect(scanner.candidate?.line == Int64(number))
        #expect(scanner.candidate?.rule == rule)
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
