import Core
import Store

/// How an attempt ended, in words.
enum Ending {
    /// One phrase such as `Exit code 1`, `Killed by SIGKILL`, `Timed out after 30 m`.
    static func words(for attempt: AttemptRecord) -> String {
        let phrase =
            switch attempt.state {
            case .intended: "Being started"
            case .running: "Running"
            case .unreachable where attempt.reason == killUnconfirmed:
                "Its end is not confirmed: its runner has fallen silent, and it may still run"
            case .unreachable: "Its runner has fallen silent; it may still run"
            case .cancelling: "Being ended"
            case .success: attempt.isRequest ? "Answered as expected" : "Exit code 0"
            case .failed where attempt.reason == AttemptVerdict.outOfMemory: outOfMemory(attempt)
            case .failed, .skipped: ended(attempt)
            case .timedOut: "Timed out" + after(attempt)
            case .cancelled: "Cancelled" + after(attempt)
            case .lost: "Lost: it ended and nothing recorded how"
            case .unknown: "Unknown: nobody can tell how it ended"
            case .neverStarted: "Never started"
            }
        guard let reason = attempt.reason, !reason.isEmpty, reason != killUnconfirmed,
            attempt.state != .failed || reason != AttemptVerdict.outOfMemory
        else { return phrase }
        return "\(phrase) (\(plain(reason)))"
    }

    /// The reason of an attempt that was told to end and whose runner cannot be reached.
    static let killUnconfirmed = "kill_unconfirmed"

    /// A reason as stored, such as `kill_unconfirmed`, without its underscores.
    static func plain(_ reason: String) -> String {
        if reason == Cascade.noItems { return "there was nothing to map over" }
        return reason.contains(" ") ? reason : reason.split(separator: "_").joined(separator: " ")
    }

    /// Why a line was chosen as the cause; nil where that is not known.
    static func reason(forRule rule: String) -> String? {
        switch LineScanner.Rule(rawValue: rule) {
        case .marker: "the command marked it as an error"
        case .traceback: "it tells an error at the end of a stack trace, or as a compiler or shell does"
        case .errorWord: "it has a word such as ERROR or FATAL"
        case .lastLine: "it is the last line: none says that it is an error"
        case nil: nil
        }
    }

    /// What is said of a failed task with `allow_failure`.
    static let allowed = "allowed to fail"

    /// The same with why it failed, where that is known.
    static func allowed(_ reason: String?) -> String { allowed + (reason.map { "; \(plain($0))" } ?? "") }

    private static func ended(_ attempt: AttemptRecord) -> String {
        if let signal = attempt.signal { return "Killed by \(signalWords(signal))" }
        if let code = attempt.exitCode { return "Exit code \(code)" + (meaning(ofExit: code).map { ": \($0)" } ?? "") }
        return attempt.isRequest ? "The request failed" : "Could not be started"
    }

    private static func outOfMemory(_ attempt: AttemptRecord) -> String {
        if let signal = attempt.signal { return "Out of memory: killed by \(SignalName.name(of: signal))" }
        return "Out of memory" + (attempt.exitCode.map { ": exit code \($0)" } ?? "")
    }

    /// What shells mean by an exit code; nil where it is the command's own.
    static func meaning(ofExit code: Int) -> String? {
        switch code {
        case 126: "a command in it may not be executed"
        case 127: "a command in it was not found"
        case 129...159: "a command in it was killed by \(signalWords(code - 128))"
        default: nil
        }
    }

    private static func signalWords(_ signal: Int) -> String {
        SignalName.name(of: signal) + (signal == 9 ? " (often for lack of memory)" : "")
    }

    private static func after(_ attempt: AttemptRecord) -> String {
        attempt.duration.map { " after " + DurationText.format($0) } ?? ""
    }
}

extension AttemptRecord {
    /// Whether it was an HTTP request, and no command.
    var isRequest: Bool { runner == RequestOrder.runnerName }
}
