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
}
