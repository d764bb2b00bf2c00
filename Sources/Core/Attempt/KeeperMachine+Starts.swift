extension KeeperMachine {
    /// What is to become of an order.
    package enum OrderRuling: Hashable, Sendable {
        /// Answer this.
        case answer(StartAnswer)
        /// Answer with its status once its start was tried: `launch` names it.
        case wait
        /// Make its folder, which must fail if there is one, and say what came of it.
        case makeFolder
        /// Remove its folder, in which nothing was started, make it anew and say what came of it.
        case clearFolder
        /// Answer with its status after an examination: there is a folder with a log and no word in the journal.
        case examine
    }

    /// What is to become of a question.
    package enum InquiryRuling: Hashable, Sendable {
        /// Answer this.
        case answer(AttemptStatus)
        /// Make its folder, which must fail if there is one, and say what came of it.
        case makeFolder
        /// Answer with its status after an examination, as of an order.
        case examine
    }

    /// What came of making a folder.
    package enum Folder: Hashable, Sendable {
        /// It is made.
        case made
        /// There was one; a log in it says that a start was about to be tried.
        case existed(hasLog: Bool)
        /// It could not be made. `canNote`: whether the journal has room for more than it keeps free for ends.
        case failed(reason: String, canNote: Bool)
    }

    // MARK: - Orders

    /// Judges an order that has come, or comes again.
    package mutating func judge(_ order: StartOrder, at now: Duration) -> OrderRuling {
        if let attempt = attempts[order.id], holds(.startsOnce) {
            if case .claimed = attempt.state { return .wait }
            return .answer(.status(attempt.status))
        }
        if holds(.remembersForgotten), forgotten.covers(order.id) {
            return refuse(
                "attempt \(order.id) is older than what this runner remembers, so it may have run before"
            )
        }
        if let bootID = order.bootID, bootID != self.bootID {
            return refuse("the order is meant for boot \(bootID) of this host, which is now at \(self.bootID)")
        }
        if let fence = order.fence {
            heard(fence.contact, at: now)
            // A later reading says nothing of this order: when it was heard, the attempt may have been given up already.
            guard now < fence.contact.sinceBoot + fence.after || !holds(.refusesLateOrders) else {
                return refuse(
                    "the order has been on its way for too long: its server may have given the attempt up meanwhile"
                )
            }
        }
        guard !isRetiring else { return bar(order.id, "this keeper is being replaced", canNote: true) }
        return .makeFolder
    }

    /// Goes on with an order whose folder was to be made.
    package mutating func made(_ folder: Folder, for order: StartOrder, at now: Moment) -> OrderRuling {
        switch folder {
        case .made:
            claim(order, at: now)
            return .wait
        case .existed(hasLog: true) where holds(.startsOnce):
            adopt(order.id, at: now)
            return .examine
        case .existed:
            // A folder without a log: its keeper died before it could start anything.
            return .clearFolder
        case .failed(let reason, let canNote): return bar(order.id, reason, canNote: canNote)
        }
    }

    /// Refuses an order for a reason that may pass; the server takes it for never started, so a late copy must not start.
    private mutating func bar(_ id: AttemptID, _ reason: String, canNote: Bool) -> OrderRuling {
        if holds(.barsWhatIsRefused) { bury(id, reason, isNoted: canNote) }
        return refuse(reason)
    }

    private func refuse(_ reason: String) -> OrderRuling { .answer(.refused(reason: reason)) }

    private mutating func claim(_ order: StartOrder, at now: Moment) {
        let facts = JournalEntry.Claim(
            bootID: bootID,
            claimedAt: now.wall,
            timeout: order.timeout,
            grace: order.grace,
            fence: order.fence?.after,
            logCap: order.logCap
        )
        attempts[order.id] = KeptAttempt(id: order.id, claim: facts, state: .claimed)
        liveCount += 1
        watchSilence(order.id, facts.fence)
        write(.claimed(order.id, facts))
        launchOnceDurable(order.id)
    }

    // MARK: - Launches

    /// A command runs.
    package mutating func began(_ id: AttemptID, _ start: JournalEntry.Start) {
        guard let attempt = attempts[id], case .claimed = attempt.state else { return }
        attempts[id]?.start = start
        attempts[id]?.state = .running(.own)
        write(.started(id, start))
        if let timeout = attempt.claim.timeout { deadlines.add(id, due: start.sinceBoot + timeout) }
    }

    /// A command cannot be started, and never will be: that is its end.
    package mutating func couldNotStart(_ id: AttemptID, _ reason: String, from start: Timestamp, to end: Timestamp) {
        guard case .claimed? = attempts[id]?.state else { return }
        finish(
            id,
            ExitRecord(
                ending: .notStarted(reason: JournalEntry.shortened(reason)),
                startedAt: start,
                endedAt: end,
                duration: .zero,
                logBytes: 0
            )
        )
    }

    /// Nothing was started because the disk is full: another attempt may go better.
    package mutating func hadNoSpace(_ id: AttemptID, _ reason: String) {
        guard case .claimed? = attempts[id]?.state else { return }
        deny(id, reason: "the disk of this runner's folder is full: \(reason)")
    }

    // MARK: - Questions

    /// Says what became of an attempt; one that never came is barred by its folder.
    package func ask(_ id: AttemptID) -> InquiryRuling {
        if let attempt = attempts[id] { return .answer(attempt.status) }
        if forgotten.covers(id) {
            return .answer(.lost(proof: "its folder was removed from this runner, as for attempts whose end is stored"))
        }
        return .makeFolder
    }

    /// Goes on with a question whose folder was to be made.
    package mutating func made(_ folder: Folder, forQuestionOf id: AttemptID, at now: Moment) -> InquiryRuling {
        let reason = "its order had not arrived when it was asked about, and is refused from now on"
        if folder == .existed(hasLog: true) {
            adopt(id, at: now)
            return .examine
        }
        // Where no folder can be made the journal's entry alone bars the way, which is as durable.
        if holds(.barsWhatIsAsked) { bury(id, reason, isNoted: true) }
        return .answer(.neverStarted(reason: reason))
    }

    private mutating func bury(_ id: AttemptID, _ reason: String, isNoted: Bool) {
        let reason = JournalEntry.shortened(reason)
        attempts[id] = KeptAttempt(id: id, state: .neverStarted(reason: reason))
        attempts[id]?.isNoted = isNoted
        if isNoted { write(.neverStarted(id, reason: reason)) }
    }

    // MARK: - Forgetting

    /// Forgets an attempt that is over; one that still runs stays.
    ///
    /// True: its folder is to be removed. Only who was told of its end may ask for it.
    package mutating func forget(_ id: AttemptID) -> Bool {
        guard let attempt = attempts[id], attempt.isOver else { return false }
        attempts[id] = nil
        forgotten.insert(id)
        if attempt.isNoted { write(.forgotten(id)) }
        return true
    }
}
