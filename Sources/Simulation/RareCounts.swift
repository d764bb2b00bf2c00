/// Branches that must be reached sometimes, else the simulation proves less than it seems to.
package enum Rare: String, CaseIterable, Sendable {
    case databaseAway, aborted, unacknowledged, claimUnacknowledged, claimRefused, diedInClaim, frozenInClaim
    case waitedForLease, leaseLost, leaseTakenOver, staleWriteRefused, reportRepeated, reportsTogether, outputUnread,
        unfit
    case schedulesHalted, clockBack, clockSetBack, clockSetAhead
    case poolFull, tasksFull, runnerFull
    case messageDoubled, answerLost, answeredLate, eventLost, runnerSilent
    case buried, lateOrder, doubleOrder, forgottenOrder, otherBoot, otherDisk
    case fenced, silenceEnded, orderTooLate
    case diedBetween, journalCut, startUnnoted, memberOutlived, diskFull, keeperReplaced, adoptedForeign
    case lostByReboot, lostByKeeper, orphaned, claimedNeverStarted, givenUp
    case runTimedOut, runCancelledLive, runCancelledIdle, taskCancelled, marked, runReopened, clearedUnderWay,
        wordRefused
    case retried, lossRetried, neverStartedRetried, lossesExhausted, retriesExhausted
    case attemptTimedOut, attemptCancelled, attemptSkipped, unreachableFound
    case upstreamFailed, skippedByRule, failureAllowed, expanded, noItems, heldByParallel, collapsed
    case missedDeadline, overlapSkipped, overlapCancelled, catchupSkipped, pauseSkipped, rangeSkipped, shadowed
    case runSucceeded, runFailed, runCancelled
}

/// How often each was reached.
package struct RareCounts: Sendable {
    package private(set) var counts = Array(repeating: 0, count: Rare.allCases.count)
    private static let places = Dictionary(uniqueKeysWithValues: zip(Rare.allCases, 0...))

    /// Nothing yet.
    package init() {}

    /// Counts one more.
    mutating func note(_ rare: Rare) {
        counts[Self.places[rare] ?? 0] += 1
    }

    /// Adds others.
    package mutating func add(_ other: RareCounts) {
        for index in counts.indices { counts[index] += other.counts[index] }
    }

    /// How often one was reached.
    package subscript(_ rare: Rare) -> Int { counts[Self.places[rare] ?? 0] }

    /// Those that were never reached.
    package var missing: [Rare] { Rare.allCases.filter { self[$0] == 0 } }
}
