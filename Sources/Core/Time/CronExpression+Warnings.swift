extension CronExpression {
    /// What the expression does that its writer may not expect, whatever the zone.
    package var warnings: [CronWarning] {
        var found: [CronWarning] = []
        for field in CronField.allCases {
            let texts = fields.texts[field.rawValue].split(separator: ",").map(String.init)
            for (text, item) in zip(texts, fields.items[field.rawValue]) {
                if let warning = CronExpression.stepWarning(field, text: text, item: item) { found.append(warning) }
            }
        }
        if let warning = eitherDayWarning { found.append(warning) }
        if let day = skippedDay { found.append(.skipsMonths(day: day)) }
        if let warning = repetitionWarning { found.append(warning) }
        return found
    }

    /// What the next changes of the zone's clocks, within two years, do to the expression: at most one gap and one overlap.
    package func warnings(in zone: TimeZoneRules, from instant: Timestamp) -> [CronWarning] {
        // A job of every hour goes on through a change as people expect.
        guard !pattern.coversEveryHour else { return [] }
        var gap: CronWarning?
        var overlap: CronWarning?
        for change in zone.transitions(from: instant, to: instant + .seconds(2 * 366 * 86_400)) {
            let year = change.localStart.date.year
            guard let match = pattern.first(from: change.localStart.seconds, throughYear: year + 1),
                match < change.localEnd.seconds
            else { continue }
            let local = LocalTime(seconds: match)
            if change.isGap {
                gap = gap ?? .inGap(local, zone: zone.name, after: change.localEnd, runs: isFixed)
            } else {
                overlap = overlap ?? .inOverlap(local, zone: zone.name, runsTwice: !isFixed)
            }
        }
        return [gap, overlap].compactMap(\.self)
    }

    private static func stepWarning(_ field: CronField, text: String, item: CronItem) -> CronWarning? {
        let last = field.range.upperBound
        switch item {
        case .every(let step) where step > field.cycle:
            return .stepBeyondRange(field, item: text, step: step)
        case .from(let low, let step) where step > field.cycle || step < field.cycle && low + step > last:
            return .stepBeyondRange(field, item: text, step: step)
        case .range(let low, let high, let step) where step > 1 && low + step > high:
            return .stepBeyondRange(field, item: text, step: step)
        case .every(let step) where isUneven(field, step: step), .from(_, let step) where isUneven(field, step: step):
            return .unevenStep(field, item: text, step: step)
        default:
            return nil
        }
    }

    /// Whether steps to the end of the range leave a remainder; months are of different lengths.
    private static func isUneven(_ field: CronField, step: Int) -> Bool {
        field == .dayOfMonth ? step > 1 && step < 31 : field.cycle % step != 0
    }

    private var eitherDayWarning: CronWarning? {
        let dayOfMonth = fields.texts[CronField.dayOfMonth.rawValue]
        let dayOfWeek = fields.texts[CronField.dayOfWeek.rawValue]
        guard !dayOfMonth.hasPrefix("*"), !dayOfWeek.hasPrefix("*") else { return nil }
        return .eitherDay(dayOfMonth: dayOfMonth, dayOfWeek: dayOfWeek, better: firstWeekdayOfMonth)
    }

    /// The expression for the k-th weekday of the month, where day-of-month spells the k-th seven days.
    private var firstWeekdayOfMonth: String? {
        guard fields.items[CronField.dayOfMonth.rawValue].count == 1,
            case .range(let low, let high, step: 1) = fields.items[CronField.dayOfMonth.rawValue][0],
            high - low == 6, low % 7 == 1,
            fields.items[CronField.dayOfWeek.rawValue].count == 1,
            case .value = fields.items[CronField.dayOfWeek.rawValue][0]
        else { return nil }
        var texts = fields.texts
        texts[CronField.dayOfMonth.rawValue] = "*"
        texts[CronField.dayOfWeek.rawValue] += "#\(low / 7 + 1)"
        return spelled(texts)
    }

    /// The greatest of the days 29 to 31 that is named alone and is missing in a month of the expression.
    private var skippedDay: Int? {
        var days: [Int] = []
        for item in fields.items[CronField.dayOfMonth.rawValue] {
            switch item {
            case .value(let day) where day > 28: days.append(day)
            case .nearestWorkday(let day) where day > 28: days.append(day)
            // Beside the last day no month is without a run.
            case .lastDay, .lastWorkday: return nil
            default: continue
            }
        }
        guard let day = days.max() else { return nil }
        let isMissing = (1...12).contains { pattern.includes(month: $0) && CivilDate.daysInMonth($0, year: 2001) < day }
        return isMissing ? day : nil
    }

    private var repetitionWarning: CronWarning? {
        var texts = fields.texts
        let hours = fields.items[CronField.hour.rawValue]
        let minutes = fields.items[CronField.minute.rawValue]
        func areValues(_ items: [CronItem]) -> Bool { items.allSatisfy { if case .value = $0 { true } else { false } } }
        if fields.hasSeconds, texts[0] == "*", areValues(minutes) {
            texts[0] = "0"
            return .runsRepeatedly(times: 60, every: "in each of its minutes", better: spelled(texts))
        }
        guard areValues(hours), texts[1] == "*" else { return nil }
        let times = texts[0] == "*" ? 3600 : 60
        texts[0] = "0"
        texts[1] = "0"
        return .runsRepeatedly(times: times, every: "in each of its hours", better: spelled(texts))
    }

    private func spelled(_ texts: [String]) -> String {
        (fields.hasSeconds ? texts : Array(texts.dropFirst())).joined(separator: " ")
    }
}
