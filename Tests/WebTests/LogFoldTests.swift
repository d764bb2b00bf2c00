import Core
import Postgres
import Store
import Testing

@testable import Web

/// Folds, errors and times of a log's windows.
struct LogFoldTests {
    private static let instant = Timestamp(seconds: 1_000)

    private func outline(_ text: String) -> LogOutline {
        var scanner = LineScanner()
        _ = scanner.scan(Array(text.utf8))
        return LogOutline(scanner.takeMarks().map { PlacedMark(mark: $0, arrivedAt: Self.instant) })
    }

    private func markup(_ text: String, lines: ClosedRange<Int>, at marked: Int? = nil) -> String {
        var markup = LogMarkup(causeLine: nil, markedLine: marked, textPath: "/log.txt")
        markup.outline = outline(text)
        var assembler = LineAssembler(number: 1, place: 0)
        assembler.feed(text.utf8)
        return markup.blocks(assembler.lines.filter { lines.contains($0.number) })
    }

    @Test func `groups nest, sections follow each other`() {
        let folds = outline(
            "a\n::group::One\nb\n##[group]Two\nc\n##[endgroup]\n::endgroup::\n--- A\nd\n+++ B\ne\n::endgroup::\nf\n"
        ).folds
        #expect(folds.map(\.title) == ["One", "Two", "A", "B"])
        #expect(folds.map(\.first) == [2, 4, 8, 10])
        #expect(folds.map(\.last) == [7, 6, 9, nil])
        #expect(folds.map(\.depth) == [0, 1, 0, 0])
        #expect(folds.map(\.isOpen) == [false, false, false, true])
    }

    @Test func `a section within a group ends with it, and groups without an end go on`() {
        let folds = outline("::group::G\n--- A\na\n--- B\nb\n::endgroup::\nafter\n::group::open\nx\n").folds
        #expect(folds.map(\.first) == [1, 2, 4, 8])
        #expect(folds.map(\.last) == [6, 3, 5, nil])
    }

    @Test func `a fold is closed unless it holds an error or the line that was asked for`() {
        let text = "a\n::group::One\nb\n::endgroup::\n::group::Two\nERROR c\n::endgroup::\nd\n"
        let closed = "<details><summary>One <small>3 lines</small></summary><ol><li id=\"L2\" value=\"2\">"
        #expect(markup(text, lines: 1...8).contains(closed))
        #expect(markup(text, lines: 1...8).contains("<details open><summary>Two <small>3 lines</small></summary>"))
        #expect(markup(text, lines: 1...8, at: 3).contains("<details open><summary>One "))
        #expect(markup(text, lines: 1...8).hasSuffix("</ol></details><ol><li id=\"L8\" value=\"8\">d</li></ol>"))
    }

    @Test func `a window that begins or ends within a fold says so`() {
        let text = "::group::<One>\n" + (2...50).map { "line \($0)\n" }.joined() + "::endgroup::\nlast\n"
        let html = markup(text, lines: 10...20)
        #expect(html.hasPrefix("<details><summary>&lt;One&gt; (continued) <small>51 lines</small></summary>"))
        #expect(html.hasSuffix("<p class=\"gap\"><a href=\"?at=52#L52\">After &lt;One&gt;, line 52</a></p>"))
    }

    @Test func `folds and errors are found by marks, also far from the window`() async throws {
        var lines = (1...20_000).map { "INFO line \($0)" }
        lines[99] = "::group::Everything"
        lines[499] = "ValueError: early"
        lines[9_999] = "KeyError: late"
        lines[18_999] = "::endgroup::"
        try await StoredLog.with(Array((lines.joined(separator: "\n") + "\n").utf8), piece: 30_000, cause: 10_000) {
            log in
            let page = try await log.get("?at=5000")
            #expect(page.contains("<details open><summary>Everything (continued) <small>18,901 lines"))
            #expect(page.contains("at=19001#L19001\">After Everything"))
            #expect(page.contains("at=500#L500\" rel=\"prev\"") && page.contains("at=10000#L10000\" rel=\"next\""))
            #expect(page.contains("2 error lines"))
            let errors = try await log.get("?level=error")
            #expect(errors.contains("… 499 lines") && errors.contains("… 9,499 lines"))
            #expect(errors.contains("<a href=\"\(log.path)/a3?at=500#L500\">500</a>ValueError: early</li>"))
            #expect(errors.contains("All lines"))
        }
    }

    @Test func `times are told where they change, silence in words`() async throws {
        let text = (1...6).map { "line \($0)\n" }.joined()
        try await StoredLog.with(Array(text.utf8), piece: 14, seconds: [0, 5, 65]) { log in
            let page = try await log.get("")
            #expect(page.contains("<li id=\"L1\" value=\"1\" data-t=\"02:00:00\" data-r=\"+0:00\">line 1</li>"))
            #expect(page.contains("<li id=\"L2\">line 2</li>"))
            #expect(page.contains("<li id=\"L3\" data-t=\"02:00:05\" data-r=\"+0:05\">line 3</li>"))
            #expect(
                page.contains(
                    "<li class=\"gap\">1 m of silence</li><li id=\"L5\" data-t=\"02:01:05\" data-r=\"+1:05\">"
                )
            )
            #expect(page.contains("class=\"log times\""))
            #expect(try await log.get("?time=start").contains("class=\"log times rel\""))
            #expect(try await log.get("?time=none&wrap=0").contains("class=\"log nowrap\""))
        }
    }

    @Test func `some lines are sent as text, a long one whole`() async throws {
        let long = String(repeating: "x", count: 1_200_000)
        try await StoredLog.with(Array("one\n\u{1B}[31mtwo\u{1B}[0m\n\(long)\nfour\nfive".utf8)) { log in
            let two = try await log.get("/a3/log.txt?from=2&to=2")
            #expect(two == "two\n")
            #expect(try await log.get("/a3/log.txt?from=4") == "four\nfive")
            #expect(try await log.get("/a3/log.txt?from=3&to=3") == long + "\n")
            #expect(try await log.get("/a3/log.txt?from=9&to=12") == "")
            #expect(try await log.get("").contains("log.txt?from=3&amp;to=3\">show 1.2 MB more</a>"))
        }
    }

    @Test func `an end of a log that has not arrived is told`() async throws {
        try await StoredLog.with(Array("one\n".utf8)) { log in
            let script = { (text: String) in
                try await log.seeded.store.pool.withConnection { try await $0.executeScript(text) }
            }
            try await script(
                "UPDATE attempt SET log_sealed = false, log_length = 2000004 WHERE id = '\(log.attempt.id)'"
            )
            #expect(try await log.get("").contains("has the rest, 2 MB, which has not arrived yet."))
            try await script("UPDATE attempt SET log_bytes = 0; DELETE FROM attempt_log")
            #expect(try await log.get("").contains("The log is not here yet: local has it, 2 MB behind."))
            try await script("UPDATE attempt SET log_length = NULL, state = 'lost' WHERE id = '\(log.attempt.id)'")
            let page = try await log.get("")
            #expect(page.contains("No byte of its log had arrived when it was lost"))
            #expect(page.contains("Lost: it ended and nothing recorded how · ended "))
        }
    }
}
