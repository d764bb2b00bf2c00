/// Reads one field of a cron expression.
struct CronItemParser {
    let field: CronField

    func items(_ text: Substring) throws(CronError) -> [CronItem] {
        var items: [CronItem] = []
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            if item.isEmpty {
                throw error(.emptyItem, text, "\(CronError.quote(text)) has an empty list item")
            }
            try refuseForeign(item)
            items.append(try self.item(item))
        }
        return items
    }

    private func item(_ text: Substring) throws(CronError) -> CronItem {
        if let special = try special(text) { return special }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        if parts.count > 2 { throw error(.badValue, text, "\(CronError.quote(text)) has more than one '/'") }
        let base = parts[0]
        guard !base.isEmpty, parts.last?.isEmpty == false else { throw missingValue(text) }
        guard parts.count == 2 else { return try ranged(base, whole: text, step: nil) }
        return try ranged(base, whole: text, step: parts[1])
    }

    /// Reads `*`, `n` or `a-b` and the step behind it.
    private func ranged(_ base: Substring, whole: Substring, step: Substring?) throws(CronError) -> CronItem {
        if base == "*" { return .every(step: try self.step(step, whole: whole) ?? 1) }
        let ends = base.split(separator: "-", omittingEmptySubsequences: false)
        if ends.count > 2 { throw error(.badValue, whole, "\(CronError.quote(whole)) has more than one '-'") }
        guard !ends.contains(where: \.isEmpty) else { throw missingValue(whole) }
        let low = try value(ends[0])
        guard ends.count == 2 else {
            guard let step = try self.step(step, whole: whole) else { return .value(low) }
            return .from(low, step: step)
        }
        var high = try value(ends[1])
        // FRI-SUN is what people mean by the weekend.
        if field == .dayOfWeek, low > 0, ends[1].uppercased() == "SUN" { high = 7 }
        guard low <= high else { throw reversed(ends[0], ends[1], low: low, high: high, hasStep: step != nil) }
        return .range(low, high, step: try self.step(step, whole: whole) ?? 1)
    }

    /// Reads the forms that depend on the month: `L`, `LW`, `nW`, `d#k` and `dL`.
    private func special(_ text: Substring) throws(CronError) -> CronItem? {
        let upper = text.uppercased()
        if field == .dayOfMonth {
            if upper == "L" { return .lastDay }
            if upper == "LW" { return .lastWorkday }
            let digits = text.dropLast()
            guard upper.hasSuffix("W"), !digits.isEmpty, CronItemParser.isNumber(digits) else { return nil }
            return .nearestWorkday(try value(digits))
        }
        guard field == .dayOfWeek else { return nil }
        if let mark = text.firstIndex(of: "#") {
            let count = text[text.index(after: mark)...]
            guard mark > text.startIndex, !count.isEmpty else { throw missingValue(text) }
            let weekday = try value(text[..<mark])
            guard CronItemParser.isNumber(count) else { throw notAValue(count) }
            let number = try self.number(count)
            guard (1...5).contains(number) else {
                throw error(.outOfRange, count, "the occurrence after '#' is \(number); allowed: 1-5")
            }
            return .nth(weekday: weekday % 7, number)
        }
        guard upper.hasSuffix("L"), text.count > 1, !text.contains("/"), !text.contains("-") else { return nil }
        return .last(weekday: try value(text.dropLast()) % 7)
    }

    private func step(_ text: Substring?, whole: Substring) throws(CronError) -> Int? {
        guard let text else { return nil }
        guard CronItemParser.isNumber(text) else { throw notAValue(text) }
        let step = try number(text)
        guard step > 0 else {
            throw error(.zeroStep, whole, "the step in \(CronError.quote(whole)) is 0; it must be 1 or more")
        }
        return step
    }

    private func value(_ text: Substring) throws(CronError) -> Int {
        guard CronItemParser.isNumber(text) else {
            if let value = field.value(named: String(text)) { return value }
            throw notAValue(text)
        }
        let value = try number(text)
        guard field.range.contains(value) else {
            let range = "\(field.range.lowerBound)-\(field.range.upperBound)"
            throw error(.outOfRange, text, "\(CronError.cut(text)) is out of range; allowed: \(range)")
        }
        return value
    }

    private func number(_ text: Substring) throws(CronError) -> Int {
        guard text.utf8.count <= 9, let number = Int(text) else {
            throw error(.badNumber, text, "\(CronError.cut(text)) has too many digits; at most 9 are allowed")
        }
        return number
    }

    static func isNumber(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 &- 48 < 10 }
    }
}

