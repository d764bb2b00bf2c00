import Core

/// An instant as pages show it.
struct Moment: Hashable, Sendable {
    /// For `datetime`: RFC 3339 in UTC.
    let iso: String
    /// For people, with the zone: `21 Aug 02:00 UTC`; the year is added where it is not the present one.
    let text: String

    /// Puts an instant in words; `now` tells which year needs no saying.
    init(_ instant: Timestamp, now: Timestamp, seconds: Bool = false) {
        let local = LocalTime(instant, offset: 0)
        let date = local.date
        var text = "\(date.day) \(Self.months[date.month - 1])"
        if date.year != LocalTime(now, offset: 0).date.year { text += " \(date.year)" }
        text += " " + Self.two(local.hour) + ":" + Self.two(local.minute)
        if seconds || local.second != 0 { text += ":" + Self.two(local.second) }
        iso = instant.rfc3339Seconds
        self.text = text + " UTC"
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    /// How long ago or how soon, in one unit: `4 min ago`, `in 3 h`, `now`.
    static func age(of instant: Timestamp, now: Timestamp) -> String {
        let seconds = Int((now - instant).components.seconds)
        if abs(seconds) < 5 { return "now" }
        let length = abs(seconds)
        let words =
            switch length {
            case ..<60: "\(length) s"
            case ..<3600: "\(length / 60) min"
            case ..<86_400: "\(length / 3600) h"
            default: "\(length / 86_400) d"
            }
        return seconds > 0 ? "\(words) ago" : "in \(words)"
    }
}
