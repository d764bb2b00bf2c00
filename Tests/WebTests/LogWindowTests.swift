import Core
import Postgres
import Store
import Testing

@testable import Web

struct LogWindowTests {
    private static let attempt = AttemptID(high: 1, low: 2)

    /// Stores a text in pieces of a size, as a runner's log arrives.
    private func store(_ text: [UInt8], pieces size: Int, in seeded: SeededSite) async throws {
        let statement = Statement(
            name: "add_piece",
            sql: """
                INSERT INTO attempt_log (attempt_id, start_byte, first_line, line_ends, bytes)
                VALUES ($1, $2, $3, $4::bigint, $5)
                """
        )
        var start = 0
        var line = 1
        while start < text.count {
            let piece = Array(text[start..<min(start + size, text.count)])
            let ends = piece.count { $0 == 10 }
            let parameters: [any PostgresEncodable] = [Self.attempt, start, line, ends, piece]
            _ = try await seeded.store.pool.execute(statement, parameters)
            start += piece.count
            line += ends
        }
    }

    @Test(arguments: [1, 7, 64, 1000, 100_000])
    func `any window of any log is the lines that were asked for`(size: Int) async throws {
        try await SeededSite.with(seed: "") { seeded in
            let count = size == 1 ? 60 : 1500
            var text = (1...count).map { "line \($0)\n" }.joined()
            text += "unended"
            try await store(Array(text.utf8), pieces: size, in: seeded)
            let reader = LogReader(store: seeded.store, attempt: Self.attempt)
            for first in [1, 2, 31, count - 3, count, count + 1] {
                let window = try await reader.window(from: first)
                let last = min(first + LogReader.windowLines - 1, count + 1)
                #expect(window.lines.map(\.number) == Array(first...last))
                #expect(window.hasLater == (last <= count))
                for line in window.lines where line.number <= count {
                    #expect(String(decoding: line.bytes, as: UTF8.self) == "line \(line.number)")
                }
                if !window.hasLater {
                    #expect(window.nextByte == text.utf8.count - "unended".utf8.count)
                    #expect(window.nextLine == count + 1)
                    #expect(window.lines.last?.isComplete == false)
                }
            }
            let tail = try await reader.tail()
            #expect(tail.lines.last?.number == count + 1)
            #expect(tail.lines.count == min(LogReader.windowLines, count + 1))
            #expect(try await reader.window(around: 1_000_000).lines.last?.number == count + 1)
        }
    }

    @Test func `an endless line costs no more than others`() async throws {
        try await SeededSite.with(seed: "") { seeded in
            var text = Array("first\n".utf8)
            text += repeatElement(UInt8(ascii: "x"), count: 3_000_000)
            text += Array("\nlast\n".utf8)
            try await store(text, pieces: 100_000, in: seeded)
            let window = try await LogReader(store: seeded.store, attempt: Self.attempt).window(from: 1)
            #expect(window.lines.map(\.number) == [1, 2, 3])
            #expect(window.lines[1].bytes.count == LineAssembler.longest)
            #expect(window.lines[1].hidden == 3_000_000 - LineAssembler.longest)
            #expect(window.lines[2].bytes == Array("last".utf8))
        }
    }

    @Test func `a log of a thousand long lines fills a window by its bytes`() async throws {
        try await SeededSite.with(seed: "") { seeded in
            let line = String(repeating: "y", count: 4000) + "\n"
            try await store(Array(String(repeating: line, count: 200).utf8), pieces: 250_000, in: seeded)
            let window = try await LogReader(store: seeded.store, attempt: Self.attempt).window(from: 1)
            #expect(window.hasLater)
            #expect(window.lines.count == LogReader.windowBytes / 4000)
        }
    }

    @Test func `any window of a log of megabytes reads a few pieces and no more`() async throws {
        let line = "INFO line of a log that is some megabytes long, as many are\n"
        let text = Array(String(repeating: line, count: 80_000).utf8)
        try await StoredLog.with(text, piece: 262_144, cause: 40_000) { log in
            for first in [1, 399, 17_171, 40_000, 79_600] {
                let places = try await log.seeded.store.logPlaces(of: log.attempt.id, lines: first...first + 400)
                #expect(places.count <= 2, "line \(first)")
                #expect(places.reduce(0) { $0 + $1.byteCount } <= 524_288)
            }
            let page = try await log.get("")
            #expect(page.contains("Lines 39,960–40,359 of 80,000"))
            #expect(try await log.get("?from=50000&n=1000").contains("Lines 50,000–50,999 of 80,000"))
            #expect(try await log.get("?from=50000&n=5000").contains("Lines 50,000–50,999 of 80,000"))
            #expect(try await log.get("?at=79999").contains("Lines 79,959–80,000 of 80,000"))
        }
    }

    @Test func `an empty log is an empty window`() async throws {
        try await SeededSite.with(seed: "") { seeded in
            let reader = LogReader(store: seeded.store, attempt: Self.attempt)
            let window = try await reader.window(from: 5)
            let tail = try await reader.tail()
            #expect(window.lines.isEmpty && tail.lines.isEmpty)
        }
    }
}
