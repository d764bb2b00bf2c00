/// What must hold after each step, and in the end.
package enum Rule: String, CaseIterable, Sendable {
    /// Each tick stands in the ledger once, in order, none left out, and those that were created have their run.
    case ledger
    case startedTwice
    /// Attempts of one task instance never run at the same time.
    case overlap
    /// What starts has a live intent.
    case startedWithoutIntent
    /// Nothing starts while what it waits for runs, or before its rule holds.
    case dependencyOrder
    case poolOverfull
    case runnerOverfull
    case tooManyTasks
    case tooManyRuns
    /// Stored counts are what a recount gives.
    case counts
    case illegalTransition
    case finalChanged
    case runState
    case lostWithoutProof
    case retryBudget
    case attemptNumbers
    case twoLiveAttempts
    case fence
    case staleWriter
    case falseSuccess
    case falseFailure
    /// Nothing of an attempt is left when it is said to be over.
    case endedWhileAlive
    case orphan
    /// After the repair everything ends.
    case stuck
}

/// Something that must not be.
package struct Violation: Error, Sendable, CustomStringConvertible {
    package let rule: Rule
    /// In milliseconds from the beginning.
    package let at: Int
    package let detail: String

    package var description: String { "\(rule.rawValue) at \(at) ms: \(detail)" }
}
