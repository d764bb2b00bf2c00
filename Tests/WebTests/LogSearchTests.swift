import Core
import Postgres
import Store
import Testing

@testable import Web

/// Searching in logs of a few megabytes and in small ones cut in every way.
struct LogSearchTests {
    private func numbers(_ log: StoredLog, _ question: LogQuestion) async throws -> [Int] {
        try await LogSearch(store: log.seeded.store, attempt: log.attempt, patience: .seconds(600)).hits(question).hits
            .map(\.number)
    }

    @Test(arguments: [1, 2, 3, 7, 10_000])
    func `what is found does not depend on where the pieces are cut`(piece: Int) async throws {
        let text = "one\n\u{1B}[31mtwo \u{1B}[1mERROR\u{1B}[0m: x\nthree\r\nüber ERROR: y\n10 %\r20 %\r30 %\nend"
        try await StoredLog.with(Array(text.utf8), piece: piece) { log in
            #expect(try await numbers(log, LogQuestion("ERROR: ")) == [2, 4])
            #expect(try await numbers(log, LogQuestion("error: ", ignoresCase: true)) == [2, 4])
            #expect(try await numbers(log, LogQuestion("ÜBER", ignoresCase: true)) == [4])
            #expect(try await numbers(log, LogQuestion("^t.*e$", isPattern: true)) == [3])
            #expect(try await numbers(log, LogQuestion("e")) == [1, 3, 4, 6])
            #expect(try await numbers(log, LogQuestion("20 %")) == [5])
            #expect(try await numbers(log, LogQuestion("end$", isPattern: true)) == [6])
            let hits = try await LogSearch(store: log.seeded.store, attempt: log.attempt, patience: .seconds(600))
                .hits(LogQuestion("three", context: 2))
            #expect(hits.hits[0].text == Array("three".utf8))
            #expect(hits.hits[0].before.map(\.bytes) == [Array("one".utf8), Array("two ERROR: x".utf8)])
            #expect(hits.hits[0].after.map(\.number) == [4, 5])
            #expect(hits.hits[0].after.last?.bytes == Array("30 %".utf8))
        }
    }

    @Test func `all lines are counted and the first thousand listed`() async throws {
        let text = (1...40_000).map { $0 % 10 == 0 ? "needle \($0)\n" : "hay \($0) and more hay to make it longer\n" }
        try await StoredLog.with(Array(text.joined().utf8)) { log in
            let search = LogSearch(store: log.seeded.store, attempt: log.attempt, patience: .seconds(600))
            for question in [
                try LogQuestion("needle"), try LogQuestion("NEEDLE [0-9]+", isPattern: true, ignoresCase: true),
            ] {
                let hits = try await search.hits(question)
                #expect(hits.count == 4_000)
                #expect(hits.hits.map(\.number) == (1...1_000).map { $0 * 10 })
                #expect(hits.isWhole && hits.end == log.attempt.logBytes)
                #expect(hits.hits.last?.text == Array("needle 10000".utf8))
            }
        }
    }

    @Test func `a search that takes too long tells where to go on, and together the parts are the whole`() async throws
    {
        let text = (1...60_000).map { "line \($0) of a log that is long enough for several looks\n" }.joined()
        try await StoredLog.with(Array(text.utf8), piece: 100_000) { log in
            var search = LogSearch(store: log.seeded.store, attempt: log.attempt)
            search.patience = .zero
            let question = try LogQuestion("7 of", ignoresCase: true)
            var (count, place, parts) = (0, 0, 0)
            while true {
                let hits = try await search.hits(question, from: place)
                #expect(hits.hits.first.map { $0.text.starts(with: "line \($0.number) of".utf8) } ?? true)
                count += hits.count
                place = hits.end
                parts += 1
                if hits.isWhole { break }
            }
            #expect(parts > 1)
            #expect(count == 6_000)
        }
    }

    @Test func `of a line of megabytes what is around the place is told`() async throws {
        let long = String(repeating: "é", count: 600_000) + "needle" + String(repeating: "ß", count: 600_000)
        try await StoredLog.with(Array("first\n\(long)\nneedle\n".utf8)) { log in
            let search = LogSearch(store: log.seeded.store, attempt: log.attempt, patience: .seconds(600))
            let hits = try await search.hits(LogQuestion("needle"))
            #expect(hits.hits.map(\.number) == [2, 3])
            let text = String(decoding: hits.hits[0].text, as: UTF8.self)
            #expect(text.contains("éneedleß") && !text.contains("\u{FFFD}") && text.utf8.count <= LogHit.mostText)
        }
    }

    @Test func `the page lists hits as links, and says what cannot be searched`() async throws {
        let text = (1...500).map { "line \($0) <b>&\n" }.joined()
        try await StoredLog.with(Array(text.utf8)) { log in
            let page = try await log.get("?q=LINE+1&ctx=1")
            #expect(page.contains("111 lines match, the first 50 are listed"))
            #expect(page.contains("?q=LINE%201&amp;ctx=1&amp;at=10#L10\"><mark>line 1</mark>0 &lt;b&gt;&amp;</a>"))
            #expect(page.contains("<i>9</i><span>line 9 &lt;b&gt;&amp;</span>"))
            #expect(try await log.get("?q=LINE+1&case=1").contains("No line matches"))
            #expect(try await log.get("?q=line+%5B1-3%5D%3F%5C%5C&re=1").contains("No line matches"))
            #expect(try await log.get("?q=%28a&re=1").contains("this &#39;(&#39; is never closed, at character 1."))
            #expect(try await log.get("?q=line+1&hits=all").components(separatedBy: "<mark>").count == 112)
            let text = try await log.get("/a3/log.txt?q=line+10&case=1")
            #expect(text == "10:line 10 <b>&\n" + (100...109).map { "\($0):line \($0) <b>&\n" }.joined())
            let grep = try await log.get(".txt?grep=LINE+50&ignore_case=1")
            #expect(grep == "50:line 50 <b>&\n500:line 500 <b>&\n")
        }
    }
}

extension String {
    /// The parts between a text.
    fileprivate func components(separatedBy text: String) -> [Substring] {
        split(separator: text, omittingEmptySubsequences: false)
    }
}
