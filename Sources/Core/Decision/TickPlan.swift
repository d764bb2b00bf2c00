/// The facts from which the ticks of one DAG are decided.
package struct TickSnapshot: Sendable {
    /// The database's clock.
    package var now: Timestamp
    /// Ticks up to and including this instant have been decided.
    package var cursor: Timestamp
    package var schedule: Schedule
    /// When the DAG was last unpaused; ticks before it that are left out are skipped as `paused`.
    package var unpausedAt: Timestamp?
    /// Whether an earlier scheduled run of the DAG is unfinished.
    package var hasUnfinishedRun: Bool
    /// The most runs that the plan may create.
    package var mostRuns: Int

    /// Joins the facts.
    package init(
        now: Timestamp,
        cursor: Timestamp,
        schedule: Schedule,
        unpausedAt: Timestamp?,
        hasUnfinishedRun: Bool,
        mostRuns: Int = TickPlan.mostRuns
    ) {
        self.now = now
        self.cursor = cursor
        self.schedule = schedule
        self.unpausedAt = unpausedAt
        self.hasUnfinishedRun = hasUnfinishedRun
        self.mostRuns = mostRuns
    }
}

/// What is decided about a DAG's ticks up to now.
package struct TickPlan: Hashable, Sendable {
    /// Why a tick has no run.
    package enum Skip: String, Hashable, Sendable, CaseIterable {
        case catchup
        case overlap
        case paused
        case calendar
        case shadow
    }

    /// One line of the ledger.
    package enum Entry: Hashable, Sendable {
        /// A run is created. `late` says that catch-up made it, so its start deadline counts from its creation.
        case create(Timestamp, late: Bool)
        case skip(Timestamp, Skip)
        /// At least two ticks in a row that are skipped for one reason.
        case skipRange(first: Timestamp, last: Timestamp, count: Int, Skip)
    }

    /// In ascending order of ticks.
    package var entries: [Entry]
    /// The new cursor: the last decided tick, or the old cursor where none was due.
    package var cursor: Timestamp
    /// The next tick after the cursor; nil: there is none.
    package var nextTick: Timestamp?
    /// Whether `overlap: cancel` wants the unfinished runs ended.
    package var cancelsUnfinished: Bool

    /// A tick decided no later than this after it was due is regular; a later one was missed by everybody.
    package static let grace = Duration.seconds(60)
    /// The most runs that one pass creates for one DAG.
    package static let mostRuns = 1_000
    /// The most ticks that one pass decides for one DAG.
    package static let mostTicks = 1_000_000
}

/// Decides all ticks that are due, by catch-up and overlap policy, `mostTicks` at the most.
package func decide(_ snapshot: TickSnapshot) -> TickPlan {
    let due = DueTicks(snapshot)
    var entries: [TickPlan.Entry] = []
    var skips = SkipRun()
    var unfinished = snapshot.hasUnfinishedRun
    var cancels = false
    var created = 0
    var cursor = snapshot.cursor
    var tick = snapshot.schedule.timetable.next(after: cursor)
    var decided = 0
    while let instant = tick, instant <= snapshot.now, decided < TickPlan.mostTicks, created < snapshot.mostRuns {
        decided += 1
        cursor = instant
        tick = snapshot.schedule.timetable.next(after: instant)
        if let skip = due.skip(instant, unfinished: unfinished) {
            skips.add(instant, skip, to: &entries)
            continue
        }
        skips.flush(to: &entries)
        cancels = cancels || (unfinished && snapshot.schedule.overlap == .cancel)
        unfinished = true
        created += 1
        entries.append(.create(instant, late: due.isLate(instant)))
    }
    skips.flush(to: &entries)
    return TickPlan(entries: entries, cursor: cursor, nextTick: tick, cancelsUnfinished: cancels)
}

/// The policies, applied to one due tick.
private struct DueTicks {
    let snapshot: TickSnapshot
    /// The last due tick that its calendar lets run.
    let newest: Timestamp?

    init(_ snapshot: TickSnapshot) {
        self.snapshot = snapshot
        newest = snapshot.schedule.latestRun(atOrBefore: snapshot.now, after: snapshot.cursor)
    }

    func isLate(_ tick: Timestamp) -> Bool { snapshot.now - tick > TickPlan.grace }

    func skip(_ tick: Timestamp, unfinished: Bool) -> TickPlan.Skip? {
        if !snapshot.schedule.allows(tick) { return .calendar }
        if snapshot.schedule.isShadow { return .shadow }
        let passedInPause = snapshot.unpausedAt.map { tick <= $0 } ?? false
        if isLate(tick) || passedInPause {
            let leftOut: TickPlan.Skip = passedInPause ? .paused : .catchup
            switch snapshot.schedule.catchup {
            case .none: return leftOut
            case .latest: if tick != newest { return leftOut }
            case .all: if snapshot.now - tick > snapshot.schedule.catchupWindow { return leftOut }
            }
        }
        if unfinished, snapshot.schedule.overlap == .skip { return .overlap }
        return nil
    }
}

/// Joins equal skips that follow each other.
private struct SkipRun {
    private var current: (first: Timestamp, last: Timestamp, count: Int, skip: TickPlan.Skip)?

    mutating func add(_ tick: Timestamp, _ skip: TickPlan.Skip, to entries: inout [TickPlan.Entry]) {
        if let run = current, run.skip == skip {
            current = (run.first, tick, run.count + 1, skip)
            return
        }
        flush(to: &entries)
        current = (tick, tick, 1, skip)
    }

    mutating func flush(to entries: inout [TickPlan.Entry]) {
        guard let run = current else { return }
        entries.append(
            run.count == 1
                ? .skip(run.first, run.skip)
                : .skipRange(first: run.first, last: run.last, count: run.count, run.skip)
        )
        current = nil
    }
}
