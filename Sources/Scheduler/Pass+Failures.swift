import Core
import Store

extension Pass {
    /// Keeps, for the end of the pass, which sort of failure an attempt's end is; nothing where it did not fail.
    mutating func noteFailure(
        _ verdict: AttemptVerdict,
        _ report: AttemptReport,
        dag: String,
        task: TaskDefinition,
        runner: String
    ) {
        let cause = report.cause.map { line in
            // A rule that this program does not know was chosen by a newer one: it is as good as the weakest.
            FailureSignature.Cause(text: line.text, rule: LineScanner.Rule(rawValue: line.rule) ?? .lastLine)
        }
        let signature = FailureSignature(
            verdict,
            cause: cause,
            dag: dag,
            task: task.id,
            runner: runner,
            url: task.request?.url.source
        )
        if let signature { failures.append((attempt: report.attempt, signature: signature)) }
    }
}
