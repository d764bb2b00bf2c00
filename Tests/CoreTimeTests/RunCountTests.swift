import Core
import Testing
import Zones

/// Counting runs by their rule gives what counting them one by one gives.
struct RunCountTests {
    private static func schedule(_ cron: String, _ zone: String, calendar: WorkCalendar? = nil) throws -> Schedule {
        let rules = try ZoneDatabase().rules(for: zone)
        let timetable = Timetable(crons: [try CronExpression(cron)], zone: rules)
        var schedule = Schedule(timetable: timetable, text: cron)
        schedule.calendar = calendar
        return schedule
    }

    @Test(arguments: [
        "* * * * *", "*/7 8-18 * * MON-FRI", "30 2 * * *", "0 0 1 * *", "15 1,2,3 L * *", "*/20 * * * * *",
    ])
    func `each day of a year, clock changes and all`(cron: String) throws {
        for zone in ["UTC", "Europe/Berlin", "America/New_York"] {
            let schedule = try Self.schedule(cron, zone)
            let first = CivilDate(year: 2026, month: 1, day: 1).daysSinceEpoch
            for day in first..<first + 365 {
                let from = schedule.timetable.zone.instant(of: LocalTime(seconds: day * 86_400))
                let to = schedule.timetable.zone.instant(of: LocalTime(seconds: (day + 1) * 86_400))
                let counted = schedule.runCount(from: from, to: to, limit: 5_000)
                // Ticks by the second would take long to look for; a few days of each month will do.
                guard cron.count < 14 || day % 9 == 0 || zone != "UTC" && (85...90).contains(day - first) else {
                    continue
                }
                #expect(counted == schedule.runs(from: from, to: to, limit: 5_000).count, "\(zone), day \(day - first)")
            }
        }
    }

    @Test func `a part of a day, a calendar's day and a limit are heeded`() throws {
        let schedule = try Self.schedule("* * * * *", "UTC", calendar: WorkCalendar(blocked: [.weekly(weekday: 6)]))
        let friday = Timestamp(seconds: CivilDate(year: 2026, month: 8, day: 21).daysSinceEpoch * 86_400)
        let day = Duration.seconds(86_400)
        #expect(schedule.runCount(from: friday, to: friday + day, limit: 5_000) == 1_440)
        #expect(schedule.runCount(from: friday + .seconds(3_600), to: friday + day, limit: 5_000) == 1_380)
        #expect(schedule.runCount(from: friday + day, to: friday + day * 2, limit: 5_000) == 0)
        #expect(schedule.runCount(from: friday, to: friday + day, limit: 100) == 100)
    }

    @Test(arguments: [1, 7, 60, 86_400, 100_000])
    func `intervals are counted from their anchor`(seconds: Int) {
        let start = Timestamp(seconds: 1_000_003)
        let timetable = Timetable(every: .seconds(seconds), start: start, end: start + .seconds(500_000))
        let schedule = Schedule(timetable: timetable, text: "every")
        for (from, to) in [(0, 10), (-50, 50), (5, 200_000), (499_990, 600_000), (7, 7)] {
            let (first, last) = (start + .seconds(from), start + .seconds(to))
            let counted = schedule.runCount(from: first, to: last, limit: .max)
            #expect(counted == schedule.runs(from: first, to: last).count, "\(from) to \(to)")
        }
    }
}
