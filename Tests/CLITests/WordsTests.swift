import Core
import Testing

@testable import rota

/// Times and amounts for people.
struct WordsTests {
    @Test(
        arguments: [
            (0, "0ms"), (15_400, "15ms"), (999_999, "999ms"), (1_000_000, "1.0s"), (4_290_000, "4.2s"),
            (59_999_999, "59.9s"), (60_000_000, "1m 00s"), (3_599_000_000, "59m 59s"), (3_600_000_000, "1h 00m"),
            (90_000_000_000, "1d 01h"), (-5, "0ms"),
        ] as [(Int64, String)]
    )
    func `a span has its two largest units`(_ microseconds: Int64, _ words: String) {
        #expect(Words.span(microseconds: microseconds) == words)
    }

    @Test func `an instant is told to the second in UTC`() throws {
        let instant = try #require(Timestamp(rfc3339: "2026-08-21T06:30:00.5+02:00"))
        #expect(Words.instant(instant) == "2026-08-21 04:30:00Z")
    }

    @Test func `nouns agree with their number`() {
        #expect(
            [Words.count(1, "run"), Words.count(2, "run"), Words.count(0, "run")] == ["1 run", "2 runs", "0 runs"]
        )
    }
}
