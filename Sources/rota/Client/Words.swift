import Core

/// Times and amounts as people read them.
enum Words {
    /// An instant to the second, in UTC: `2026-08-21 04:30:00Z`.
    static func instant(_ instant: Timestamp) -> String {
        let text = instant.rfc3339Seconds
        return text.prefix(10) + " " + text.dropFirst(11)
    }

    /// A span in its two largest units: `1h 12m`, `3m 05s`, `4.2s`, `15ms`.
    static func span(microseconds: Int64) -> String {
        let microseconds = max(0, microseconds)
        let seconds = microseconds / 1_000_000
        switch seconds {
        case 0: return "\(microseconds / 1000)ms"
        case ..<60:
            let tenths = microseconds / 100_000
            return "\(tenths / 10).\(tenths % 10)s"
        case ..<3600: return "\(seconds / 60)m \(padded(seconds % 60))s"
        case ..<86_400: return "\(seconds / 3600)h \(padded(seconds / 60 % 60))m"
        default: return "\(seconds / 86_400)d \(padded(seconds / 3600 % 24))h"
        }
    }

    /// The span between two instants; empty where one is missing.
    static func span(from start: Timestamp?, to end: Timestamp?) -> String {
        guard let start, let end else { return "" }
        return span(microseconds: (end - start).clampedMicroseconds)
    }

    /// A number with its noun, in the plural where it is not one.
    static func count(_ number: Int, _ noun: String, plural: String? = nil) -> String {
        number == 1 ? "1 \(noun)" : "\(number) \(plural ?? noun + "s")"
    }

    private static func padded(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
