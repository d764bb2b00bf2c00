import Core
import Testing
import Zones

struct CronAdviceTests {
    @Test(arguments: [
        ("30 4 * * *", "At 04:30 every day"),
        ("@hourly", "Every hour"),
        ("*/15 * * * *", "Every 15 minutes"),
        ("0,30 * * * *", "Every 30 minutes"),
        ("* * * * *", "Every minute"),
        ("*/10 * * * * *", "Every 10 seconds"),
        ("5 * * * *", "At minute 5 of every hour"),
        ("0 */2 * * *", "Every 2 hours"),
        ("30 */2 * * *", "At minute 30 of every 2nd hour"),
        ("*/15 9-17 * * MON-FRI", "Every 15 minutes from 09:00 to 17:59, from Monday to Friday"),
        ("0 9-17 * * *", "Every hour from 09:00 to 17:00"),
        ("0 6,18 * * SAT,SUN", "At 06:00 and 18:00 on Saturday and Sunday"),
        ("@yearly", "At 00:00 on day 1 of January"),
        ("15 30 4 * * *", "At 04:30:15 every day"),
        ("0 0 1-7 * MON", "At 00:00 on days 1 to 7 of the month, and also on Monday"),
        ("0 0 */2 * MON", "At 00:00 on Monday, but only on days 1, 3, 5, ... and 31 of the month"),
        ("0 0 * * MON#1,FRIL", "At 00:00 on the first Monday and the last Friday of the month"),
        ("0 0 LW * *", "At 00:00 on the last weekday (Monday to Friday) of the month"),
        ("0 0 15W 3-5 *", "At 00:00 on the weekday (Monday to Friday) nearest to day 15 of March to May"),
        ("5 5 * 3 *", "At 05:05 every day in March"),
    ])
    func `an expression is told in plain English`(text: String, words: String) throws {
        #expect(try CronExpression(text).describe() == words)
    }

    @Test(arguments: [
        (
            "*/90 * * * *",
            "minute: the step in '*/90' is longer than the range, so only its first value is left; it does not mean "
                + "every 90 minutes"
        ),
        (
            "*/7 * * * *",
            "minute: '*/7' starts anew each hour, so its runs are not always 7 minutes apart; for an even interval use "
                + "`every`"
        ),
        (
            "0 0 1-7 * MON",
            "runs on days that match day-of-month '1-7' or day-of-week 'MON', not only on those that match both; did "
                + "you mean '0 0 * * MON#1'?"
        ),
        ("0 0 31 * *", "day-of-month: months without day 31 have no run; 'L' is the last day of every month"),
        ("* 5 * * *", "runs 60 times in each of its hours; to run once, write '0 5 * * *'"),
        ("* 30 5 * * *", "runs 60 times in each of its minutes; to run once, write '0 30 5 * * *'"),
    ])
    func `an expression that misleads is told so`(text: String, warning: String) throws {
        #expect(try CronExpression(text).warnings.map(\.description) == [warning])
    }

    @Test(arguments: [
        "*/15 * * * *", "0 0 * * *", "0 9-17 * * 1-5", "* 9-17 * * *", "0 0 31 1 *", "0 0 28-31 * *", "*/60 * * * *",
        "0 0 L * *", "5/15 * * * *", "0 */6 * * *", "0 0 1 */3 *", "@weekly",
    ])
    func `an expression that does what it seems to do has no warning`(text: String) throws {
        #expect(try CronExpression(text).warnings.isEmpty)
    }

    @Test(arguments: [
        (
            "30 2 * * *",
            [
                "clocks in Europe/Berlin skip 02:30 on 2027-03-28; the run is at 03:00 instead",
                "clocks in Europe/Berlin show 02:30 twice on 2026-10-25; the run is at the first",
            ]
        ),
        (
            "*/30 2 * * SUN",
            [
                "clocks in Europe/Berlin skip 02:00 on 2027-03-28; there is no run for it",
                "clocks in Europe/Berlin show 02:00 twice on 2026-10-25; there is a run each time",
            ]
        ),
        ("30 4 * * *", []),
        ("*/5 * * * *", []),
    ])
    func `a time that clocks skip or show twice is told so`(text: String, warnings: [String]) throws {
        let berlin = try ZoneDatabase().rules(for: "Europe/Berlin")
        let from = try #require(Timestamp(rfc3339: "2026-08-01T00:00:00Z"))
        #expect(try CronExpression(text).warnings(in: berlin, from: from).map(\.description) == warnings)
    }
}
