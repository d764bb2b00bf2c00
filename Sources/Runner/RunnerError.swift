/// Why a runner could not be asked; never why an attempt failed.
package enum RunnerError: Error, Hashable, Sendable {
    /// No connection, or it broke; the outcome of what was under way is unknown.
    case unreachable(runner: String, reason: String)
    /// The far side's host key is unknown or has changed; nothing was sent.
    case hostKey(runner: String, reason: String)
    /// The far side refused our token, key or certificate.
    case notAuthorised(runner: String, reason: String)
    /// What answers is a copy of another host, or the other way round, and both live.
    case copied(runner: String, reason: String)
    /// The far side works but cannot do this: no space, no shell, another protocol version.
    case unable(runner: String, reason: String)
    /// The attempt is not known there.
    case unknownAttempt(runner: String, id: String)
}

extension RunnerError {
    /// Whether it concerns one attempt's files alone, and not the runner or the way there.
    package var isAboutOneAttempt: Bool {
        switch self {
        case .unable, .unknownAttempt: true
        case .unreachable, .hostKey, .notAuthorised, .copied: false
        }
    }
}

extension RunnerError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreachable(let runner, let reason): "runner '\(runner)' cannot be reached: \(reason)"
        case .hostKey(let runner, let reason): "runner '\(runner)' was not trusted: \(reason)"
        case .notAuthorised(let runner, let reason): "runner '\(runner)' did not let us in: \(reason)"
        case .copied(let runner, let reason): "runner '\(runner)' is there twice: \(reason)"
        case .unable(let runner, let reason): "runner '\(runner)' cannot do this: \(reason)"
        case .unknownAttempt(let runner, let id): "runner '\(runner)' knows no attempt \(id)"
        }
    }
}
