/// What an attempt's end means for the attempt and for its task instance.
package struct AttemptVerdict: Hashable, Sendable {
    /// The attempt's terminal state.
    package var attempt: AttemptState
    /// The command's exit code; nil where a signal ended it or it never ran.
    package var exitCode: Int32?
    /// The signal that ended the command; nil where none did.
    package var signal: Int32?
    /// A finer word or a sentence, where the state alone does not say it.
    package var reason: String?
    /// What becomes of the instance.
    package var next: Next

    /// What becomes of a task instance when its attempt has ended.
    package enum Next: Hashable, Sendable {
        /// It ends in this state.
        case end(TaskState)
        /// Another attempt is due after a pause, at the expense of this budget.
        case retry(after: Duration, Budget)
    }

    /// What an attempt is charged to.
    package enum Budget: Hashable, Sendable {
        /// The retries that the DAG's author allows.
        case retries
        /// The losses of runners, 3 for each instance.
        case losses
        /// Nothing: it never started.
        case nothing
    }

    /// The reason of an attempt that ended for lack of memory.
    package static let outOfMemory = "out_of_memory"

    /// How many attempts of an instance may be lost before it fails.
    package static let allowedLosses = 3

    /// What the instance has used of its budgets once this end is written.
    package func spent(of history: AttemptHistory) -> (retriesUsed: Int, losses: Int) {
        switch next {
        case .retry(_, .retries): (history.retriesUsed + 1, history.losses)
        case .retry(_, .losses): (history.retriesUsed, history.losses + 1)
        case .retry(_, .nothing), .end: (history.retriesUsed, history.losses)
        }
    }
}

/// How an attempt ended, as the executor reports it.
package enum AttemptEnd: Hashable, Sendable {
    /// Its runner has an exit record. `outputProblem` is a sentence where its outputs could not be taken.
    case exited(ExitRecord, outputProblem: String?)
    /// It never started and never will.
    case neverStarted(reason: String)
    /// It could not even be sent: its environment could not be filled in. It counts as the task's own failure.
    case unfit(reason: String)
    /// It is gone; the sentence is the proof.
    case lost(proof: String)
    /// Its runner has been silent for so long that it must have ended it by itself.
    case silent(for: Duration)
}

/// The facts about an instance that judge its attempt's end.
package struct AttemptHistory: Hashable, Sendable {
    package var retries: RetryPolicy
    package var skipExitCodes: [Int32]
    package var retriesUsed: Int
    package var losses: Int
    /// Whether somebody asked for its end.
    package var cancelRequested: Bool
    /// How many earlier attempts never started.
    package var neverStarted: Int
    /// Whether what was lost may be done again; false for a request that might then have been made twice.
    package var mayRepeat: Bool
    /// What the task says about a silent runner.
    package var onUnreachable: UnreachablePolicy

    /// Joins the facts.
    package init(
        retries: RetryPolicy,
        skipExitCodes: [Int32],
        retriesUsed: Int,
        losses: Int,
        cancelRequested: Bool,
        neverStarted: Int = 0,
        mayRepeat: Bool = true,
        onUnreachable: UnreachablePolicy = .wait
    ) {
        self.retries = retries
        self.skipExitCodes = skipExitCodes
        self.retriesUsed = retriesUsed
        self.losses = losses
        self.cancelRequested = cancelRequested
        self.neverStarted = neverStarted
        self.mayRepeat = mayRepeat
        self.onUnreachable = onUnreachable
    }

    /// The facts about an instance of a task whose attempt of this number has ended.
    package init(of task: TaskDefinition, number: Int, retriesUsed: Int, losses: Int, cancelRequested: Bool) {
        self.init(
            retries: task.retries,
            skipExitCodes: task.skipExitCodes,
            retriesUsed: retriesUsed,
            losses: losses,
            cancelRequested: cancelRequested,
            neverStarted: max(0, number - 1 - retriesUsed - losses),
            mayRepeat: task.request?.isIdempotent ?? true,
            onUnreachable: task.onUnreachable
        )
    }
}

