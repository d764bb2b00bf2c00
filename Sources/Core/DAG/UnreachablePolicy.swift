/// What becomes of an attempt whose runner has fallen silent.
package enum UnreachablePolicy: Hashable, Sendable {
    /// It stays `unreachable` until its runner is heard of again, or a person gives it up.
    case wait
    /// After so long a silence it is over, and another attempt may start.
    case retry(after: Duration)
    /// After so long a silence it is over, and its task fails.
    case fail(after: Duration)

    /// The shortest silence that may end an attempt: a runner must have the time to end it first.
    package static let shortest = Duration.seconds(60)

    /// After how long a silence the attempt is over; nil: never.
    package var limit: Duration? {
        switch self {
        case .wait: nil
        case .retry(let span), .fail(let span): span
        }
    }
}
