/// Which edition of the protocol and of Rota this is; neighbouring editions understand each other.
package enum ProtocolVersion {
    /// The edition of the messages: fields may be added within one, and readers skip those they do not know.
    package static let current: Int64 = 1
    /// The oldest edition that is still understood.
    package static let oldest: Int64 = 1
    /// The version of this program, as three numbers.
    package static let software = "0.1.0"

    /// Whether a version of three numbers is older than another; a text that is not such a version never is.
    package static func isOlder(_ left: String, than right: String) -> Bool {
        let parts = [left, right].map { text in text.split(separator: ".").map { Int($0) } }
        guard parts.allSatisfy({ $0.count == 3 && !$0.contains(nil) }) else { return false }
        return parts[0].compactMap { $0 }.lexicographicallyPrecedes(parts[1].compactMap { $0 })
    }
}
