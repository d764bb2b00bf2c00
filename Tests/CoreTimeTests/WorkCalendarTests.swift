import Core
import Testing
import Zones

struct WorkCalendarTests {
    private func day(_ text: String) throws -> CivilDate { try #require(CivilDate(text)) }

    private func instant(_ text: String) throws -> Timestamp { try #require(Timestamp(rfc3339: text)) }

    private static let weekend: [WorkCalendar.Rule] = [.weekly(weekday: 0), .weekly(weekday: 6)]

    @Test func `blocked beats allowed, and included calendars count as own rules`() throws {
        let holidays = WorkCalendar(blocked: [.yearly(month: 12, day: 25), .date(try day("2026-04-06"))])
        let calendar = WorkCalendar(
            allowed: [.range(try day("2026-01-01"), try day("2026-12-31"))],
            blocked: WorkCalendarTests.weekend,
            including: [holidays]
        )
        #expect(calendar.allows(try day("2026-04-07")))
        #expect(!calendar.allows(try day("2026-04-06")))
        #expect(!calendar.allows(try day("2026-04-05")))
        #expect(!calendar.allows(try day("2026-12-25")))
        #expect(!calendar.allows(try day("2027-01-04")))
        #expect(WorkCalendar().allows(try day("2027-01-04")))
        #expect(calendar.nearestAllowed(to: try day("2026-04-04"), .nextDay) == (try day("2026-04-07")))
        #expect(calendar.nearestAllowed(to: try day("2026-04-06"), .previousDay) == (try day("2026-04-03")))
        #expect(calendar.nearestAllowed(to: try day("2030-01-01"), .nextDay) == nil)
    }

    @Test func `a tick on a blocked day moves to the next allowed one, and equal instants merge`() throws {
        let berlin = try ZoneDatabase().rules(for: "Europe/Berlin")
        let calendar = WorkCalendar(blocked: WorkCalendarTests.weekend)
        // Saturday evening comes to stand after Sunday morning; Monday's own tick and the moved ones are one.
        let timetable = Timetable(
            crons: [try CronExpression("0 18 * * 6"), try CronExpression("0 9 * * 0,1,2")],
            zone: berlin,
            shift: .init(calendar: calendar, direction: .nextDay)
        )
        let ticks = timetable.ticks(from: try instant("2026-08-20T00:00:00Z"), to: try instant("2026-08-27T00:00:00Z"))
        #expect(
            ticks.map { $0.rfc3339(in: berlin) } == [
                "2026-08-24T09:00:00+02:00", "2026-08-24T18:00:00+02:00", "2026-08-25T09:00:00+02:00",
            ]
        )
        #expect(timetable.dataInterval(ofTick: ticks[1]).start == ticks[0])
    }

    @Test(arguments: CalendarShift.allCases, ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
    func `shifted ticks are those found by moving each one`(shift: CalendarShift, name: String) throws {
        let zone = try ZoneDatabase().rules(for: name)
        var generator = SplitMix64(seed: 7)
        for round in 0..<sampleCount(debug: 8, release: 100) {
            var blocked = WorkCalendarTests.weekend
            for _ in 0..<12 {
                let date = try day("2026-01-01").advanced(byDays: Int.random(in: 0..<400, using: &generator))
                blocked.append(.range(date, date.advanced(byDays: Int.random(in: 0...3, using: &generator))))
            }
            let calendar = WorkCalendar(blocked: blocked)
            let texts = ["0 2 * * *", "30 */6 * * *", "0 9 * * 1,6", "15 2,14 * * SUN", "*/40 1-3 * * *"]
            let crons = try [CronExpression(texts[round % 5]), CronExpression(texts[(round + 2) % 5])]
            let plain = Timetable(crons: crons, zone: zone)
            let shifted = Timetable(crons: crons, zone: zone, shift: .init(calendar: calendar, direction: shift))
            let (from, to) = (try instant("2026-02-01T00:00:00Z"), try instant("2026-12-01T00:00:00Z"))
            var expected: Set<Timestamp> = []
            for tick in plain.ticks(from: from - .seconds(40 * 86_400), to: to + .seconds(40 * 86_400)) {
                let local = zone.local(tick)
                let goal = try #require(calendar.nearestAllowed(to: local.date, shift))
                let days = goal.daysSinceEpoch - local.daysSinceEpoch
                expected.insert(days == 0 ? tick : zone.instant(of: LocalTime(seconds: local.seconds + days * 86_400)))
            }
            let inside = expected.filter { $0 >= from && $0 < to }.sorted()
            #expect(shifted.ticks(from: from, to: to) == inside, "\(texts[round % 5])")
            var backward: [Timestamp] = []
            var bound = to
            while let tick = shifted.previous(before: bound), tick >= from {
                backward.append(tick)
                bound = tick
            }
            #expect(backward == inside.reversed(), "\(texts[round % 5])")
        }
    }

    @Test func `days joined from many ranges are those of each of them`() throws {
        var generator = SplitMix64(seed: 3)
        let first = try day("2026-01-01").daysSinceEpoch
        for _ in 0..<sampleCount(debug: 20, release: 500) {
            let spans = (0..<30).map { _ in
                let low = first + Int.random(in: 0..<200, using: &generator)
                return low...low + Int.random(in: 0...4, using: &generator)
            }
            let rules = spans.map { span in
                WorkCalendar.Rule.range(
                    CivilDate(daysSinceEpoch: span.lowerBound),
                    CivilDate(daysSinceEpoch: span.upperBound)
                )
            }
            let halves = [WorkCalendar(allowed: Array(rules[..<15])), WorkCalendar(allowed: Array(rules[15...]))]
            let open = WorkCalendar(including: halves)
            #expect(open == WorkCalendar(allowed: rules))
            let closed = WorkCalendar(blocked: rules)
            for day in first - 3..<first + 210 {
                let date = CivilDate(daysSinceEpoch: day)
                let isNamed = spans.contains { $0.contains(day) }
                #expect(open.allows(date) == isNamed)
                #expect(closed.allows(date) == !isNamed)
                let next = (day...day + 300).first { later in spans.contains { $0.contains(later) } }
                #expect(open.nearestAllowed(to: date, .nextDay)?.daysSinceEpoch == next)
                let free = (0...300).lazy.map { day - $0 }.first { earlier in !spans.contains { $0.contains(earlier) } }
                #expect(closed.nearestAllowed(to: date, .previousDay)?.daysSinceEpoch == free)
            }
        }
    }

    @Test func `a calendar that allows nothing, or little, is answered at once`() throws {
        let nothing = WorkCalendar(allowed: [.date(try day("1990-01-01"))])
        let rare = WorkCalendar(allowed: [.date(try day("2040-05-05"))])
        let every = [try CronExpression("* * * * * *")]
        let from = try instant("2026-01-01T00:00:00Z")
        for direction in CalendarShift.allCases {
            let never = Timetable(crons: every, shift: .init(calendar: nothing, direction: direction))
            #expect(never.next(after: from) == nil)
            let once = Timetable(
                crons: [try CronExpression("0 12 5 5 *")],
                shift: .init(calendar: rare, direction: direction)
            )
            #expect(once.next(after: from)?.rfc3339Seconds == "2040-05-05T12:00:00Z")
            #expect(
                once.previous(before: try instant("2070-01-01T00:00:00Z"))?.rfc3339Seconds == "2040-05-05T12:00:00Z"
            )
        }
    }
}
