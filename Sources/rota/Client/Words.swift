import Core

/// Times and amounts as people read them.
enum Words {
    /// An instant to the second, in UTC: `2026-08-21 04:30:00Z`.
    static func instant(_ instant: Timestamp) -> String {
        let text = instant.rfc3339Seconds
        return text.prefix(10) + " " + text.dropFirst(11)
    }

    /// An instant on a zone's clocks, to the second: `2026-08-21 06:30:00+02:00`; in UTC as everywhere.
    static func instant(_ instant: Timestamp, in zone: TimeZoneRules) -> String {
        let text = instant.rfc3339(in: zone)
        let local = text.prefix(10) + " " + text.dropFirst(11)
        return local.hasSuffix("+00:00") ? local.dropLast(6) + "Z" : String(local)
    }

    /// A span as the pages have it: `1 h 12 m`, `3 m 5 s`, `4.2 s`, `15 ms`.
    static func span(microseconds: Int64) -> String {
        DurationText.format(.microseconds(max(0, microseconds)))
    }

    /// How long something took by what it tells, else between two instants; empty where nothing tells it.
    static func took(_ subject: JSONValue?) -> String {
        guard let subject else { return "" }
        if let length = subject.integer("duration_us") { return span(microseconds: Int64(length)) }
        return span(from: subject.instant("started_at"), to: subject.instant("ended_at"))
    }

    /// The span between two instants; empty where one is missing.
    static func span(from start: Timestamp?, to end: Timestamp?) -> String {
        guard let start, let end else { return "" }
        return span(microseconds: (end - start).clampedMicroseconds)
    }

    /// The first of some names, and how many more there are.
    static func some(_ names: [String], most: Int) -> String {
        let rest = names.count - most
        return names.prefix(most).joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
    }

    /// A number with its noun, in the plural where it is not one.
    static func count(_ number: Int, _ noun: String, plural: String? = nil) -> String {
        number == 1 ? "1 \(noun)" : "\(number) \(plural ?? noun + "s")"
    }
}
