import Core
import Testing

struct TimestampTests {
    @Test(arguments: [
        ("2026-08-21T04:30:00Z", 1_787_286_600_000_000),
        ("2026-08-21t06:30:00.5+02:00", 1_787_286_600_500_000),
        ("2026-08-20 23:00:00.123456789-05:30", 1_787_286_600_123_456),
        ("1969-12-31T23:59:59.999999z", -1),
        ("0001-01-01T00:00:00Z", -62_135_596_800_000_000),
        ("9999-12-31T23:59:59Z", 253_402_300_799_000_000),
        ("2016-12-31T23:59:60Z", 1_483_228_800_000_000),
    ])
    func `RFC 3339 is read with any offset, case and fraction`(text: String, microseconds: Int64) {
        #expect(Timestamp(rfc3339: text)?.microseconds == microseconds)
    }

    @Test(arguments: [
        "", "2026-08-21", "2026-08-21T04:30Z", "2026-08-21T04:30:00", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-08-21T24:00:00Z", "2026-08-21T04:60:00Z", "2026-08-21T04:30:61Z", "2026-08-21T04:30:00.Z",
        "2026-08-21T04:30:00.0000000001Z", "2026-08-21T04:30:00+2", "2026-08-21T04:30:00+25:00",
        "2026-08-21T04:30:00Z ", "+026-08-21T04:30:00Z", "２026-08-21T04:30:00Z",
    ])
    func `what is not RFC 3339 is nil`(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test func `the text forms have a fixed shape`() {
        let instant = Timestamp(microseconds: 1_787_286_600_000_042)
        #expect(instant.rfc3339 == "2026-08-21T04:30:00.000042Z")
        #expect(instant.rfc3339Seconds == "2026-08-21T04:30:00Z")
        #expect(instant.runKey == "2026-08-21T043000Z")
        #expect("\(instant)" == instant.rfc3339)
        #expect(instant.rfc3339(offset: 7200) == "2026-08-21T06:30:00+02:00")
        #expect(instant.rfc3339(offset: -12_600) == "2026-08-21T01:00:00-03:30")
        #expect(instant.rfc3339(offset: -2670) == "2026-08-21T03:45:30-00:44:30")
        #expect(Timestamp(microseconds: -1).rfc3339 == "1969-12-31T23:59:59.999999Z")
        #expect(Timestamp(seconds: 253_402_300_800).rfc3339Seconds == "+010000-01-01T00:00:00Z")
    }

    @Test func `every text form is read back`() {
        var generator = SplitMix64(seed: 1)
        for _ in 0..<2000 {
            let instant = Timestamp(
                microseconds: Int64.random(in: -62_135_596_800_000_000..<253_402_300_800_000_000, using: &generator)
            )
            #expect(Timestamp(rfc3339: instant.rfc3339) == instant)
            let offset = Int.random(in: -14...14, using: &generator) * 3600
            let whole = Timestamp(seconds: instant.wholeSeconds)
            guard whole.wholeSeconds + offset >= -62_135_596_800, whole.wholeSeconds + offset < 253_402_300_800 else {
                continue
            }
            #expect(Timestamp(rfc3339: whole.rfc3339(offset: offset)) == whole)
        }
    }

    @Test func `arithmetic is exact, and stops at the ends of the range`() {
        let instant = Timestamp(seconds: 10)
        #expect(instant + .milliseconds(1500) == Timestamp(microseconds: 11_500_000))
        #expect(instant - .seconds(11) == Timestamp(microseconds: -1_000_000))
        #expect(instant - Timestamp(seconds: 4) == .seconds(6))
        #expect(Timestamp(microseconds: .max) + .seconds(1) == Timestamp(microseconds: .max))
        #expect(Timestamp(microseconds: .min) - .seconds(1) == Timestamp(microseconds: .min))
        #expect(instant + .seconds(Int64.max) == Timestamp(microseconds: .max))
        #expect(Timestamp(seconds: .min) == Timestamp(microseconds: .min))
        #expect(Timestamp(microseconds: .min).wholeSeconds == -9_223_372_036_855)
        #expect(Timestamp(microseconds: .min).microsecondOfSecond == 224_192)
    }

    @Test func `civil dates and day numbers invert each other, and weekdays follow one another`() {
        // From before year 0 to after 2400: every day of more than six cycles of leap years.
        var expected = CivilDate(year: -4, month: 1, day: 1)
        let first = expected.daysSinceEpoch
        for day in first..<first + 878_000 {
            let date = CivilDate(daysSinceEpoch: day)
            if date != expected || date.daysSinceEpoch != day {
                Issue.record("day \(day) is \(date), expected \(expected)")
                break
            }
            expected.day += 1
            if expected.day > CivilDate.daysInMonth(expected.month, year: expected.year) {
                expected.day = 1
                expected.month += 1
            }
            if expected.month > 12 {
                expected.month = 1
                expected.year += 1
            }
        }
        #expect(CivilDate(year: 1970, month: 1, day: 1).weekday == 4)
        #expect(CivilDate(year: 1969, month: 12, day: 28).weekday == 0)
        #expect(CivilDate("2024-02-29")?.advanced(byDays: 1).description == "2024-03-01")
        #expect(CivilDate("2023-02-29") == nil)
    }

    @Test func `local times are read as DAG files write them`() {
        #expect(LocalTime("2026-12-24T18:00:00")?.description == "2026-12-24T18:00:00")
        #expect(LocalTime("2026-12-24 18:05")?.clock == "18:05")
        #expect(LocalTime("2026-12-24")?.description == "2026-12-24T00:00:00")
        #expect(LocalTime("2026-12-24T18") == nil)
        #expect(LocalTime("2026-12-24T24:00") == nil)
        #expect(LocalTime("2026-12-24T18:00:00Z") == nil)
    }
}
