import Core
import Store
import Testing

@testable import Web

/// A log whose middle was left out, in all that shows it.
struct LogGapTests {
    /// Stores 5,000 numbered lines of which the middle goes, as a seat does it; with how many bytes and lines went.
    private static func with(
        isRead: Bool,
        _ body: (StoredLog, LogGap) async throws -> Void
    ) async throws {
        let text = Array((1...5000).map { "line number \($0)\n" }.joined().utf8)
        try await StoredLog.with(Array(text.prefix(isRead ? text.count : 30_000)), piece: 10_000) { log in
            let store = log.seeded.store
            try await store.transaction { connection in
                if isRead {
                    try connection.dropLog(of: log.attempt.id, 30_000..<60_000)
                    return
                }
                let rest = Array(text[70_000...])
                var scanner = LineScanner(lineEnds: Int64(log.attempt.logLines))
                scanner.skip()
                let first = scanner.lineEnds + 1
                let ends = scanner.scan(rest)
                let piece = LogPiece(
                    attempt: log.attempt.id,
                    start: 70_000,
                    firstLine: first,
                    lineEnds: ends,
                    bytes: rest,
                    after: 30_000
                )
                #expect(try connection.append([piece]) == [log.attempt.id])
            }
            guard let name = try await store.resolve(RunName(dag: "sales_daily", key: "latest-failed")),
                let run = try await store.run(name),
                let attempt = try await store.instance(ofRun: run.rowID, task: "load_orders", mapIndex: nil)?.attempts
                    .last, let gap = attempt.logGap
            else {
                Issue.record("there is no gap")
                return
            }
            try await body(log, gap)
        }
    }

    @Test(arguments: [true, false])
    func `every window of it shows lines, and says what is left out where it is`(_ isRead: Bool) async throws {
        try await Self.with(isRead: isRead) { log, gap in
            #expect(gap.start == 30_000 && gap.end == (isRead ? 60_000 : 70_000))
            #expect((gap.lines == nil) != isRead)
            let reader = LogReader(store: log.seeded.store, attempt: log.attempt.id)
            let end = try await log.seeded.store.logEnd(of: log.attempt.id)
            for first in stride(from: 1, to: end.lastLine, by: 97) {
                let window = try await reader.window(from: first)
                #expect(!window.lines.isEmpty)
                for line in window.lines where isRead && line.leftOut == 0 && line.isComplete {
                    #expect(String(decoding: line.bytes, as: UTF8.self) == "line number \(line.number)")
                }
                #expect(zip(window.lines, window.lines.dropFirst()).allSatisfy { $0.number <= $1.number })
            }
            let edge = try #require(try await log.seeded.store.logLine(of: log.attempt.id, at: gap.end))
            let around = try await reader.window(around: edge)
            #expect(around.lines.count { $0.leftOut > 0 } == 1)
            #expect(around.lines.first { $0.leftOut > 0 }?.leftOut == gap.byteCount)
            let tail = try await reader.tail()
            #expect(String(decoding: tail.lines.last?.bytes ?? [], as: UTF8.self) == "line number 5000")
            let page = try await log.get("?at=\(edge)")
            #expect(page.contains("left out here: more than log_cap keeps"))
            #expect(page.contains("from its middle are left out"))
        }
    }

    @Test func `downloads say what they leave out, and the search numbers lines as the page does`() async throws {
        try await Self.with(isRead: true) { log, gap in
            let words = "\n[30,000 bytes of the log are left out here: more than log_cap keeps]\n"
            #expect(try await log.get("/log.raw").contains(words))
            #expect(try await log.get("/log.txt").contains(words))
            #expect(try await log.get("/log.txt?q=number%204999").contains("4999:line number 4999"))
            #expect(try await log.get("/log.txt?from=4999&to=5000") == "line number 4999\nline number 5000\n")
            let across = try await log.get("/log.txt?from=1000&to=4500")
            #expect(across.contains(words) && across.hasSuffix("line number 4500\n"))
        }
    }

    @Test func `who follows a log is led across what is left out`() async throws {
        try await Self.with(isRead: true) { log, gap in
            var tail = LogTail(
                store: log.seeded.store,
                attempt: log.attempt.id,
                assembler: LineAssembler(number: 1, place: 0),
                markup: LogMarkup(causeLine: nil, markedLine: nil, textPath: "")
            )
            var events = ""
            while let event = try await tail.next(), !tail.isOver { events += event }
            #expect(events.contains("30.0 kB left out here") || events.contains("30 kB left out here"))
            #expect(events.contains("<li id=\"L5000\""))
            #expect(events.contains("line number 5000"))
        }
    }
}
