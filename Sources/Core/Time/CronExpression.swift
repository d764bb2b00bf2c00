/// A cron expression of five or six fields, or a macro.
///
/// What it yields is a pure function of the expression, the zone's rules and an instant. A job whose seconds, minutes and
/// hours all begin with something other than `*` is *fixed*: each of its wall-clock times gives one run, the first of two
/// when clocks go back, and the first instant after a gap that swallows it. Any other job runs at every second that
/// matches on the clock, twice where clocks show it twice, and never in a gap.
package struct CronExpression: Hashable, Sendable {
    /// How many years a search goes before there is no answer.
    static let yearsSearched = 50

    /// The expression as written, without the space around it.
    package let text: String
    let fields: CronParser.Fields
    let pattern: CronPattern
    /// Whether each wall-clock time gives exactly one run.
    package let isFixed: Bool

    /// Parses an expression.
    package init(_ text: String) throws(CronError) {
        fields = try CronParser.parse(text)
        pattern = CronPattern(fields)
        self.text = String(CronParser.trimmed(text))
        let clock = [CronField.second, .minute, .hour]
        let texts = fields.texts
        isFixed = !clock.contains { texts[$0.rawValue].hasPrefix("*") }
        guard pattern.matchesAnyDate else { throw CronExpression.neverMatches(fields, text: text) }
    }

    /// The least run after an instant; nil when none comes within 50 years, because the zone always skips its time.
    package func next(after instant: Timestamp, in zone: TimeZoneRules) -> Timestamp? {
        next(after: instant, before: nil, in: zone)
    }

    /// The same, but no year beyond that after a bound is searched; what is found may lie beyond the bound.
    func next(after instant: Timestamp, before bound: Timestamp?, in zone: TimeZoneRules) -> Timestamp? {
        let search = CronSearch(pattern: pattern, isFixed: isFixed, zone: zone)
        let lastYear = bound.map { zone.local($0).date.year + 1 } ?? .max
        guard let second = search.first(from: instant.wholeSeconds + 1, throughYear: lastYear) else { return nil }
        let run = Timestamp(seconds: second)
        // At the end of the range of instants there is none after it.
        return run > instant ? run : nil
    }

    /// The greatest run before an instant; nil when none is within 50 years.
    package func previous(before instant: Timestamp, in zone: TimeZoneRules) -> Timestamp? {
        previous(before: instant, after: nil, in: zone)
    }

    /// The same, but no year beyond that before a bound is searched; what is found may lie beyond the bound.
    func previous(before instant: Timestamp, after bound: Timestamp?, in zone: TimeZoneRules) -> Timestamp? {
        let search = CronSearch(pattern: pattern, isFixed: isFixed, zone: zone)
        let last = instant.microsecondOfSecond == 0 ? instant.wholeSeconds - 1 : instant.wholeSeconds
        let firstYear = bound.map { zone.local($0).date.year - 1 } ?? .min
        guard let second = search.last(upTo: last, downToYear: firstYear) else { return nil }
        let run = Timestamp(seconds: second)
        return run < instant ? run : nil
    }

    /// The next runs after an instant, at most so many.
    package func next(_ count: Int, after instant: Timestamp, in zone: TimeZoneRules) -> [Timestamp] {
        var runs: [Timestamp] = []
        while runs.count < count, let run = next(after: runs.last ?? instant, in: zone) { runs.append(run) }
        return runs
    }

    /// The runs before an instant, the latest first, at most so many.
    package func previous(_ count: Int, before instant: Timestamp, in zone: TimeZoneRules) -> [Timestamp] {
        var runs: [Timestamp] = []
        while runs.count < count, let run = previous(before: runs.last ?? instant, in: zone) { runs.append(run) }
        return runs
    }

    private static func neverMatches(_ fields: CronParser.Fields, text: String) -> CronError {
        func quoted(_ field: CronField) -> String { CronError.quote(fields.texts[field.rawValue]) }
        return CronError(
            .never,
            text: text,
            "no date ever matches day-of-month \(quoted(.dayOfMonth)), month \(quoted(.month)) and day-of-week "
                + "\(quoted(.dayOfWeek)); to switch a schedule off, pause it"
        )
    }
}

extension CronExpression: CustomStringConvertible {
    package var description: String { text }
}