/// Judges an attempt's end.
///
/// `chance`: A number in 0..<1 that the caller draws, for the jitter of a pause.
package func decide(_ end: AttemptEnd, _ history: AttemptHistory, chance: Double) -> AttemptVerdict {
    switch end {
    case .exited(let record, let outputProblem):
        return decideExit(record, outputProblem: outputProblem, history, chance: chance)
    case .unfit(let reason):
        return failure(.failed, exitCode: nil, signal: nil, reason: reason, history, chance: chance)
    case .neverStarted(let reason):
        guard !history.cancelRequested else {
            return AttemptVerdict(attempt: .neverStarted, reason: reason, next: .end(.cancelled))
        }
        return AttemptVerdict(
            attempt: .neverStarted,
            reason: reason,
            next: .retry(after: .seconds(1 << min(history.neverStarted, 6)), .nothing)
        )
    case .lost(let proof): return loss(proof, history)
    case .silent(let span):
        let sentence =
            "its runner had not been heard of for \(DurationText.spell(span)), by when it ends it by itself: on_unreachable"
        return loss(sentence, history, bySilence: true)
    }
}

/// Judges an attempt that is gone without having ended by itself; `proof` says how that is known.
private func loss(_ proof: String, _ history: AttemptHistory, bySilence: Bool = false) -> AttemptVerdict {
    if history.cancelRequested {
        return AttemptVerdict(attempt: .lost, reason: proof, next: .end(.cancelled))
    }
    guard history.mayRepeat else {
        let sentence =
            "\(proof); it may have been made, and is not made twice: look at the other side, then clear the task or mark it"
        return AttemptVerdict(attempt: .unknown, reason: sentence, next: .end(.failed))
    }
    if bySilence, case .fail = history.onUnreachable {
        return AttemptVerdict(attempt: .lost, reason: proof, next: .end(.failed))
    }
    guard history.losses < AttemptVerdict.allowedLosses else {
        let sentence =
            "\(proof). \(history.losses + 1) of its attempts were lost like this, and it is not tried again: it may be the "
            + "task that takes its runner along; look at what it does, then clear it"
        return AttemptVerdict(attempt: .lost, reason: sentence, next: .end(.failed))
    }
    let pause = Duration.seconds(1 << min(history.losses, 6))
    return AttemptVerdict(attempt: .lost, reason: proof, next: .retry(after: pause, .losses))
}

private func decideExit(
    _ record: ExitRecord,
    outputProblem: String?,
    _ history: AttemptHistory,
    chance: Double
) -> AttemptVerdict {
    var code: Int32?
    var signal: Int32?
    var reason: String?
    switch record.ending {
    case .exited(let value): code = value
    case .signalled(let value): signal = value
    case .notStarted(let sentence): reason = sentence
    }
    if record.isOutOfMemory { reason = AttemptVerdict.outOfMemory }
    switch record.cause {
    case .cancelled:
        return AttemptVerdict(
            attempt: .cancelled,
            exitCode: code,
            signal: signal,
            reason: reason,
            next: .end(.cancelled)
        )
    case .fenced:
        var verdict = loss(
            "its runner ended it because it had heard of no server for too long: on_unreachable",
            history,
            bySilence: true
        )
        (verdict.exitCode, verdict.signal) = (code, signal)
        return verdict
    case .timedOut:
        return failure(.timedOut, exitCode: code, signal: signal, reason: "timed_out", history, chance: chance)
    case .itself:
        if let code, history.skipExitCodes.contains(code) {
            return AttemptVerdict(attempt: .skipped, exitCode: code, next: .end(.skipped))
        }
        if code == 0 {
            guard let outputProblem else {
                return AttemptVerdict(attempt: .success, exitCode: 0, next: .end(.success))
            }
            return failure(.failed, exitCode: 0, signal: nil, reason: outputProblem, history, chance: chance)
        }
        return failure(.failed, exitCode: code, signal: signal, reason: reason, history, chance: chance)
    }
}

private func failure(
    _ state: AttemptState,
    exitCode: Int32?,
    signal: Int32?,
    reason: String?,
    _ history: AttemptHistory,
    chance: Double
) -> AttemptVerdict {
    var verdict = AttemptVerdict(
        attempt: state,
        exitCode: exitCode,
        signal: signal,
        reason: reason,
        next: .end(.failed)
    )
    if history.cancelRequested {
        verdict.next = .end(.cancelled)
    } else if history.retries.allowsRetry(
        retriesUsed: history.retriesUsed,
        exitCode: state == .timedOut ? nil : exitCode
    ) {
        let pause = history.retries.pause(retriesUsed: history.retriesUsed, chance: chance)
        verdict.next = .retry(after: pause, .retries)
    }
    return verdict
}