extension CronItemParser {
    /// Refuses what other systems write, with a hint of its own for each.
    private func refuseForeign(_ item: Substring) throws(CronError) {
        let upper = item.uppercased()
        if upper.contains("?") {
            throw error(.unsupported, item, "'?' is Quartz syntax; write '*' (here Sunday is 0 or 7, Monday is 1)")
        }
        if upper.contains("~") {
            throw error(.unsupported, item, "random values ('~') are not supported; write a number, or use `jitter`")
        }
        // What follows the first letter tells Jenkins' H from the beginning of a word.
        let isAlone = upper.count == 1 || "/(-#".contains(upper.dropFirst().prefix(1))
        if upper.hasPrefix("H"), isAlone {
            throw error(
                .unsupported,
                item,
                "'H' is Jenkins syntax; write a number, and spread the load with `jitter`"
            )
        }
        if upper.hasPrefix("R"), isAlone {
            throw error(.unsupported, item, "'R' (a random value) is not supported; write a number, or use `jitter`")
        }
        let isCalendar = upper == "C" || upper.hasSuffix("C") && CronItemParser.isNumber(upper.dropLast())
        if isCalendar, field == .dayOfMonth || field == .dayOfWeek {
            throw error(.unsupported, item, "'C' is Quartz syntax for a calendar; use the schedule's `calendar`")
        }
        guard field == .dayOfMonth else { return }
        if upper.hasPrefix("L-") {
            let hint = "days counted from the end of the month are not supported; 'L' is the last day"
            throw error(.unsupported, item, "\(CronError.quote(item)): \(hint), 'LW' the last Monday to Friday")
        }
        if upper == "WL" {
            throw error(.unsupported, item, "'WL' is not supported; write 'LW' for the last Monday to Friday")
        }
    }

    private func notAValue(_ text: Substring) -> CronError {
        if let abbreviation = field.abbreviation(ofFullName: String(text)) {
            return error(.badValue, text, "write '\(abbreviation)' instead of \(CronError.quote(text))")
        }
        var hint = ""
        if field == .dayOfWeek, text.uppercased() == "L" {
            hint = "; for the last Friday of the month write 'FRIL'"
        } else if field == .dayOfWeek, text.uppercased() == "W" {
            hint = "; for Monday to Friday write 'MON-FRI'"
        }
        return error(.badValue, text, "\(CronError.quote(text)) is not a value; allowed: \(field.allowed)\(hint)")
    }

    private func missingValue(_ text: Substring) -> CronError {
        error(.emptyItem, text, "a value is missing in \(CronError.quote(text)); allowed: \(field.allowed)")
    }

    private func reversed(
        _ lowText: Substring,
        _ highText: Substring,
        low: Int,
        high: Int,
        hasStep: Bool
    ) -> CronError {
        let range = "\(lowText)-\(highText)"
        var reason = "range \(CronError.quote(range)) runs backwards"
        if hasStep {
            reason += "; write it as two, with a comma between them"
        } else {
            let isNamed = !CronItemParser.isNumber(lowText)
            let last = field == .dayOfWeek ? 6 : field.range.upperBound
            let first = field.range.lowerBound
            let tail = low >= last ? String(lowText) : "\(lowText)-\(spelled(last, isNamed: isNamed))"
            let head = high == first ? String(highText) : "\(spelled(first, isNamed: isNamed))-\(highText)"
            reason += "; write it as two: '\(tail),\(head)'"
        }
        return error(.reversedRange, Substring(range), reason)
    }

    private func spelled(_ value: Int, isNamed: Bool) -> String {
        let names = field.fullNames
        guard isNamed, names.indices.contains(value - field.range.lowerBound) else { return String(value) }
        return names[value - field.range.lowerBound].prefix(3).uppercased()
    }

    private func error(_ kind: CronError.Kind, _ text: Substring, _ reason: String) -> CronError {
        CronError(kind, field: field, text: String(text), reason)
    }
}
