import Core
import Testing

struct TickPlanTests {
    /// A schedule of every hour.
    private static func hourly(
        catchup: Schedule.Catchup = .latest,
        overlap: Schedule.Overlap = .queue
    ) throws -> Schedule {
        var schedule = Schedule(timetable: Timetable(crons: [try CronExpression("0 * * * *")]), text: "0 * * * *")
        schedule.catchup = catchup
        schedule.overlap = overlap
        return schedule
    }

    private static func hour(_ number: Int, _ minute: Int = 0, _ second: Int = 0) -> Timestamp {
        Timestamp(seconds: number * 3_600 + minute * 60 + second)
    }

    private static func plan(
        _ schedule: Schedule,
        cursor: Timestamp,
        now: Timestamp,
        unpausedAt: Timestamp? = nil,
        unfinished: Bool = false
    ) -> TickPlan {
        decide(
            TickSnapshot(
                now: now,
                cursor: cursor,
                schedule: schedule,
                unpausedAt: unpausedAt,
                hasUnfinishedRun: unfinished
            )
        )
    }

    @Test func `a tick is created when its time has come, and not before`() throws {
        let schedule = try Self.hourly()
        let early = Self.plan(schedule, cursor: Self.hour(1), now: Self.hour(1, 59, 59))
        #expect(early.entries.isEmpty)
        #expect(early.cursor == Self.hour(1))
        #expect(early.nextTick == Self.hour(2))
        let due = Self.plan(schedule, cursor: Self.hour(1), now: Self.hour(2))
        #expect(due.entries == [.create(Self.hour(2), late: false)])
        #expect(due.cursor == Self.hour(2))
        #expect(due.nextTick == Self.hour(3))
    }

