import Core
import Store

/// A sort of failure in words.
enum SignatureWords {
    /// How it ends: `Exit code 1`, `Killed by SIGKILL`, `Lost`.
    static func ending(_ record: SignatureRecord) -> String {
        if record.state == .failed {
            if let signal = record.signalName { return "Killed by \(signal)" }
            if let code = record.exitCode { return "Exit code \(code)" }
            return record.subject.hasPrefix("requests to") ? "The request failed" : "Could not be started"
        }
        return Badge(record.state).word
    }

    /// What it is known by, where nothing was printed as well: the task or runner.
    static func name(_ record: SignatureRecord) -> String {
        if !record.sample.isEmpty { return record.sample }
        return record.subject.isEmpty ? "No error was printed" : "The \(record.subject) printed no error"
    }

    /// The task or runner that it is limited to; nil where it is limited to none.
    static func limit(_ record: SignatureRecord) -> String? {
        record.subject.isEmpty ? nil : "only of \(record.subject)"
    }
}
