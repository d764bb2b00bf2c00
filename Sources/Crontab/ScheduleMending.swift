import Core

/// Finds what was meant by a schedule that cannot be taken over.
enum ScheduleMending {
    /// The schedule in a form that is understood, as it would stand in a DAG file; nil where only its writer knows.
    static func mended(_ schedule: String) -> String? {
        if schedule.hasPrefix("@") { return mendedMacro(schedule) }
        var fields = schedule.split(separator: " ").map(String.init)
        // Each round mends one mistake; more than these are no mistakes any more.
        for _ in 0..<20 {
            do throws(CronError) {
                _ = try CronExpression(fields.joined(separator: " "))
                return "cron: \"\(fields.joined(separator: " "))\""
            } catch {
                guard let field = error.field, fields.indices.contains(field.rawValue - 1) else { return nil }
                let before = fields[field.rawValue - 1]
                var items = before.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
                items = items.flatMap { mended(item: $0, of: field, error) }
                fields[field.rawValue - 1] = items.joined(separator: ",")
                if fields[field.rawValue - 1] == before { return nil }
            }
        }
        return nil
    }

    private static func mendedMacro(_ schedule: String) -> String? {
        if schedule.hasPrefix("@every ") {
            return seconds(schedule.dropFirst(7)).map { "every: \(DurationText.spell(.seconds($0)))" }
        }
        switch schedule.lowercased() {
        case "@every_minute": return "cron: \"* * * * *\""
        case "@every_second": return "cron: \"* * * * * *\""
        case "@quarterly": return "cron: \"0 0 1 */3 *\""
        case "@reboot", "@once": return nil
        default: return Spelling.nearest(to: schedule, among: CrontabMacros.usual).map { "cron: \"\($0)\"" }
        }
    }

    /// A span as Go's programs write it, such as `1h30m`, in whole seconds; nil for any other text.
    private static func seconds(_ text: Substring) -> Int? {
        let units: [Character: Int] = ["h": 3600, "m": 60, "s": 1]
        var rest = text
        var sum = 0
        while !rest.isEmpty {
            let digits = rest.prefix(while: \.isNumber)
            rest = rest.dropFirst(digits.count)
            guard digits.count < 8, let number = Int(digits), let unit = rest.popFirst().flatMap({ units[$0] }) else {
                return nil
            }
            sum += number * unit
        }
        return sum > 0 ? sum : nil
    }

    /// One item of a list as the items that were meant, which is itself where nothing is known.
    private static func mended(item: String, of field: CronField, _ error: CronError) -> [String] {
        switch error.kind {
        case .emptyItem:
            if item.isEmpty { return [] }
            return item.hasPrefix("/") ? ["*" + item] : [item]
        case .unsupported:
            return [item == "?" ? "*" : item]
        case .zeroStep:
            return [item == "*/0" ? "*" : item]
        case .reversedRange:
            return item.hasPrefix(error.text) ? wrapped(item, of: field, error) : [item]
        case .badValue:
            return [abbreviated(item, error)]
        default:
            return [item]
        }
    }

    /// A range over the end of its field as two; with a step, as its values.
    private static func wrapped(_ item: String, of field: CronField, _ error: CronError) -> [String] {
        if item == error.text, let mark = error.reason.place(behind: "write it as two: '") {
            return [String(error.reason[mark...].dropLast())]
        }
        let parts = item.split(separator: "/").map(String.init)
        let ends = parts.first?.split(separator: "-").compactMap { Int($0) } ?? []
        guard parts.count == 2, ends.count == 2, let step = Int(parts[1]), step > 0, let size = size(of: field)
        else { return [item] }
        let first = field == .dayOfMonth || field == .month ? 1 : 0
        return stride(from: ends[0], through: ends[1] + size, by: step).map { String(($0 - first) % size + first) }
    }

    private static func size(of field: CronField) -> Int? {
        switch field {
        case .minute: 60
        case .hour: 24
        case .month: 12
        case .dayOfWeek: 7
        // Months are of different lengths.
        default: nil
        }
    }

    /// The item with the full name of a month or day replaced by its first three letters.
    private static func abbreviated(_ item: String, _ error: CronError) -> String {
        guard error.reason.hasPrefix("write '"), let place = item.place(behind: error.text) else { return item }
        let short = error.reason.dropFirst(7).prefix { $0 != "'" }
        return String(item[..<item.index(place, offsetBy: -error.text.count)] + short + item[place...])
    }
}

extension String {
    /// The place behind the first occurrence of a part.
    fileprivate func place(behind part: String) -> Index? {
        var place = startIndex
        while place < endIndex {
            if self[place...].hasPrefix(part) { return index(place, offsetBy: part.count) }
            place = index(after: place)
        }
        return nil
    }
}
