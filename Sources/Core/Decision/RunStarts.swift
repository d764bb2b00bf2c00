/// What a DAG's scheduling knows of its unfinished runs when it decides which may start.
package struct RunStarts: Sendable {
    /// A run that has been created and has not started.
    package struct Candidate: Hashable, Sendable {
        package var id: Int
        package var type: RunType
        package var runAfter: Timestamp
        package var startBy: Timestamp?
        /// The backfill it belongs to and that backfill's own cap; nil for other types.
        package var backfill: Backfill?

        /// Joins the facts.
        package init(
            id: Int,
            type: RunType,
            runAfter: Timestamp,
            startBy: Timestamp?,
            backfill: Backfill?
        ) {
            self.id = id
            self.type = type
            self.runAfter = runAfter
            self.startBy = startBy
            self.backfill = backfill
        }
    }

    /// A backfill's share of a candidate.
    package struct Backfill: Hashable, Sendable {
        package var id: Int
        package var maximumActive: Int
        package var isPaused: Bool

        /// Joins the facts.
        package init(id: Int, maximumActive: Int, isPaused: Bool) {
            self.id = id
            self.maximumActive = maximumActive
            self.isPaused = isPaused
        }
    }

    /// The database's clock.
    package var now: Timestamp
    package var maximumActiveRuns: Int
    /// Runs under way that are not backfills.
    package var running: Int
    /// Runs under way of each backfill.
    package var runningBackfills: [Int: Int]
    /// In the order in which they should start.
    package var candidates: [Candidate]

    /// What to do with a candidate.
    package enum Decision: Hashable, Sendable {
        case start(run: Int)
        /// It is cancelled with `missed_deadline`.
        case missDeadline(run: Int)
        case hold(run: Int, Hold)
    }

    /// Why a candidate does not start.
    package enum Hold: Hashable, Sendable {
        case until(Timestamp)
        case activeRuns(limit: Int)
        case backfillPaused
    }

    /// Joins the facts.
    package init(
        now: Timestamp,
        maximumActiveRuns: Int,
        running: Int,
        runningBackfills: [Int: Int],
        candidates: [Candidate]
    ) {
        self.now = now
        self.maximumActiveRuns = maximumActiveRuns
        self.running = running
        self.runningBackfills = runningBackfills
        self.candidates = candidates
    }
}

extension RunStarts.Hold: CustomStringConvertible {
    /// The stored form, which `rota why` and the pages put into a sentence.
    package var description: String {
        switch self {
        case .until: "not_before"
        case .activeRuns(let limit): "max_active_runs \(limit)"
        case .backfillPaused: "backfill_paused"
        }
    }
}

/// Decides which of a DAG's runs start now; every candidate gets a decision.
package func decide(_ starts: RunStarts) -> [RunStarts.Decision] {
    var running = starts.running
    var backfills = starts.runningBackfills
    return starts.candidates.map { candidate in
        if let limit = candidate.startBy, limit <= starts.now { return .missDeadline(run: candidate.id) }
        if candidate.runAfter > starts.now { return .hold(run: candidate.id, .until(candidate.runAfter)) }
        if let backfill = candidate.backfill {
            if backfill.isPaused { return .hold(run: candidate.id, .backfillPaused) }
            guard backfills[backfill.id, default: 0] < backfill.maximumActive else {
                return .hold(run: candidate.id, .activeRuns(limit: backfill.maximumActive))
            }
            backfills[backfill.id, default: 0] += 1
            return .start(run: candidate.id)
        }
        guard running < starts.maximumActiveRuns else {
            return .hold(run: candidate.id, .activeRuns(limit: starts.maximumActiveRuns))
        }
        running += 1
        return .start(run: candidate.id)
    }
}
