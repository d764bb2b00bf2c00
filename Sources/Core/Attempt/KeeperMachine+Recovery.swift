extension KeeperMachine {
    /// What is there of an attempt whose keeper is gone.
    package struct Traces: Hashable, Sendable {
        /// Whether its start was about to be tried.
        package var hasLog: Bool
        /// A living process that leads a session of the attempt's, where the journal names none.
        package var leader: JournalEntry.Start?
        /// Whether it was being ended.
        package var mark: EndingMark?

        /// Joins the facts.
        package init(hasLog: Bool, leader: JournalEntry.Start? = nil, mark: EndingMark? = nil) {
            self.hasLog = hasLog
            self.leader = leader
            self.mark = mark
        }
    }

    /// Takes in what a journal says; facts that end an attempt are never undone by others.
    package mutating func takeIn(_ entries: [JournalEntry], parentage: KeptAttempt.Parentage) {
        // Its keeper may have died between the writing and the making durable, and the host may be next.
        if parentage == .orphan, !entries.isEmpty, holds(.syncsWhatItFinds) { needsSync = true }
        for entry in entries {
            switch entry {
            case .claimed(let id, let claim):
                guard attempts[id] == nil, !forgotten.ids.contains(id) else { continue }
                attempts[id] = KeptAttempt(id: id, claim: claim, state: .running(parentage))
            case .started(let id, let start): attempts[id]?.start = start
            case .ended(let id, let record): settle(id, .ended(record), parentage)
            case .lost(let id, let proof): settle(id, .lost(proof: proof), parentage)
            case .neverStarted(let id, let reason): settle(id, .neverStarted(reason: reason), parentage)
            case .forgotten(let id):
                attempts[id] = nil
                forgotten.insert(id)
            case .lowWater(let id): forgotten.raise(to: id)
            }
        }
    }

    private mutating func settle(_ id: AttemptID, _ state: KeptAttempt.State, _ parentage: KeptAttempt.Parentage) {
        if let attempt = attempts[id] {
            guard !attempt.isOver else { return }
            attempts[id]?.state = state
        } else {
            guard !forgotten.ids.contains(id) else { return }
            attempts[id] = KeptAttempt(id: id, state: state)
        }
        if parentage == .foreign { endedByOthers.insert(id) }
    }

    /// Takes up, once at the start, what had not ended; returns the attempts to examine, of which it cannot know by itself.
    package mutating func recover() -> [AttemptID] {
        let open = attempts.values.filter { !$0.isOver }.sorted { $0.id < $1.id }
        liveCount = open.count
        // A keeper that lives may not have made durable yet what it wrote.
        for entry in endedByOthers.sorted().flatMap({ attempts[$0]?.entries ?? [] }) { write(entry) }
        endedByOthers = []
        for attempt in open { watchSilence(attempt.id, attempt.claim.fence) }
        return open.filter { $0.parentage == .orphan && isOfThisBoot($0) }.map(\.id)
    }

    /// Whether it was claimed in this boot; else it is lost, for nothing outlives a boot.
    private mutating func isOfThisBoot(_ attempt: KeptAttempt) -> Bool {
        guard attempt.claim.bootID != bootID else { return true }
        lose(
            attempt.id,
            proof: "the host was restarted: the attempt was started in boot \(attempt.claim.bootID), "
                + "and the present one is \(bootID)"
        )
        return false
    }

    /// Goes on with an attempt that was to be examined.
    package mutating func examined(_ id: AttemptID, _ traces: Traces) {
        guard let attempt = attempts[id], attempt.parentage == .orphan else { return }
        let start = attempt.start ?? traces.leader
        if attempt.start == nil, !traces.hasLog || !holds(.doubtsUnnotedStarts) {
            return deny(id, reason: "its keeper ended before it could start it")
        }
        attempts[id]?.start = start
        if let timeout = attempt.claim.timeout, let start { deadlines.add(id, due: start.sinceBoot + timeout) }
        orphans.insert(id)
        if attempt.termination == nil, let mark = traces.mark {
            attempts[id]?.termination = KeptAttempt.Termination(mark: mark)
        }
        // It may have been ended here already and given back to the keeper that is gone now.
        guard attempts[id]?.termination != nil else { return }
        attempts[id]?.termination?.emptyLooks = 0
        terminating.insert(id)
    }

    /// Takes in an attempt of which there is a folder with a log and no word in the journal; it is to be examined.
    mutating func adopt(_ id: AttemptID, at now: Moment) {
        let claim = JournalEntry.Claim(bootID: bootID, claimedAt: now.wall, timeout: nil, grace: .seconds(10))
        attempts[id] = KeptAttempt(id: id, claim: claim, state: .running(.orphan))
        liveCount += 1
        write(.claimed(id, claim))
    }

    // MARK: - Changes of keepers

    /// Gives up everything but the attempts at hand, which stay until they end.
    package mutating func retire() {
        isRetiring = true
        // What older keepers still have to say is the successor's to hear.
        for attempt in attempts.values where attempt.parentage == .foreign {
            attempts[attempt.id] = nil
            silence.unwatch(attempt.id)
            terminating.remove(attempt.id)
            liveCount -= 1
        }
    }

    /// Takes in what a keeper that was replaced has added to its journal.
    package mutating func learn(_ entries: [JournalEntry]) {
        for entry in entries {
            let known = attempts[entry.id]
            if case .neverStarted(let id, let reason) = entry, known == nil, !forgotten.covers(id) {
                attempts[id] = KeptAttempt(id: id, state: .neverStarted(reason: reason))
                write(entry)
            }
            guard known?.parentage == .foreign else { continue }
            switch entry {
            case .started(let id, let start): attempts[id]?.start = start
            case .ended(let id, let record): finish(id, record)
            case .lost(let id, let proof): lose(id, proof: proof)
            case .neverStarted(let id, let reason): deny(id, reason: reason)
            case .claimed, .forgotten, .lowWater: continue
            }
        }
    }

    /// Takes over attempts whose keeper, a replaced one, has gone before they ended; returns those to examine.
    package mutating func adoptForeign() -> [AttemptID] {
        let open = attempts.values.filter { $0.parentage == .foreign }.sorted { $0.id < $1.id }
        for attempt in open { attempts[attempt.id]?.state = .running(.orphan) }
        return open.filter { isOfThisBoot($0) }.map(\.id)
    }
}
