/// What a valid cron expression does that its writer may not expect.
package enum CronWarning: Hashable, Sendable {
    /// The step leaves only the first value, as in `*/90`.
    case stepBeyondRange(CronField, item: String, step: Int)
    /// The steps start anew each time, as those of `*/7` do each hour.
    case unevenStep(CronField, item: String, step: Int)
    /// Both day fields are restricted, and a day that matches either of them will do.
    case eitherDay(dayOfMonth: String, dayOfWeek: String, better: String?)
    /// Months without that day have no run.
    case skipsMonths(day: Int)
    /// It runs many times in the hours, or minutes, that look like single times, as `* 5 * * *` does.
    case runsRepeatedly(times: Int, every: String, better: String)
    /// A wall-clock time of the job is skipped when clocks go forward; the instant is the first after the gap.
    case inGap(LocalTime, zone: String, after: LocalTime, runs: Bool)
    /// A wall-clock time of the job comes twice when clocks go back.
    case inOverlap(LocalTime, zone: String, runsTwice: Bool)

    /// The field it is about, where it is about one.
    package var field: CronField? {
        switch self {
        case .stepBeyondRange(let field, _, _), .unevenStep(let field, _, _): field
        case .skipsMonths: .dayOfMonth
        case .eitherDay, .runsRepeatedly, .inGap, .inOverlap: nil
        }
    }
}

extension CronWarning: CustomStringConvertible {
    package var description: String {
        switch self {
        case .stepBeyondRange(let field, let item, let step):
            "\(field.name): the step in '\(item)' is longer than the range, so only its first value is left; it does "
                + "not mean every \(step) \(field.plural)"
        case .unevenStep(let field, let item, let step):
            "\(field.name): '\(item)' starts anew each \(field.parent), so its runs are not always \(step) "
                + "\(field.plural) apart; for an even interval use `every`"
        case .eitherDay(let dayOfMonth, let dayOfWeek, let better):
            "runs on days that match day-of-month '\(dayOfMonth)' or day-of-week '\(dayOfWeek)', not only on those "
                + "that match both" + (better.map { "; did you mean '\($0)'?" } ?? "")
        case .skipsMonths(let day):
            "day-of-month: months without day \(day) have no run; 'L' is the last day of every month"
        case .runsRepeatedly(let times, let every, let better):
            "runs \(times) times \(every); to run once, write '\(better)'"
        case .inGap(let local, let zone, let after, let runs):
            "clocks in \(zone) skip \(local.clock) on \(local.date); "
                + (runs ? "the run is at \(after.clock) instead" : "there is no run for it")
        case .inOverlap(let local, let zone, let runsTwice):
            "clocks in \(zone) show \(local.clock) twice on \(local.date); "
                + (runsTwice ? "there is a run each time" : "the run is at the first")
        }
    }
}

extension CronField {
    /// The values in the plural.
    var plural: String {
        switch self {
        case .second: "seconds"
        case .minute: "minutes"
        case .hour: "hours"
        case .dayOfMonth, .dayOfWeek: "days"
        case .month: "months"
        }
    }

    /// What the field's values start anew in.
    var parent: String {
        switch self {
        case .second: "minute"
        case .minute: "hour"
        case .hour: "day"
        case .dayOfMonth: "month"
        case .month: "year"
        case .dayOfWeek: "week"
        }
    }
}
