/// How a piece of text looks on a terminal.
enum Style: String, Sendable {
    case plain = ""
    case bold = "1"
    case dim = "2"
    case red = "31"
    case green = "32"
    case yellow = "33"
    case blue = "34"
    case magenta = "35"
    case cyan = "36"

    /// The text with the style's control sequences around it.
    func apply(to text: String) -> String {
        self == .plain || text.isEmpty ? text : "\u{1B}[\(rawValue)m\(text)\u{1B}[0m"
    }

    /// The colour of a state, of whatever kind of thing.
    static func ofState(_ state: String) -> Style {
        switch state {
        case "success", "online", "done": .green
        case "failed", "timed_out", "lost", "unreachable": .red
        case "upstream_failed", "unknown", "never_started": .magenta
        case "running", "intended", "cancelling": .blue
        case "queued", "waiting", "up_for_retry", "paused", "held": .yellow
        case "skipped", "cancelled", "removed", "retired": .dim
        default: .plain
        }
    }
}
