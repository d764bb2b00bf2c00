extension CronExpression {
    /// The expression in plain English, as in "At 04:30 every day" and "Every 15 minutes".
    ///
    /// It is made of what the expression matches, not of how it is spelled: `0,30 * * * *` is "Every 30 minutes".
    package func describe() -> String {
        let clock = CronClockWords(
            seconds: pattern.values(of: .second),
            minutes: pattern.values(of: .minute),
            hours: pattern.values(of: .hour)
        )
        let days = CronDayWords(fields: fields, pattern: pattern)
        if let times = clock.times { return "At \(times) \(days.phrase ?? "every day")" }
        return clock.phrase + (days.phrase.map { ", \($0)" } ?? "")
    }
}

/// The time fields of a cron expression in words.
private struct CronClockWords {
    let seconds: [Int]
    let minutes: [Int]
    let hours: [Int]

    /// The times of day, where they are few enough to be told one by one.
    var times: String? {
        guard seconds.count * minutes.count * hours.count <= 6 else { return nil }
        var times: [String] = []
        for hour in hours {
            for minute in minutes {
                for second in seconds {
                    let short = "\(CronClockWords.two(hour)):\(CronClockWords.two(minute))"
                    times.append(seconds == [0] ? short : "\(short):\(CronClockWords.two(second))")
                }
            }
        }
        return times.inWords
    }

    var phrase: String {
        var text = ""
        if seconds != [0] {
            let second = CronClockWords.part(seconds, cycle: 60, noun: "second")
            text = second.text
            if minutes.count == 60 {
                return (text + (second.isInParent ? " of every minute" : "") + hoursOfMinutes).capitalizedFirst
            }
            text += ", "
        } else if minutes == [0] {
            return hourly.capitalizedFirst
        }
        let minute = CronClockWords.part(minutes, cycle: 60, noun: "minute")
        text += minute.text + (minute.isInParent ? hoursThatHoldMinutes : hoursOfMinutes)
        return text.capitalizedFirst
    }

    /// The words for a job at minute 0.
    private var hourly: String {
        if hours.count == 24 { return "every hour" }
        if let step = hours.evenStep(cycle: 24) { return "every \(step) hours" }
        if hours.isRun {
            return "every hour from \(CronClockWords.two(hours[0])):00 to \(CronClockWords.two(hours.lastValue)):00"
        }
        return "at " + hours.map { "\(CronClockWords.two($0)):00" }.inWords
    }

    /// The words for the hours behind "every 15 minutes".
    private var hoursOfMinutes: String {
        if hours.count == 24 { return "" }
        if hours.count == 1 || hours.isRun { return span }
        if let step = hours.evenStep(cycle: 24) { return " in every \(step.ordinal) hour" }
        return " in the hours \(hours.map(CronClockWords.two).inWords)"
    }

    /// The words for the hours behind "at minute 5".
    private var hoursThatHoldMinutes: String {
        if hours.count == 24 { return " of every hour" }
        if hours.count == 1 { return span }
        if hours.isRun { return " of every hour" + span }
        if let step = hours.evenStep(cycle: 24) { return " of every \(step.ordinal) hour" }
        return " of the hours \(hours.map(CronClockWords.two).inWords)"
    }

    private var span: String {
        " from \(CronClockWords.two(hours[0])):00 to \(CronClockWords.two(hours.lastValue)):59"
    }

    /// Words for the values of one field.
    private struct Part {
        var text: String
        /// Whether it must be said what the values are counted in.
        var isInParent: Bool
    }

    private static func part(_ values: [Int], cycle: Int, noun: String) -> Part {
        if values.count == cycle { return Part(text: "every \(noun)", isInParent: false) }
        if let step = values.evenStep(cycle: cycle) { return Part(text: "every \(step) \(noun)s", isInParent: false) }
        if values.count > 2, values.isRun {
            return Part(text: "every \(noun) from \(noun) \(values[0]) to \(values.lastValue)", isInParent: true)
        }
        if values.count > 4, let step = values.step {
            let range = "from \(noun) \(values[0]) to \(values.lastValue)"
            return Part(text: "every \(step) \(noun)s \(range)", isInParent: true)
        }
        let plural = values.count == 1 ? "" : "s"
        return Part(text: "at \(noun)\(plural) \(values.map(String.init).inWords)", isInParent: true)
    }

    private static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}

/// The date fields of a cron expression in words.
private struct CronDayWords {
    let fields: CronParser.Fields
    let pattern: CronPattern