    @Test func `after an outage catchup latest creates the newest tick and says why the others have none`() throws {
        let plan = Self.plan(try Self.hourly(), cursor: Self.hour(1), now: Self.hour(5, 30))
        #expect(
            plan.entries == [
                .skipRange(first: Self.hour(2), last: Self.hour(4), count: 3, .catchup),
                .create(Self.hour(5), late: true),
            ]
        )
    }

    @Test func `a shadow schedule notes every tick and creates none`() throws {
        var schedule = try Self.hourly(catchup: .all, overlap: .skip)
        schedule.isShadow = true
        let due = Self.plan(schedule, cursor: Self.hour(1), now: Self.hour(2), unfinished: true)
        #expect(due.entries == [.skip(Self.hour(2), .shadow)])
        let late = Self.plan(schedule, cursor: Self.hour(1), now: Self.hour(5, 30))
        #expect(late.entries == [.skipRange(first: Self.hour(2), last: Self.hour(5), count: 4, .shadow)])
        #expect(late.cursor == Self.hour(5))
    }

    @Test func `after an outage catchup none creates nothing that was missed`() throws {
        let plan = Self.plan(try Self.hourly(catchup: .none), cursor: Self.hour(1), now: Self.hour(3, 30))
        #expect(plan.entries == [.skipRange(first: Self.hour(2), last: Self.hour(3), count: 2, .catchup)])
        let onTime = Self.plan(try Self.hourly(catchup: .none), cursor: Self.hour(1), now: Self.hour(2, 0, 30))
        #expect(onTime.entries == [.create(Self.hour(2), late: false)])
    }

    @Test func `catchup all creates every tick within its window, oldest first`() throws {
        var schedule = try Self.hourly(catchup: .all)
        schedule.catchupWindow = .seconds(2 * 3_600)
        let plan = Self.plan(schedule, cursor: Self.hour(1), now: Self.hour(5))
        #expect(
            plan.entries == [
                .skip(Self.hour(2), .catchup), .create(Self.hour(3), late: true), .create(Self.hour(4), late: true),
                .create(Self.hour(5), late: false),
            ]
        )
    }

    @Test func `what passed during a pause is skipped as paused`() throws {
        let plan = Self.plan(
            try Self.hourly(catchup: .none),
            cursor: Self.hour(1),
            now: Self.hour(3, 0, 10),
            unpausedAt: Self.hour(3, 0, 5)
        )
        #expect(plan.entries == [.skipRange(first: Self.hour(2), last: Self.hour(3), count: 2, .paused)])
    }

    @Test func `overlap skip leaves a tick out while an earlier run is unfinished`() throws {
        let schedule = try Self.hourly(overlap: .skip)
        let busy = Self.plan(schedule, cursor: Self.hour(1), now: Self.hour(2), unfinished: true)
        #expect(busy.entries == [.skip(Self.hour(2), .overlap)])
        let free = Self.plan(schedule, cursor: Self.hour(1), now: Self.hour(2))
        #expect(free.entries == [.create(Self.hour(2), late: false)])
    }

    @Test func `overlap cancel ends the unfinished run`() throws {
        let plan = Self.plan(
            try Self.hourly(overlap: .cancel),
            cursor: Self.hour(1),
            now: Self.hour(2),
            unfinished: true
        )
        #expect(plan.cancelsUnfinished)
        #expect(plan.entries == [.create(Self.hour(2), late: false)])
    }

    @Test func `a million missed ticks cost one row`() throws {
        var schedule = Schedule(timetable: Timetable(every: .seconds(1)), text: "every 1s")
        schedule.catchup = .none
        let plan = Self.plan(schedule, cursor: .epoch, now: Timestamp(seconds: 900_000))
        #expect(
            plan.entries.first
                == .skipRange(
                    first: Timestamp(seconds: 1),
                    last: Timestamp(seconds: 899_939),
                    count: 899_939,
                    .catchup
                )
        )
        #expect(plan.entries.count == 62)
    }

    /// Every hour, on weekdays; 1970 began on a Thursday.
    private static func onWeekdays(_ catchup: Schedule.Catchup) throws -> Schedule {
        var schedule = try hourly(catchup: catchup)
        schedule.calendar = WorkCalendar(blocked: [.weekly(weekday: 0), .weekly(weekday: 6)])
        return schedule
    }

    @Test func `on a day that the calendar blocks ticks are skipped as such, whatever else would have been`() throws {
        let schedule = try Self.onWeekdays(.all)
        let saturday = Self.hour(48)
        let plan = Self.plan(schedule, cursor: saturday - .seconds(1), now: saturday + .seconds(2 * 86_400))
        #expect(
            plan.entries == [
                .skipRange(first: saturday, last: saturday + .seconds(47 * 3_600), count: 48, .calendar),
                .create(saturday + .seconds(48 * 3_600), late: false),
            ]
        )
        var shadow = schedule
        shadow.isShadow = true
        #expect(Self.plan(shadow, cursor: Self.hour(47), now: saturday).entries == [.skip(saturday, .calendar)])
    }

    @Test func `catchup latest makes up for the newest tick that the calendar allows`() throws {
        let schedule = try Self.onWeekdays(.latest)
        let friday = Self.hour(47)
        let plan = Self.plan(schedule, cursor: Self.hour(45), now: Self.hour(90))
        #expect(
            plan.entries == [
                .skip(Self.hour(46), .catchup), .create(friday, late: true),
                .skipRange(first: Self.hour(48), last: Self.hour(90), count: 43, .calendar),
            ]
        )
        let inside = Self.plan(schedule, cursor: Self.hour(50), now: Self.hour(52))
        #expect(inside.entries == [.skipRange(first: Self.hour(51), last: Self.hour(52), count: 2, .calendar)])
    }

    @Test func `the next and the latest run step over blocked days at once`() throws {
        var schedule = try Self.onWeekdays(.latest)
        #expect(schedule.nextRun(after: Self.hour(47)) == Self.hour(96))
        #expect(schedule.latestRun(atOrBefore: Self.hour(95), after: .epoch) == Self.hour(47))
        #expect(schedule.latestRun(atOrBefore: Self.hour(95), after: Self.hour(47)) == nil)
        #expect(schedule.runs(from: Self.hour(46), to: Self.hour(98)) == [46, 47, 96, 97].map { Self.hour($0) })
        schedule.calendar = WorkCalendar(allowed: [.date(CivilDate(year: 1999, month: 12, day: 31))])
        let eve = try #require(Timestamp(rfc3339: "1999-12-31T00:00:00Z"))
        #expect(schedule.nextRun(after: .epoch) == eve)
        #expect(schedule.nextRun(after: eve + .seconds(86_400)) == nil)
    }

    @Test(arguments: [
        // Quarters' ends and months' firsts; days that alternate; weekdays; single dates far apart.
        ("0 6 1 * *", [WorkCalendar.Rule.yearly(month: 3, day: 31), .yearly(month: 6, day: 30)], []),
        ("* * * * *", [], (0...6).map { WorkCalendar.Rule.weekly(weekday: $0) }),
        ("0 0 * * MON", [], [.weekly(weekday: 1)]),
        ("0 0 1 1 *", [.date(CivilDate(year: 2400, month: 1, day: 1))], []),
        ("0 0 1-31/2 1 *", (1...15).map { .yearly(month: 1, day: 2 * $0) }, []),
    ])
    func `a timetable and a calendar that never meet have no run`(
        _ cron: String,
        _ allowed: [WorkCalendar.Rule],
        _ blocked: [WorkCalendar.Rule]
    ) throws {
        let calendar = WorkCalendar(allowed: allowed, blocked: blocked)
        var schedule = Schedule(timetable: Timetable(crons: [try CronExpression(cron)]), text: cron)
        schedule.calendar = calendar
        let now = try #require(Timestamp(rfc3339: "2026-01-01T00:00:00Z"))
        #expect(schedule.nextRun(after: now) == nil)
        #expect(schedule.latestRun(atOrBefore: now, after: now - .seconds(90 * 366 * 86_400)) == nil)
        #expect(schedule.runs(from: .epoch, to: now).isEmpty)
        #expect(schedule.runs(downFrom: now, to: .epoch).isEmpty)
    }

    @Test func `ticks that no calendar's day is near enough for are searched for 50 years`() throws {
        // The fifth Monday of February comes in leap years alone, and the next leap day is no Monday.
        let calendar = WorkCalendar(allowed: [.yearly(month: 2, day: 29)], blocked: [.weekly(weekday: 1)])
        let timetable = Timetable(
            crons: [try CronExpression("0 0 * 2 MON#5")],
            shift: Timetable.Shift(calendar: calendar, direction: .nextDay)
        )
        let now = try #require(Timestamp(rfc3339: "2026-01-01T00:00:00Z"))
        #expect(timetable.next(after: now) == nil)
        #expect(timetable.previous(before: now) == nil)
    }

    @Test func `runs are the same with a bound as without`() throws {
        var schedule = Schedule(timetable: Timetable(crons: [try CronExpression("30 1 * * 1-3")]), text: "")
        schedule.calendar = WorkCalendar(allowed: [.weekly(weekday: 3), .yearly(month: 5, day: 5)])
        let from = try #require(Timestamp(rfc3339: "2026-01-01T00:00:00Z"))
        let to = try #require(Timestamp(rfc3339: "2029-01-01T00:00:00Z"))
        let expected = schedule.timetable.ticks(from: from, to: to).filter { schedule.allows($0) }
        #expect(expected.count > 150)
        #expect(schedule.runs(from: from, to: to) == expected)
        #expect(schedule.runs(downFrom: to - .microseconds(1), to: from) == expected.reversed())
    }
}
