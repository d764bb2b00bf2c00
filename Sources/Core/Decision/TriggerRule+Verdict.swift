extension TriggerRule {
    /// What a rule says of a task whose upstream has got so far.
    package enum Verdict: Hashable, Sendable {
        /// Not yet: more upstream tasks must end.
        case wait
        /// It may start.
        case start
        /// It will never start, because it is not wanted.
        case skip
        /// It will never start, because of a failure upstream.
        case upstreamFailed
    }

    /// Judges by the counts alone, as Airflow 3 does with its states; `cancelled` counts as failed and `removed` as
    /// skipped.
    ///
    /// A task without upstream tasks may start under every rule.
    package func verdict(_ counts: UpstreamCounts) -> Verdict {
        guard counts.total > 0 else { return .start }
        let failed = counts.failed + counts.cancelled
        let skipped = counts.skipped + counts.removed
        let bad = failed + counts.upstreamFailed
        let allDone = counts.done >= counts.total
        switch self {
        case .always: return .start
        case .allDone: return allDone ? .start : .wait
        case .allSuccess:
            if bad > 0 { return .upstreamFailed }
            if skipped > 0 { return .skip }
            return allDone ? .start : .wait
        case .allFailed:
            if counts.success > 0 || skipped > 0 { return .skip }
            return allDone ? .start : .wait
        case .allSkipped:
            if counts.success > 0 || bad > 0 { return .skip }
            return allDone ? .start : .wait
        case .oneSuccess:
            if counts.success > 0 { return .start }
            guard allDone else { return .wait }
            return skipped == counts.total ? .skip : .upstreamFailed
        case .oneFailed:
            if bad > 0 { return .start }
            return allDone ? .skip : .wait
        case .oneDone:
            if counts.success + failed > 0 { return .start }
            return allDone ? .skip : .wait
        case .noneFailed:
            if bad > 0 { return .upstreamFailed }
            return allDone ? .start : .wait
        case .noneFailedMinOneSuccess:
            if bad > 0 { return .upstreamFailed }
            if skipped == counts.total { return .skip }
            return allDone ? .start : .wait
        case .noneSkipped:
            if skipped > 0 { return .skip }
            return allDone ? .start : .wait
        case .allDoneMinOneSuccess:
            if skipped > 0 { return .skip }
            guard allDone else { return .wait }
            return counts.success > 0 ? .start : .upstreamFailed
        }
    }

    /// What the rule waits for, in words that follow "starts when".
    package var meaning: String {
        switch self {
        case .allSuccess: "every upstream task has succeeded"
        case .allFailed: "every upstream task has failed or was blocked by a failure"
        case .allDone: "every upstream task has ended, however it ended"
        case .allDoneMinOneSuccess: "every upstream task has ended, none was skipped and at least one succeeded"
        case .allSkipped: "every upstream task was skipped"
        case .oneSuccess: "at least one upstream task has succeeded"
        case .oneFailed: "at least one upstream task has failed or was blocked by a failure"
        case .oneDone: "at least one upstream task has succeeded or failed"
        case .noneFailed: "every upstream task has ended and none failed"
        case .noneFailedMinOneSuccess: "every upstream task has ended, none failed and at least one succeeded"
        case .noneSkipped: "every upstream task has ended and none was skipped"
        case .always: "the run starts, whatever its upstream tasks do"
        }
    }
}
