/// Reads the text of a cron expression: what concerns it as a whole, then its fields from the left.
struct CronParser {
    /// The fields of an expression, `second` first, as text and as items.
    struct Fields: Hashable {
        var hasSeconds: Bool
        var texts: [String]
        var items: [[CronItem]]
    }

    static let macros: [(name: String, fields: String)] = [
        ("@yearly", "0 0 1 1 *"),
        ("@annually", "0 0 1 1 *"),
        ("@monthly", "0 0 1 * *"),
        ("@weekly", "0 0 * * 0"),
        ("@daily", "0 0 * * *"),
        ("@midnight", "0 0 * * *"),
        ("@hourly", "0 * * * *"),
    ]

    /// The expression without the space around it.
    static func trimmed(_ text: String) -> Substring {
        let scalars = text.unicodeScalars
        func isSpace(_ scalar: Unicode.Scalar) -> Bool { [0x20, 0x09, 0x0D, 0x0A].contains(scalar.value) }
        guard let first = scalars.firstIndex(where: { !isSpace($0) }),
            let last = scalars.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return Substring(scalars[first...last])
    }

    static func parse(_ text: String) throws(CronError) -> Fields {
        let trimmed = trimmed(text)
        try checkWhole(trimmed, of: text)
        var words = trimmed.split { $0 == " " || $0 == "\t" }
        let first = words[0]
        if first.hasPrefix("@") {
            words = try expandMacro(words).split(separator: " ")
        }
        let upper = first.uppercased()
        if upper.hasPrefix("TZ=") || upper.hasPrefix("CRON_TZ=") {
            throw CronError(
                .unsupported,
                text: String(first),
                "\(CronError.quote(first)) is not part of the expression; set the schedule's `timezone` instead"
            )
        }
        guard words.count == 5 || words.count == 6 else { throw fieldCount(words.count, text: trimmed) }
        let hasSeconds = words.count == 6
        if !hasSeconds { words.insert("0", at: 0) }
        var items: [[CronItem]] = []
        for (field, word) in zip(CronField.allCases, words) {
            items.append(try CronItemParser(field: field).items(word))
        }
        return Fields(hasSeconds: hasSeconds, texts: words.map(String.init), items: items)
    }

    private static func checkWhole(_ trimmed: Substring, of text: String) throws(CronError) {
        guard !trimmed.isEmpty else {
            throw CronError(.empty, text: "", "the expression is empty; write five fields such as \"0 6 * * 1-5\"")
        }
        guard trimmed.utf8.count <= 1024 else {
            throw CronError(
                .tooLong,
                text: String(trimmed),
                "the expression is \(trimmed.utf8.count) bytes long; at most 1024 are allowed"
            )
        }
        let begin = text.unicodeScalars.distance(from: text.startIndex, to: trimmed.startIndex)
        for (index, scalar) in trimmed.unicodeScalars.enumerated() {
            if scalar.value == 0x09 || (0x20...0x7E).contains(scalar.value) { continue }
            var digits = String(scalar.value, radix: 16, uppercase: true)
            digits = String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
            let isControl = scalar.value < 0x20 || scalar.value == 0x7F
            throw CronError(
                .badCharacter,
                // Named, never echoed: the character may be invisible, or turn the line around.
                text: "U+\(digits)",
                "\(isControl ? "control character" : "character") U+\(digits) at position \(begin + index + 1) "
                    + "is not allowed; use plain ASCII, with spaces or tabs between fields"
            )
        }
    }

    private static func expandMacro(_ words: [Substring]) throws(CronError) -> String {
        let name = words[0].lowercased()
        if name == "@every" {
            throw CronError(
                .unsupported,
                text: name,
                "@every is not a cron schedule: it has no calendar; use an interval schedule (`every: 15m`) instead"
            )
        }
        if name == "@reboot" {
            throw CronError(
                .unsupported,
                text: name,
                "@reboot is not a schedule: a workflow has no boot; start it by hand, or from a systemd unit"
            )
        }
        guard let macro = macros.first(where: { $0.name == name }) else {
            let known = macros.map(\.name).joined(separator: ", ")
            throw CronError(
                .unknownMacro,
                text: String(words[0]),
                "unknown macro \(CronError.quote(words[0])); known: \(known)"
            )
        }
        guard words.count == 1 else {
            throw CronError(
                .fieldCount,
                text: String(words[1]),
                "\(name) takes no fields, but \(CronError.quote(words[1])) follows it"
            )
        }
        return macro.fields
    }

    private static func fieldCount(_ count: Int, text: Substring) -> CronError {
        var reason = "expected 5 fields (minute hour day-of-month month day-of-week) or 6 (with a leading second), "
        reason += "found \(count)"
        if count == 7 { reason += "; there is no year field" }
        if count == 1, DurationText.parse(text) != nil { reason += "; for an interval write `every: \(text)`" }
        return CronError(.fieldCount, text: String(text), reason)
    }
}
