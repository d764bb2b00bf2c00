import Core
import DAGFile
import Testing
import YAML

/// Calendar files, and DAG files that name them.
struct CalendarTests {
    private static func set(_ files: [String: String]) -> CalendarSet {
        CalendarSet(files.mapValues { Array($0.utf8) })
    }

    private static func date(_ text: String) throws -> CivilDate { try #require(CivilDate(text)) }

    private static func complaints(_ files: [String: String]) -> [String] {
        set(files).problems.map { problem in
            let hint = problem.hint.map { " [\($0)]" } ?? ""
            return "\(problem.path):\(problem.mark.line):\(problem.mark.column) \(problem.message)\(hint)"
        }
    }

    @Test(arguments: [
        ("block: 2026-12-24", ["2026-12-24"], ["2026-12-23", "2027-12-24"]),
        ("block: 2026-12-30..2027-01-02", ["2026-12-30", "2027-01-02"], ["2026-12-29", "2027-01-03"]),
        ("block: [sat, SUN]", ["2026-08-22", "2026-08-23"], ["2026-08-21", "2026-08-24"]),
        ("block: fri-mon", ["2026-08-21", "2026-08-22", "2026-08-23", "2026-08-24"], ["2026-08-25", "2026-08-20"]),
        ("allow: mon-fri", ["2026-08-22"], ["2026-08-21", "2026-08-24"]),
        ("block: 12-25", ["2026-12-25", "2031-12-25"], ["2026-12-24"]),
        ("block: 02-29", ["2028-02-29"], ["2027-02-28", "2027-03-01"]),
        ("block: 12-24..01-01", ["2026-12-24", "2026-12-31", "2027-01-01"], ["2026-12-23", "2027-01-02"]),
        ("block: 02-28..03-01", ["2026-02-28", "2026-03-01", "2028-02-29"], ["2026-02-27", "2026-03-02"]),
        ("{allow: mon-fri, block: 2026-08-21}", ["2026-08-21", "2026-08-22"], ["2026-08-20"]),
    ])
    func `days are written as people write them`(_ text: String, _ blocked: [String], _ allowed: [String]) throws {
        let set = Self.set(["days": text])
        #expect(set.problems.isEmpty)
        let calendar = try set.calendar(named: "days")
        for day in blocked { #expect(!calendar.allows(try Self.date(day)), "\(day)") }
        for day in allowed { #expect(calendar.allows(try Self.date(day)), "\(day)") }
    }

    @Test(arguments: [
        (
            "block: 2026-02-30",
            "1:8 'block' must be days: 2026-12-24, 2026-12-24..2027-01-01, sat, mon-fri, or in every year 12-25 or 12-24..12-31; found '2026-02-30' [there is no such day; dates are written year-month-day, with two digits for month and day]"
        ),
        ("block: 2026-12-24..2026-12-01", "[the first day comes first: 2026-12-01..2026-12-24]"),
        ("block: [saturday]", "[write 'sat']"),
        ("block: monday-friday", "[write 'mon-fri']"),
        ("holidays: [sat]", "1:1 unknown key 'holidays' in the file [write it as 'block']"),
        ("description: nothing", "1:1 the calendar names no days"),
        ("", "1:1 the calendar is empty"),
        ("include: none", "1:10 there is no calendar 'none': the DAG folder has no calendars/none.yaml"),
        ("include: days", "1:10 calendars include each other in a circle: days > days"),
    ])
    func `a mistake is told with its place and what was meant`(_ text: String, _ told: String) {
        let complaints = Self.complaints(["days": text])
        #expect(complaints.count == 1 && complaints.first?.contains(told) ?? false, "\(complaints)")
        #expect(complaints.first?.hasPrefix("calendars/days.yaml:") ?? false)
    }

    @Test func `what a calendar includes counts as its own, and blocked beats allowed`() throws {
        let set = Self.set([
            "week": "allow: mon-fri", "bridge": "{include: week, allow: 2026-08-22}",
            "closed": "{include: [bridge], block: 2026-08-21}",
        ])
        let calendar = try set.calendar(named: "closed")
        #expect(calendar.allows(try Self.date("2026-08-22")))
        #expect(!calendar.allows(try Self.date("2026-08-21")))
        #expect(!calendar.allows(try Self.date("2026-08-23")))
        #expect(set.sources(of: "bridge").keys.sorted() == ["bridge", "week"])
    }

    @Test func `a circle of calendars is refused by those in it, and by those that lead into it`() {
        let files = ["a": "include: b", "b": "include: a", "c": "{include: a, block: sun}", "d": "block: sun"]
        let complaints = Self.complaints(files)
        #expect(complaints.count == 3)
        #expect(throws: CalendarError.circular(["c", "a", "b", "a"])) { try Self.set(files).calendar(named: "c") }
        #expect(throws: Never.self) { try Self.set(files).calendar(named: "d") }
    }

    private static func parse(
        _ schedule: String,
        _ files: [String: String],
        cron: String = "0 6 * * *"
    ) -> DAGFile.ParseResult {
        let text = "schedule: {cron: '\(cron)', \(schedule)}\ntasks: {a: {timeout: 1m, run: echo}}"
        return DAGFile.parse(
            source: Array(text.utf8),
            path: "test.yaml",
            id: "test",
            calendars: set(files),
            zones: testZone
        )
    }

    @Test func `a schedule runs on its calendar's days, or is moved to them`() throws {
        let files = ["week": "allow: mon-fri"]
        let skipping = try #require(Self.parse("calendar: week", files).dag?.schedule)
        let friday = try #require(Timestamp(rfc3339: "2026-08-21T06:00:00Z"))
        let monday = try #require(Timestamp(rfc3339: "2026-08-24T06:00:00Z"))
        #expect(skipping.nextRun(after: friday) == monday)
        #expect(skipping.timetable.next(after: friday) == friday + .seconds(86_400), "its ticks stay, for the ledger")
        #expect(skipping.describe() == "At 06:00 every day, only on days of calendar 'week'")
        let moving = try #require(Self.parse("calendar: week, shift: previous_day", files).dag?.schedule)
        #expect(moving.timetable.next(after: friday) == monday, "Saturday's and Sunday's fall together with Friday's")
        #expect(moving.calendar == nil)
    }

    @Test func `a calendar that cannot be used is an error of the DAG file, with its place`() {
        let files = ["week": "allow: mon-fri", "broken": "allow: 7", "never": "block: mon-sun"]
        let unknown = Self.parse("calendar: weak", files)
        #expect(
            unknown.complaints == [
                "1:41 there is no calendar 'weak': the DAG folder has no calendars/weak.yaml. Did you mean 'week'?"
            ]
        )
        #expect(unknown.calendar == "weak")
        #expect(
            Self.parse("calendar: broken", files).complaints
                == ["1:41 the calendar 'broken' has errors: see calendars/broken.yaml"]
        )
        #expect(
            Self.parse("calendar: calendars/week.yaml", files).complaints.first?.hasSuffix("[write 'week']") ?? false
        )
        #expect(
            Self.parse("shift: next_day", files).complaints
                == ["1:38 'shift' moves what a calendar blocks, and there is no 'calendar'"]
        )
        #expect(
            Self.parse("calendar: never", files).complaints
                == ["1:11 warning: the schedule never falls on a day of its calendar 'never', so it has no run"]
        )
        #expect(
            Self.parse("calendar: ends", ["ends": "allow: [02-29]\nblock: mon-sun"], cron: "0 6 1 * *").complaints
                == ["1:11 warning: the schedule never falls on a day of its calendar 'ends', so it has no run"]
        )
        for shift in ["", ", shift: next_day"] {
            let quarters = Self.parse(
                "calendar: ends\(shift)",
                ["ends": "allow: [03-31, 06-30, 09-30, 12-31]"],
                cron: "0 6 1 * *"
            )
            let told =
                "1:11 warning: the schedule never falls on a day of its calendar 'ends', so it has no run"
            #expect(quarters.complaints == (shift.isEmpty ? [told] : []))
        }
    }

    @Test func `calendars that include each other many times over are read once`() throws {
        var files = ["c99": "block: sun"]
        for index in 0..<99 {
            let next = ["c\(index + 1)", index < 98 ? "c\(index + 2)" : "c\(index + 1)"]
            files["c\(index)"] = "include: [\(Set(next).sorted().joined(separator: ", "))]"
        }
        let set = Self.set(files)
        #expect(set.problems.isEmpty)
        let sunday = try Self.date("2026-08-23")
        #expect(!(try set.calendar(named: "c0")).allows(sunday))
        files["c99"] = "include: nowhere"
        #expect(Self.complaints(files).count == 198)
        let twice = Self.complaints(["a": "block: sun", "b": "include: [a, a]"])
        #expect(twice == ["calendars/b.yaml:1:14 the calendar 'a' is included twice [leave one of the two out]"])
    }
}
