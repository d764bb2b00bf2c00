import Core
import Testing

struct CatchupForecastTests {
    private static let start = Timestamp(seconds: 1_800_000_000)

    private static func forecast(
        _ catchup: Schedule.Catchup,
        hours: Int,
        overlap: Schedule.Overlap = .queue,
        unfinished: Bool = false,
        calendar: WorkCalendar? = nil
    ) throws -> CatchupForecast {
        var schedule = Schedule(timetable: Timetable(crons: [try CronExpression("@hourly")]), text: "@hourly")
        schedule.catchup = catchup
        schedule.overlap = overlap
        schedule.calendar = calendar
        let now = start + .seconds(hours * 3_600)
        return CatchupForecast(
            of: TickSnapshot(
                now: now,
                cursor: start,
                schedule: schedule,
                unpausedAt: now,
                hasUnfinishedRun: unfinished
            )
        )
    }

    @Test(arguments: [
        (Schedule.Catchup.none, 10, 0, 10), (.latest, 10, 1, 9), (.all, 10, 10, 0),
        // The window is 7 days, its first instant with it.
        (.all, 24 * 10, 169, 71), (.latest, 0, 0, 0),
    ])
    func `what was paused is caught up with by policy`(
        _ catchup: Schedule.Catchup,
        hours: Int,
        runs: Int,
        skips: Int
    ) throws {
        let forecast = try Self.forecast(catchup, hours: hours)
        #expect(forecast.runs == runs)
        #expect(forecast.skips == (skips > 0 ? [.paused: skips] : [:]))
        #expect(forecast.isWhole)
        #expect((forecast.nextTick ?? Self.start) > Self.start + .seconds(hours * 3_600))
        #expect(forecast.lastRun.map { $0 <= Self.start + .seconds(hours * 3_600) } ?? (runs == 0))
        #expect((forecast.firstRun == nil) == (runs == 0))
    }

    @Test func `several passes are one forecast`() throws {
        var schedule = Schedule(timetable: Timetable(every: .seconds(60), zone: .utc), text: "every 1m")
        schedule.catchup = .all
        let now = Self.start + .seconds(2_500 * 60)
        let forecast = CatchupForecast(
            of: TickSnapshot(
                now: now,
                cursor: Self.start,
                schedule: schedule,
                unpausedAt: now,
                hasUnfinishedRun: false
            )
        )
        #expect(forecast.runs == 2_500 && forecast.isWhole)
        #expect(forecast.firstRun == Self.start + .seconds(60) && forecast.lastRun == now)
    }

    @Test func `overlap and calendar have their part`() throws {
        let skipping = try Self.forecast(.all, hours: 5, overlap: .skip, unfinished: true)
        #expect(skipping.runs == 0 && skipping.skips == [.overlap: 5])
        let cancelling = try Self.forecast(.latest, hours: 5, overlap: .cancel, unfinished: true)
        #expect(cancelling.runs == 1 && cancelling.cancelsUnfinished)
        let closed = WorkCalendar(blocked: (0...6).map { .weekly(weekday: $0) })
        #expect(try Self.forecast(.all, hours: 5, calendar: closed).skips == [.calendar: 5])
    }
}
