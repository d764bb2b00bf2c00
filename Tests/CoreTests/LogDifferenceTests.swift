import Core
import Testing

struct LogDifferenceTests {
    private static func log(_ lines: [String]) -> [LogDifference.Source] {
        lines.enumerated().map { LogDifference.Source(number: $0.offset + 1, bytes: Array($0.element.utf8)) }
    }

    @Test func `what is new stands rarest first, and what differs by a number is not new`() {
        let before = Self.log(["2026-08-20 02:00:00 begin", "INFO part 1", "INFO part 2", "done in 3 s"])
        let now = Self.log([
            "2026-08-21 02:00:00 begin", "INFO part 1", "WARN slow 1", "WARN slow 2", "", "ERROR: no disk",
        ])
        let difference = LogDifference(of: now, against: before)
        #expect(difference.added.map(\.text) == ["ERROR: no disk", "WARN slow 1"])
        #expect(difference.added.map(\.number) == [6, 3])
        #expect(difference.added.map(\.count) == [1, 2])
        #expect(difference.missing.map(\.text) == ["done in 3 s"])
        #expect(difference.addedCount == 2 && difference.missingCount == 1)
    }

    @Test func `many differences are counted, and some shown`() {
        let letters = (0..<26).map { String(UnicodeScalar(UInt8(97 + $0))) }
        let words = letters.flatMap { first in letters.map { first + $0 } }
        let difference = LogDifference(of: Self.log(words), against: Self.log([]))
        #expect(difference.addedCount == 676)
        #expect(difference.added.map(\.number) == Array(1...LogDifference.mostLines))
        #expect(difference.missing.isEmpty)
    }
}
