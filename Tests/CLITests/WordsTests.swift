import Core
import Testing
import Zones

@testable import rota

/// Times and amounts for people.
struct WordsTests {
    @Test(
        arguments: [
            (0, "0 ms"), (15_400, "15 ms"), (999_999, "999 ms"), (1_000_000, "1 s"), (4_290_000, "4.2 s"),
            (59_999_999, "59 s"), (60_000_000, "1 m"), (3_599_000_000, "59 m 59 s"), (3_600_000_000, "1 h"),
            (90_000_000_000, "1 d 1 h"), (-5, "0 ms"),
        ] as [(Int64, String)]
    )
    func `a span is told as on the pages`(_ microseconds: Int64, _ words: String) {
        #expect(Words.span(microseconds: microseconds) == words)
    }

    @Test func `what took some time says so itself, or by its instants`() throws {
        let told = try #require(JSONValue(parsing: #"{"duration_us": 2000000, "started_at": null}"#))
        #expect(Words.took(told) == "2 s")
        let instants = #"{"started_at": "2026-08-21T04:30:00.000000Z", "ended_at": "2026-08-21T04:31:00.000000Z"}"#
        #expect(Words.took(JSONValue(parsing: instants)) == "1 m")
        #expect(Words.took(nil) == "")
    }

    @Test func `an instant is told to the second in UTC`() throws {
        let instant = try #require(Timestamp(rfc3339: "2026-08-21T06:30:00.5+02:00"))
        #expect(Words.instant(instant) == "2026-08-21 04:30:00Z")
    }

    @Test(arguments: [("UTC", "2026-08-21 04:30:00Z"), ("Europe/Berlin", "2026-08-21 06:30:00+02:00")])
    func `an instant on a zone's clocks has the same form`(_ zone: String, _ words: String) throws {
        let instant = try #require(Timestamp(rfc3339: "2026-08-21T04:30:00Z"))
        #expect(Words.instant(instant, in: try ZoneDatabase().rules(for: zone)) == words)
    }

    @Test func `nouns agree with their number`() {
        #expect(
            [Words.count(1, "run"), Words.count(2, "run"), Words.count(0, "run")] == ["1 run", "2 runs", "0 runs"]
        )
    }
}
