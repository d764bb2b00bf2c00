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
}
