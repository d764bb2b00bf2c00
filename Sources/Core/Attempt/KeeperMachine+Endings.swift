extension KeeperMachine {
    /// What follows from the end of a command's own process.
    package enum ExitRuling: Hashable, Sendable {
        /// Nothing: it belongs to no attempt that runs.
        case nothing
        /// Gather what is known of the end, and seal it; what it left behind is named and no more.
        case seal
        /// Look soon: it is being ended, and is over once nothing of it is left.
        case look
    }

    /// What a look at the host's processes showed of an attempt.
    package enum Sight: Hashable, Sendable {
        /// A process of it lives: its own, or one of its group, its session or with its mark.
        case found
        /// None does; its log's lock may be held all the same.
        case nothing(isLockHeld: Bool)
    }

    /// What is to be done to an attempt after a look.
    package struct LookRuling: OptionSet, Hashable, Sendable {
        package let rawValue: UInt8

        /// Takes the bits.
        package init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        /// Send TERM to all of it.
        package static let terminate = LookRuling(rawValue: 1)
        /// Send KILL to all of it.
        package static let kill = LookRuling(rawValue: 2)
        /// Gather what is known of its end, and seal it.
        package static let seal = LookRuling(rawValue: 4)
    }

    /// What the shell knows of an end.
    package struct EndFacts: Hashable, Sendable {
        /// The length of the log.
        package var logBytes: Int64
        /// Sentences for people.
        package var notes: [String]
        /// Whether memory ran out.
        package var isOutOfMemory: Bool

        /// Joins the facts.
        package init(logBytes: Int64, notes: [String] = [], isOutOfMemory: Bool = false) {
            self.logBytes = logBytes
            self.notes = notes
            self.isOutOfMemory = isOutOfMemory
        }
    }

    /// The process of an attempt has ended, and this keeper is its parent.
    ///
    /// `mark` is what a successor may have left beside it; it is asked for by a keeper that retires.
    package mutating func exited(
        _ id: AttemptID,
        _ exit: KeptAttempt.Exit,
        mark: @autoclosure () -> EndingMark?
    ) -> ExitRuling {
        guard let attempt = attempts[id], attempt.parentage == .own else { return .nothing }
        attempts[id]?.exit = exit
        if isRetiring, attempt.termination == nil, let mark = mark() {
            // Our successor ends it and we, being the parent, only record it.
            attempts[id]?.termination = KeptAttempt.Termination(mark: mark, hasSentTerm: true, hasSentKill: true)
            terminating.insert(id)
            return .look
        }
        return attempt.termination == nil || !holds(.endsWhatIsEmpty) ? .seal : .look
    }

    /// Begins to end an attempt; repeated, it can only become quicker.
    ///
    /// Returns what is to stand beside it for later keepers; nil where there is nothing to end. What is claimed is ended once
    /// it has begun.
    package mutating func end(
        _ id: AttemptID,
        _ cause: ExitRecord.Cause,
        grace: Duration,
        at now: Duration
    ) -> EndingMark? {
        guard let attempt = attempts[id], !attempt.isOver else { return nil }
        var mark = attempt.termination?.mark ?? EndingMark(cause: cause, killAt: .seconds(Int64.max))
        mark.killAt = min(mark.killAt, now + max(grace, .zero))
        if attempt.termination == nil {
            attempts[id]?.termination = KeptAttempt.Termination(mark: mark)
        } else {
            attempts[id]?.termination?.mark = mark
        }
        terminating.insert(id)
        return mark
    }

    /// Ends what has run out of time, and what has heard of no server for as long as it may.
    package mutating func keepTime(at now: Duration) -> [(id: AttemptID, mark: EndingMark)] {
        var marks: [(AttemptID, EndingMark)] = []
        while let id = deadlines.popDue(at: now) {
            if let mark = endUnlessEnding(id, .timedOut, at: now) { marks.append((id, mark)) }
        }
        for id in silence.takeDue(at: now) where holds(.fencesSilence) {
            if let mark = endUnlessEnding(id, .fenced, at: now) { marks.append((id, mark)) }
        }
        return marks
    }

    private mutating func endUnlessEnding(_ id: AttemptID, _ cause: ExitRecord.Cause, at now: Duration) -> EndingMark? {
        guard let attempt = attempts[id], attempt.termination == nil else { return nil }
        return end(id, cause, grace: attempt.claim.grace, at: now)
    }

    /// Takes in what a look at the processes showed of an attempt that is being ended, or has no parent.
    package mutating func look(_ id: AttemptID, _ sight: Sight, at now: Duration) -> LookRuling {
        guard let attempt = attempts[id], let termination = attempt.termination else {
            lookAfterOrphan(id, sight)
            return []
        }
        guard let parentage = attempt.parentage else { return [] }
        // Its own process, ended but not yet collected, is in nobody's sight.
        if case .nothing(let isLockHeld) = sight, parentage != .own || attempt.exit != nil {
            // A process may be born, and its parent die, while the table is read: the next reading finds it. Whoever has
            // the lock still is most likely such a one.
            attempts[id]?.termination?.emptyLooks += 1
            guard termination.emptyLooks + 1 >= (isLockHeld ? 10 : 2) else { return [] }
            guard parentage == .foreign else { return .seal }
            // Its keeper is the one to say so.
            terminating.remove(id)
            return []
        }
        var ruling: LookRuling = []
        if !termination.hasSentTerm { ruling.insert(.terminate) }
        let isKillDue = now >= termination.mark.killAt && (!isRetiring || !termination.hasSentKill)
        if isKillDue, holds(.killsAfterGrace) { ruling.insert(.kill) }
        attempts[id]?.termination?.emptyLooks = 0
        attempts[id]?.termination?.hasSentTerm = true
        if ruling.contains(.kill) { attempts[id]?.termination?.hasSentKill = true }
        return ruling
    }

    private mutating func lookAfterOrphan(_ id: AttemptID, _ sight: Sight) {
        guard let attempt = attempts[id], attempt.parentage == .orphan else { return }
        guard sight == .nothing(isLockHeld: false) || !holds(.losesWithProof) else { return }
        let process = attempt.start.map { "process \($0.record.processID)" } ?? "its process"
        lose(
            id,
            proof: "the keeper that had started it ended before it did; \(process) is gone, its lock is free, and no "
                + "process of its group, session or mark is left"
        )
    }

    /// Makes an end final.
    package mutating func seal(_ id: AttemptID, _ facts: EndFacts, at now: Moment) {
        guard let attempt = attempts[id] else { return }
        let cause = attempt.termination?.mark.cause ?? .itself
        switch attempt.parentage {
        case .own:
            guard let exit = attempt.exit, let start = attempt.start else { return }
            finish(
                id,
                ExitRecord(
                    ending: exit.ending,
                    cause: cause,
                    startedAt: start.record.startedAt,
                    endedAt: exit.at.wall,
                    duration: exit.at.sinceBoot - start.sinceBoot,
                    processorTime: exit.processorTime,
                    peakMemory: exit.peakMemory,
                    logBytes: facts.logBytes,
                    note: facts.notes.isEmpty ? nil : JournalEntry.shortened(facts.notes.joined(separator: "; ")),
                    isOutOfMemory: facts.isOutOfMemory
                )
            )
        case .orphan:
            finish(
                id,
                ExitRecord(
                    ending: .signalled(attempt.termination?.hasSentKill == true ? Self.kill : Self.term),
                    cause: cause,
                    startedAt: attempt.start?.record.startedAt ?? attempt.claim.claimedAt,
                    endedAt: now.wall,
                    duration: attempt.start.map { now.sinceBoot - $0.sinceBoot } ?? .zero,
                    logBytes: facts.logBytes,
                    note: "the signal is presumed: the keeper that had started it ended before it did"
                )
            )
        case .foreign, nil: return
        }
    }

    /// The numbers of the two signals, alike on every Unix.
    private static let (kill, term): (Int32, Int32) = (9, 15)
}
