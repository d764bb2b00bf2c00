import Core
import YAML

/// Makes a schedule of its node.
struct ScheduleReader {
    private let now: Timestamp?
    private let zones: (String) throws -> TimeZoneRules
    private let calendars: CalendarSet
    private(set) var problems: [Problem] = []

    init(now: Timestamp?, zones: @escaping (String) throws -> TimeZoneRules, calendars: CalendarSet) {
        self.now = now
        self.zones = zones
        self.calendars = calendars
    }

    /// Reads a schedule; nil where its rules cannot be read, which was complained about.
    mutating func read(_ node: Node) -> Schedule? {
        let isShort = node.entries == nil
        let fields = Fields(node)
        let zone = readZone(fields["timezone"])
        let crons = readCrons(isShort ? node : fields["cron"])
        let every = fields.duration("every").flatMap { $0 >= .seconds(1) ? $0 : nil }
        let instants = readInstants(fields.scalars("at"), zone: zone)
        let start = readInstants(fields.scalars("start"), zone: zone).first
        let end = readInstants(fields.scalars("end"), zone: zone).first
        if let start, let end, start >= end, let mark = fields["end"]?.mark {
            problems.append(Problem(at: mark, "the end is not after the start, so there is no run"))
        }
        guard !crons.isEmpty || every != nil || !instants.isEmpty else {
            let hasRule = isShort || ["cron", "every", "at"].contains { fields[$0] != nil }
            if !hasRule {
                let hint = "without a schedule a DAG runs only when triggered"
                problems.append(Problem(at: node.mark, "the schedule has none of 'cron', 'every' and 'at'", hint: hint))
            } else if problems.isEmpty, (isShort ? node : fields["cron"])?.elements?.isEmpty ?? false {
                problems.append(Problem(at: node.mark, "the schedule's list is empty"))
            }
            return nil
        }
        let days = readCalendar(fields["calendar"])
        let direction = fields.text("shift").flatMap { CalendarShift(rawValue: $0) }
        let timetable = Timetable(
            crons: crons,
            every: every,
            at: instants,
            zone: zone,
            start: start,
            end: end,
            shift: days.flatMap { days in direction.map { Timetable.Shift(calendar: days, direction: $0) } }
        )
        let text = crons.map(\.text) + (every.map { ["every \(DurationText.spell($0))"] } ?? []) + fields.texts("at")
        var schedule = Schedule(timetable: timetable, text: text.joined(separator: "; "))
        schedule.calendarName = fields.text("calendar")
        schedule.calendar = direction == nil ? days : nil
        if direction != nil, fields["calendar"] == nil, let mark = fields["shift"]?.mark {
            problems.append(Problem(at: mark, "'shift' moves what a calendar blocks, and there is no 'calendar'"))
        }
        checkTicks(schedule, node, hasEnd: end != nil)
        readPolicies(fields, into: &schedule)
        return schedule
    }

    private mutating func readPolicies(_ fields: Fields, into schedule: inout Schedule) {
        schedule.catchup = fields.text("catchup").flatMap { Schedule.Catchup(rawValue: $0) } ?? .latest
        schedule.catchupWindow = fields.duration("catchup_window") ?? schedule.catchupWindow
        schedule.overlap = fields.text("overlap").flatMap { Schedule.Overlap(rawValue: $0) } ?? .queue
        schedule.startDeadline = fields.duration("start_deadline")
        schedule.jitter = fields.duration("jitter") ?? .zero
        schedule.isShadow = fields.boolean("shadow") ?? false
        if schedule.catchup != .all, let node = fields["catchup_window"] {
            let message = "'catchup_window' has no effect without 'catchup: all'"
            problems.append(Problem(at: node.mark, message, severity: .warning))
        }
    }

    private mutating func readZone(_ node: Node?) -> TimeZoneRules {
        guard let node, let name = node.scalar?.text, !name.isEmpty else { return .utc }
        do {
            return try zones(name)
        } catch {
            problems.append(Problem(at: node.mark, "\(error)"))
            return .utc
        }
    }

    private mutating func readCalendar(_ node: Node?) -> WorkCalendar? {
        guard let node, let name = node.scalar?.text, TextRule.isNamePart(name) else { return nil }
        do throws(CalendarError) {
            return try calendars.calendar(named: name)
        } catch {
            problems.append(Problem(at: node.mark, error.description))
            return nil
        }
    }

    private mutating func readCrons(_ node: Node?) -> [CronExpression] {
        var crons: [CronExpression] = []
        for (element, text) in Fields.scalars(node) {
            // What cannot be parsed was complained about with its place.
            guard let cron = try? CronExpression(text) else { continue }
            crons.append(cron)
            for warning in cron.warnings {
                problems.append(Problem(at: element.mark, warning.description, severity: .warning))
            }
        }
        return crons
    }

    private func readInstants(_ scalars: [(node: Node, text: String)], zone: TimeZoneRules) -> [Timestamp] {
        scalars.compactMap { _, text in
            Timestamp(rfc3339: text) ?? LocalTime(text).map { zone.instant(of: $0) }
        }
    }

    /// Says what changes of the clocks do to the schedule, and whether it ever comes to anything.
    private mutating func checkTicks(_ schedule: Schedule, _ node: Node, hasEnd: Bool) {
        let timetable = schedule.timetable
        let beginning = (timetable.start ?? .epoch) - .microseconds(1)
        // A calendar of single dates may begin long after 1970.
        let first = now.flatMap { schedule.nextRun(after: max($0, beginning)) } ?? schedule.nextRun(after: beginning)
        if first == nil, !problems.contains(where: { $0.severity == .error }) {
            let span = hasEnd ? "between its start and its end" : "at all"
            var message = "the schedule has no run \(span)"
            if let name = schedule.calendarName {
                message =
                    "the schedule never falls on a day of its calendar '\(name)'"
                    + (hasEnd ? " \(span)" : "") + ", so it has no run"
            }
            problems.append(Problem(at: node.mark, message, severity: .warning))
        }
        guard let now else { return }
        for cron in timetable.crons {
            for warning in cron.warnings(in: timetable.zone, from: now) {
                var severity = Problem.Severity.warning
                // To run once or twice where the clock shows a time twice is what a plain reading says already.
                if case .inOverlap = warning { severity = .info }
                problems.append(Problem(at: node.mark, warning.description, severity: severity))
            }
        }
    }
}
