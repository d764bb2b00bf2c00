import Core
import Testing
import Zones

struct TimetableTests {
    private func instant(_ text: String) throws -> Timestamp { try #require(Timestamp(rfc3339: text)) }

    private func berlin() throws -> TimeZoneRules { try ZoneDatabase().rules(for: "Europe/Berlin") }

    private func ticks(_ timetable: Timetable, _ from: String, _ count: Int) throws -> [String] {
        timetable.ticks(from: try instant(from), to: Timestamp(microseconds: .max), limit: count)
            .map { $0.rfc3339(in: timetable.zone) }
    }

    @Test func `rules that fall on one instant are one tick`() throws {
        let timetable = Timetable(
            crons: [try CronExpression("0 4 * * *"), try CronExpression("0 */2 * * *")],
            every: .seconds(4 * 3600),
            at: [try instant("2026-01-01T04:00:00Z"), try instant("2026-01-01T05:00:00Z")]
        )
        #expect(
            try ticks(timetable, "2026-01-01T00:00:00Z", 5)
                == [0, 2, 4, 5, 6].map { "2026-01-01T0\($0):00:00+00:00" }
        )
    }

    @Test func `ticks begin at start and end before end`() throws {
        let timetable = Timetable(
            crons: [try CronExpression("0 0 * * *")],
            zone: try berlin(),
            start: try instant("2025-12-31T23:00:00Z"),
            end: try instant("2026-01-02T23:00:00Z")
        )
        #expect(
            try ticks(timetable, "2020-01-01T00:00:00Z", 9)
                == ["2026-01-01T00:00:00+01:00", "2026-01-02T00:00:00+01:00"]
        )
        #expect(timetable.previous(before: try instant("2026-01-01T00:00:00Z")) == timetable.start)
        #expect(timetable.previous(before: try instant("2025-12-31T23:00:00Z")) == nil)
        let last = timetable.previous(before: try instant("2030-01-01T00:00:00Z"))
        #expect(last?.rfc3339(in: timetable.zone) == "2026-01-02T00:00:00+01:00")
        #expect(timetable.isTick(try instant("2025-12-31T23:00:00Z")))
        #expect(!timetable.isTick(try instant("2026-01-02T23:00:00Z")))
    }

    @Test func `an interval is counted from start, else from 1970, through changes of offset`() throws {
        let anchored = Timetable(every: .seconds(900), zone: try berlin(), start: try instant("2026-03-29T00:07:00Z"))
        #expect(
            try ticks(anchored, "2026-03-29T00:30:00Z", 3)
                == ["2026-03-29T01:37:00+01:00", "2026-03-29T01:52:00+01:00", "2026-03-29T03:07:00+02:00"]
        )
        #expect(anchored.next(after: try instant("2000-01-01T00:00:00Z")) == anchored.start)
        let free = Timetable(every: .seconds(7 * 86_400))
        #expect(free.next(after: Timestamp(seconds: -1)) == .epoch)
        #expect(free.previous(before: .epoch) == Timestamp(seconds: -7 * 86_400))
        #expect(free.next(after: .epoch) == Timestamp(seconds: 7 * 86_400))
    }

    @Test func `a data interval reaches from the previous tick to its own`() throws {
        let daily = Timetable(
            crons: [try CronExpression("30 4 * * *")],
            zone: try berlin(),
            start: try instant("2026-03-28T03:30:00Z")
        )
        let second = daily.dataInterval(ofTick: try instant("2026-03-29T02:30:00Z"))
        #expect(second.start.rfc3339(in: daily.zone) == "2026-03-28T04:30:00+01:00")
        #expect(second.end - second.start == .seconds(23 * 3600))
        // The first is as long as the others, though no tick stands at its beginning.
        let first = daily.dataInterval(ofTick: try instant("2026-03-28T03:30:00Z"))
        #expect(first.start.rfc3339(in: daily.zone) == "2026-03-27T04:30:00+01:00")
        let single = Timetable(at: [try instant("2026-12-24T18:00:00Z")])
        #expect(
            single.dataInterval(ofTick: single.instants[0]) == .init(start: single.instants[0], end: single.instants[0])
        )
    }

    @Test func `a manual run has the interval of the latest tick, or an empty one`() throws {
        let daily = Timetable(crons: [try CronExpression("0 0 * * *")], start: try instant("2026-01-02T00:00:00Z"))
        let noon = daily.dataInterval(ofManualRunAt: try instant("2026-01-05T12:00:00Z"))
        #expect(noon == .init(start: try instant("2026-01-04T00:00:00Z"), end: try instant("2026-01-05T00:00:00Z")))
        #expect(daily.dataInterval(ofManualRunAt: try instant("2026-01-05T00:00:00Z")) == noon)
        let early = try instant("2026-01-01T12:00:00Z")
        #expect(daily.dataInterval(ofManualRunAt: early) == .init(start: early, end: early))
        #expect(Timetable().dataInterval(ofManualRunAt: early) == .init(start: early, end: early))
        #expect(Timetable().next(after: early) == nil)
    }

    @Test func `a timetable is told in words`() throws {
        let timetable = Timetable(crons: [try CronExpression("30 4 * * *")], every: .seconds(900))
        #expect(timetable.describe() == "At 04:30 every day; Every 15 m")
    }

    @Test func `jitter is stable, below its span and spread over it`() {
        #expect(Jitter.delay(forDAG: "sales_daily", below: .seconds(300)) == .milliseconds(163_183))
        #expect(Jitter.delay(forDAG: "sales_daily", below: .zero) == .zero)
        var buckets = [Int](repeating: 0, count: 10)
        for number in 0..<10_000 {
            let delay = Jitter.delay(forDAG: "dag_\(number)", below: .seconds(10))
            #expect(delay >= .zero && delay < .seconds(10))
            buckets[Int(delay.components.seconds)] += 1
        }
        #expect(buckets.allSatisfy { (850...1150).contains($0) }, "\(buckets)")
    }
}
