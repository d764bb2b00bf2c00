/// What tells one sort of failure from another, across attempts, tasks, runs and DAGs.
///
/// Two failures are of one sort if they ended alike (state, exit code, signal) and said the same (`LineTemplate` of the
/// line that tells the cause). Where nothing was said that could tell, a task or a runner stands in:
///
/// - an end that is not the command's own (`lost`, `unknown`) is told by its proof and its runner;
/// - what never ran, or published what it should not, by the sentence that says so, and a request that failed by its
///   host as well;
/// - a command that printed nothing, and one that a signal or a timeout ended while it printed no error, by its task,
///   for its last line is chance.
package struct FailureSignature: Hashable, Sendable {
    /// `failed`, `timedOut`, `lost` or `unknown`.
    package var state: AttemptState
    package var exitCode: Int32?
    /// The number of the signal that ended it.
    package var signal: Int32?
    /// The task (`task sales/load`), runner (`runner etl-03`) or host (`requests to example.com`) that stands in; empty where the words tell enough.
    package var subject: String
    /// The words that it is known by; empty where there were none.
    package var template: String
    /// The same words as they were, for people.
    package var sample: String

    /// A line of a log that was chosen as the cause.
    package struct Cause: Hashable, Sendable {
        package var text: String
        package var rule: LineScanner.Rule

        /// Pairs a line with the rule that chose it.
        package init(text: String, rule: LineScanner.Rule) {
            self.text = text
            self.rule = rule
        }
    }

    /// The most characters of a sample.
    private static let mostSample = 500

    /// Derives the signature of an attempt's end; nil where it is no failure.
    ///
    /// `url`: The URL of its request as the file writes it; nil where it made none.
    package init?(
        _ verdict: AttemptVerdict,
        cause: Cause?,
        dag: String,
        task: String,
        runner: String,
        url: String? = nil
    ) {
        state = verdict.attempt
        exitCode = verdict.exitCode
        signal = verdict.signal
        subject = ""
        let words: String?
        switch verdict.attempt {
        case .lost, .unknown:
            words = verdict.reason
            subject = "runner \(runner)"
        case .failed where verdict.exitCode == nil && verdict.signal == nil, .failed where verdict.exitCode == 0:
            words = verdict.reason
            if let url { subject = Self.host(of: url).map { "requests to \($0)" } ?? "task \(dag)/\(task)" }
        case .failed, .timedOut:
            let isChance = cause?.rule == .lastLine && (verdict.attempt == .timedOut || verdict.signal != nil)
            words = isChance ? nil : cause?.text
        default: return nil
        }
        sample = String((words ?? "").prefix(Self.mostSample))
        template = LineTemplate(sample).text
        if template.isEmpty, subject.isEmpty { subject = "task \(dag)/\(task)" }
    }

    /// The host and port in a URL; nil where a template fills them in.
    private static func host(of url: String) -> String? {
        guard let start = url.firstRange(of: "://")?.upperBound else { return nil }
        let authority = url[start...].prefix { !"/?#".contains($0) }
        let host = authority.lastIndex(of: "@").map { authority[$0...].dropFirst() } ?? authority
        return host.isEmpty || host.contains("{") ? nil : String(host)
    }

    /// A text that is equal for equal sorts of failure and never for others.
    package var key: String {
        let code = exitCode.map { "exit \($0)" } ?? ""
        let signal = signal.map { "signal \($0)" } ?? ""
        return [state.rawValue, code, signal, subject, template].joined(separator: "\n")
    }
}
