/// The sentence on a page to which a form has led.
///
/// Addresses carry a word and numbers, never the sentence: a link from elsewhere cannot put words into our mouth.
enum Banner {
    /// Adds to a path what its page shall say.
    static func path(_ path: String, done word: String, count: Int? = nil) -> String {
        "\(path)?done=\(word)" + (count.map { "&n=\($0)" } ?? "")
    }

    /// The sentence for a query; nil where it asks for none.
    static func sentence(for query: FormFields) -> String? {
        let count = query["n"].flatMap(Int.init) ?? 0
        return switch query["done"] {
        case "triggered": "Run created."
        case "cleared": "Cleared \(Quantity.count(count, "task")); what can run is queued."
        case "clearedruns": "Cleared \(Quantity.count(count, "task")) of these runs; what can run is queued."
        case "rerun": "All of it begins anew; what can run is queued."
        case "again": "This form was sent before and was done then. Nothing was done again."
        case "cancelled": "Cancel asked for. It ends when nothing of it runs any more."
        case "marked": "Marked."
        case "paused": "Paused: no scheduled run is created until someone resumes it. Running tasks go on."
        case "resumed": "Resumed."
        case "pool": "Changed. It goes before rota.yaml until it is taken back."
        case "poolreset": "Taken back: rota.yaml holds."
        case "drained": "Drained: it takes nothing new. What runs there goes on to its end."
        case "undrained": "It takes what fits again."
        case "removed":
            count == 0 ? "Removed." : "Removed. \(Quantity.count(count, "attempt")) on it cannot be reached any more."
        case "reaped": "Asked for: \(Quantity.grouped(count)) to be killed, within seconds."
        case "acknowledged": "Acknowledged: others see that you have taken it up."
        case "muted": "Muted: no message is sent until then. Failures are still shown."
        case "unmuted": "The mute has ended."
        case "backfill": "Backfill created with \(Quantity.count(count, "run"))."
        default: nil
        }
    }
}
