import Core
import Testing
import Zones

@testable import rota

struct ScheduleDifferenceTests {
    private func schedule(_ cron: String, _ zone: String = "UTC") throws -> Schedule {
        let timetable = Timetable(crons: [try CronExpression(cron)], zone: try ZoneDatabase().rules(for: zone))
        return Schedule(timetable: timetable, text: cron)
    }

    private func instant(_ text: String) throws -> Timestamp { try #require(Timestamp(rfc3339: text)) }

    @Test func `the same fires are no difference, however they are written`() throws {
        let difference = try #require(
            ScheduleDifference(
                from: try schedule("0 * * * *"),
                to: try schedule("@hourly"),
                after: try instant("2026-01-01T00:00:00Z"),
                through: try instant("2026-01-02T00:00:00Z")
            )
        )
        #expect(difference.isEmpty && difference.kept == 24)
    }

    @Test func `a zone's change of clocks shows`() throws {
        let difference = try #require(
            ScheduleDifference(
                from: try schedule("0 3 * * *"),
                to: try schedule("0 4 * * *", "Europe/Berlin"),
                after: try instant("2026-03-27T12:00:00Z"),
                through: try instant("2026-03-30T12:00:00Z")
            )
        )
        #expect(difference.kept == 1, "winter time")
        #expect(
            difference.vanished == [try instant("2026-03-29T03:00:00Z"), try instant("2026-03-30T03:00:00Z")]
        )
        #expect(
            difference.appeared == [try instant("2026-03-29T02:00:00Z"), try instant("2026-03-30T02:00:00Z")]
        )
    }

    @Test func `a schedule that goes takes all its fires along`() throws {
        let difference = try #require(
            ScheduleDifference(
                from: try schedule("0 0 * * *"),
                to: nil,
                after: try instant("2026-01-01T00:00:00Z"),
                through: try instant("2026-01-03T00:00:00Z")
            )
        )
        #expect(difference.vanished.count == 2 && difference.appeared.isEmpty)
    }

    @Test func `too many fires are no answer`() throws {
        let difference = ScheduleDifference(
            from: try schedule("* * * * * *"),
            to: nil,
            after: try instant("2026-01-01T00:00:00Z"),
            through: try instant("2027-01-01T00:00:00Z")
        )
        #expect(difference == nil)
    }
}
