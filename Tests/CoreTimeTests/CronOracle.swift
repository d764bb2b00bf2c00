import Core

/// A cron expression made by chance, and what it means, told the slow and simple way.
///
/// It shares no code with the product but the civil calendar and the zone's offsets, which have oracles of their own.
struct CronOracle {
    /// A field's text and its plain values.
    private struct Field {
        var text: String
        var values: Set<Int>
    }

    let text: String
    let isFixed: Bool
    private let clock: [Field]
    private let months: Field
    private let monthDays: String
    private let weekdays: String

    init(hasSeconds: Bool, using generator: inout SplitMix64) {
        let second = hasSeconds ? CronOracle.field(0...59, using: &generator) : Field(text: "0", values: [0])
        // Clocks change at night, so many of the hours asked for are those.
        let lows = !hasSeconds && Bool.random(using: &generator) ? 0...23 : 0...3
        clock = [
            second, CronOracle.field(0...59, using: &generator),
            CronOracle.field(0...23, lows: lows, using: &generator),
        ]
        // A window of seconds is short: its day always matches.
        months =
            hasSeconds || Int.random(in: 0..<4, using: &generator) > 0
            ? Field(text: "*", values: Set(1...12)) : CronOracle.field(1...12, using: &generator)
        let monthDayTexts = ["*", "*", "*", "*/2", "1-7", "L", "LW", "15W", "1W,31", "30W", "10-20/3", "25/2", "*,5"]
        let weekdayTexts = [
            "*", "*", "*", "*/2", "1-5", "6,0", "FRI-SUN", "7", "MON#1", "5#5,1L", "SUNL", "2/2", "sat",
        ]
        monthDays = hasSeconds ? "*" : monthDayTexts.randomElement(using: &generator) ?? "*"
        weekdays = hasSeconds ? "*" : weekdayTexts.randomElement(using: &generator) ?? "*"
        isFixed = !clock.contains { $0.text.hasPrefix("*") }
        let time = (hasSeconds ? [second.text] : []) + [clock[1].text, clock[2].text]
        text = (time + [monthDays, months.text, weekdays]).joined(separator: " ")
    }

    func matches(_ local: LocalTime) -> Bool {
        clock[0].values.contains(local.second) && clock[1].values.contains(local.minute)
            && clock[2].values.contains(local.hour) && matches(local.date)
    }

    /// The runs from one second on and before another, a step apart where the offsets allow it.
    func runs(from: Int, to: Int, step: Int, in zone: TimeZoneRules) -> [Int] {
        let shown = stride(from: from - 99_960, to: to + 99_960, by: step).map { second in
            (second: second, local: second + zone.offset(at: Timestamp(seconds: second)))
        }
        guard isFixed else {
            return shown.filter { $0.second >= from && $0.second < to && matches(LocalTime(seconds: $0.local)) }
                .map(\.second)
        }
        var first: [Int: Int] = [:]
        for entry in shown where first[entry.local] == nil { first[entry.local] = entry.second }
        var runs: Set<Int> = []
        for (local, second) in first where matches(LocalTime(seconds: local)) { runs.insert(second) }
        for (before, after) in zip(shown, shown.dropFirst()) where after.local > before.local + step {
            for local in stride(from: before.local + step, to: after.local, by: step)
            where first[local] == nil && matches(LocalTime(seconds: local)) {
                runs.insert(after.second)
            }
        }
        return runs.filter { $0 >= from && $0 < to }.sorted()
    }

    private func matches(_ date: CivilDate) -> Bool {
        guard months.values.contains(date.month) else { return false }
        let byDay = monthDays.split(separator: ",").contains { CronOracle.monthDay(String($0), date) }
        let byWeekday = weekdays.split(separator: ",").contains { CronOracle.weekday(String($0), date) }
        let needsBoth = monthDays.hasPrefix("*") || weekdays.hasPrefix("*")
        return needsBoth ? byDay && byWeekday : byDay || byWeekday
    }

    private static func monthDay(_ item: String, _ date: CivilDate) -> Bool {
        let length = CivilDate.daysInMonth(date.month, year: date.year)
        func isWorkday(_ day: Int) -> Bool {
            (1...5).contains(CivilDate(year: date.year, month: date.month, day: day).weekday)
        }
        switch item {
        case "*": return true
        case "*/2": return date.day % 2 == 1
        case "1-7": return date.day <= 7
        case "10-20/3": return [10, 13, 16, 19].contains(date.day)
        case "25/2": return [25, 27, 29, 31].contains(date.day)
        case "L": return date.day == length
        case "LW": return date.day == (1...length).last { isWorkday($0) }
        default:
            guard item.hasSuffix("W") else { return Int(item) == date.day }
            guard let wanted = Int(item.dropLast()), wanted <= length else { return false }
            // The nearest; no two workdays of one month are equally near to a day that is none.
            return date.day == (1...length).filter(isWorkday).min { abs($0 - wanted) < abs($1 - wanted) }
        }
    }

    private static func weekday(_ item: String, _ date: CivilDate) -> Bool {
        let length = CivilDate.daysInMonth(date.month, year: date.year)
        let place = (date.day + 6) / 7
        return switch item {
        case "*": true
        case "*/2": [0, 2, 4, 6].contains(date.weekday)
        case "1-5": (1...5).contains(date.weekday)
        case "FRI-SUN": [5, 6, 0].contains(date.weekday)
        case "7": date.weekday == 0
        case "MON#1": date.weekday == 1 && place == 1
        case "5#5": date.weekday == 5 && place == 5
        case "1L": date.weekday == 1 && date.day + 7 > length
        case "SUNL": date.weekday == 0 && date.day + 7 > length
        case "2/2": [2, 4, 6].contains(date.weekday)
        case "sat": date.weekday == 6
        default: Int(item) == date.weekday
        }
    }

    private static func field(
        _ range: ClosedRange<Int>,
        lows: ClosedRange<Int>? = nil,
        using generator: inout SplitMix64
    ) -> Field {
        func pick(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
        let low = pick(lows ?? range)
        let high = pick(low...range.upperBound)
        let step = pick(1...20)
        switch pick(0...6) {
        case 0: return Field(text: "*", values: Set(range))
        case 1:
            return Field(
                text: "*/\(step)",
                values: Set(stride(from: range.lowerBound, through: range.upperBound, by: step))
            )
        case 2: return Field(text: "\(low)-\(high)", values: Set(low...high))
        case 3: return Field(text: "\(low)-\(high)/\(step)", values: Set(stride(from: low, through: high, by: step)))
        case 4:
            return Field(text: "\(low)/\(step)", values: Set(stride(from: low, through: range.upperBound, by: step)))
        case 5: return Field(text: "\(low),\(high)", values: [low, high])
        default: return Field(text: "\(low)", values: [low])
        }
    }
}