    /// Nil when every day of the year will do.
    var phrase: String? {
        let months = pattern.values(of: .month)
        let names = months.count == 12 ? nil : CronDayWords.names(months.map { $0 - 1 }, CronField.monthNames)
        let inMonths = names.map { " in \($0)" } ?? ""
        let ofMonth = " of \(names ?? "the month")"
        switch (monthDays, weekdays) {
        case (let monthDays?, let weekdays?) where pattern.needsBothDays:
            return "\(weekdays)\(inMonths), but only on \(monthDays) of the month"
        case (let monthDays?, let weekdays?):
            return "on \(monthDays)\(ofMonth), and also \(weekdays)\(inMonths)"
        case (let monthDays?, nil) where pattern.needsBothDays:
            return "on \(monthDays)\(ofMonth)"
        case (nil, let weekdays?) where pattern.needsBothDays:
            return weekdays + inMonths
        default:
            return names.map { "every day in \($0)" }
        }
    }

    /// The days of the month without their preposition; nil when all of them match.
    private var monthDays: String? {
        let values = pattern.values(of: .dayOfMonth)
        if values.count == 31 { return nil }
        var parts: [String] = []
        if values.count > 4, let step = values.step, step > 1 {
            parts.append("days \(values[0]), \(values[1]), \(values[2]), ... and \(values.lastValue)")
        } else if values.count > 2, values.isRun {
            parts.append("days \(values[0]) to \(values.lastValue)")
        } else if !values.isEmpty {
            parts.append("day\(values.count == 1 ? "" : "s") \(values.map(String.init).inWords)")
        }
        for item in fields.items[CronField.dayOfMonth.rawValue] {
            switch item {
            case .lastDay: parts.append("the last day")
            case .lastWorkday: parts.append("the last weekday (Monday to Friday)")
            case .nearestWorkday(let day): parts.append("the weekday (Monday to Friday) nearest to day \(day)")
            default: continue
            }
        }
        return parts.inWords
    }

    /// The weekdays with their preposition; nil when all of them match.
    private var weekdays: String? {
        let values = pattern.values(of: .dayOfWeek)
        if values.count == 7 { return nil }
        // Monday first, so that a weekend is one run.
        let order = values.map { ($0 + 6) % 7 }.sorted()
        let names = Array(CronField.weekdayNames[1...]) + [CronField.weekdayNames[0]]
        var places: [String] = []
        for item in fields.items[CronField.dayOfWeek.rawValue] {
            switch item {
            case .nth(let weekday, let place):
                let words = ["first", "second", "third", "fourth", "fifth"]
                places.append("the \(words[place - 1]) \(CronField.weekdayNames[weekday])")
            case .last(let weekday): places.append("the last \(CronField.weekdayNames[weekday])")
            default: continue
            }
        }
        var parts: [String] = []
        if !order.isEmpty {
            parts.append((order.count > 2 && order.isRun ? "from " : "on ") + CronDayWords.names(order, names))
        }
        if !places.isEmpty { parts.append("on " + places.inWords + " of the month") }
        return parts.inWords
    }

    private static func names(_ indices: [Int], _ names: [String]) -> String {
        if indices.count > 2, indices.isRun { return "\(names[indices[0]]) to \(names[indices.lastValue])" }
        return indices.map { names[$0] }.inWords
    }
}

extension [Int] {
    /// The difference between neighbours, where it is the same for all.
    fileprivate var step: Int? {
        guard count > 1 else { return nil }
        let step = self[1] - self[0]
        return zip(self, dropFirst()).allSatisfy { $1 - $0 == step } ? step : nil
    }

    /// Whether they follow each other without a hole; a single one does not.
    fileprivate var isRun: Bool { step == 1 }

    fileprivate var lastValue: Int { self[count - 1] }

    /// The step, where the values begin at 0 and go on evenly beyond the cycle's end.
    fileprivate func evenStep(cycle: Int) -> Int? {
        guard let step, first == 0, cycle % step == 0, count == cycle / step else { return nil }
        return step
    }
}

extension [String] {
    /// The elements with commas, and with `and` before the last.
    fileprivate var inWords: String {
        guard count > 1, let last else { return first ?? "" }
        return dropLast().joined(separator: ", ") + " and " + last
    }
}

extension Int {
    fileprivate var ordinal: String {
        switch (self % 10, self % 100) {
        case (1, let tens) where tens != 11: "\(self)st"
        case (2, let tens) where tens != 12: "\(self)nd"
        case (3, let tens) where tens != 13: "\(self)rd"
        default: "\(self)th"
        }
    }
}

extension String {
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
