import Core

/// What the end of an attempt's address names: `m17/a2`, each part at most once.
struct AttemptAddress: Hashable, Sendable {
    /// The instance of a mapped task.
    var mapIndex: Int?
    /// The attempt's number; nil: the latest.
    var attempt: Int?

    /// Reads the parts after the task's name; nil for anything else.
    init?(_ parts: [String]) {
        for part in parts {
            guard let number = Int(part.dropFirst()), number >= 0, part.dropFirst().allSatisfy(\.isNumber) else {
                return nil
            }
            switch part.first {
            case "m" where mapIndex == nil && attempt == nil: mapIndex = number
            case "a" where attempt == nil && number > 0: attempt = number
            default: return nil
            }
        }
    }
}
