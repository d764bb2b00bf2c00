import AttemptProtocol
import Core
import Glibc

extension Keeper {
    /// Takes in what journals say; facts that end an attempt are never undone by others.
    func takeIn(_ entries: [JournalEntry], parentage: Attempt.Parentage) {
        for entry in entries {
            switch entry {
            case .claimed(let id, let claim):
                guard attempts[id] == nil, !forgotten.ids.contains(id) else { continue }
                attempts[id] = Attempt(id: id, claim: claim, state: .running(parentage))
            case .started(let id, let start): attempts[id]?.start = start
            case .ended(let id, let record): settle(id, .ended(record))
            case .lost(let id, let proof): settle(id, .lost(proof: proof))
            case .neverStarted(let id, let reason): settle(id, .neverStarted(reason: reason))
            case .forgotten(let id):
                attempts[id] = nil
                forgotten.insert(id)
            case .lowWater(let id): forgotten.raise(to: id)
            }
        }
    }

    private func settle(_ id: AttemptID, _ state: Attempt.State) {
        if let attempt = attempts[id] {
            if !attempt.isOver { attempt.state = state }
        } else if !forgotten.ids.contains(id) {
            let claim = JournalEntry.Claim(bootID: "", claimedAt: .epoch, timeout: nil, grace: .zero)
            attempts[id] = Attempt(id: id, claim: claim, state: state)
        }
    }

    /// Finds out, once at the start, what became of attempts that had not ended.
    func recover() {
        let open = attempts.values.filter { !$0.isOver }
        liveCount = open.count
        for attempt in open { contact.watch(attempt.id, attempt.claim.fence, in: state) }
        guard !open.isEmpty else { return }
        let table = ProcessTable.scan()
        for attempt in open where attempt.parentage == .orphan { examine(attempt, table) }
    }

    private func examine(_ attempt: Attempt, _ table: ProcessTable) {
        guard attempt.claim.bootID == identity.bootID else {
            return lose(
                attempt,
                proof: "the host was restarted: the attempt was started in boot \(attempt.claim.bootID), "
                    + "and the present one is \(identity.bootID)"
            )
        }
        if attempt.start == nil, !hasLog(attempt.id) {
            attempt.state = .neverStarted(reason: "its keeper ended before it could start it")
            liveCount -= 1
            return journal.append(attempt.entries[0])
        }
        if attempt.start == nil { attempt.start = leader(of: attempt, table) }
        if let timeout = attempt.claim.timeout, let start = attempt.start {
            deadlines.add(attempt.id, due: start.sinceBoot + timeout)
        }
        attempt.hasGroup = groups.map { unsafe access($0.path(attempt.id), F_OK) == 0 } ?? false
        watchLog(of: attempt)
        if let mark = EndingMark.read(attempt.id, in: state) {
            attempt.termination = Attempt.Termination(cause: mark.cause, killAt: mark.killAt)
            terminating.insert(attempt.id)
        }
        let process = table.hasMain(of: attempt) ? attempt.start?.record.processID : nil
        orphans[attempt.id] = OrphanWatch(process: process)
    }

    /// The process of an attempt whose keeper died before it could note it: the one that leads a session.
    private func leader(of attempt: Attempt, _ table: ProcessTable) -> JournalEntry.Start? {
        let members = table.members(of: attempt).filter { $0.session == $0.process }
        return members.min { $0.ticks < $1.ticks }.map { main in
            let sinceBoot = Duration.nanoseconds(Int64(main.ticks) * 10_000_000)
            return JournalEntry.Start(
                record: StartRecord(processID: main.process, startedAt: attempt.claim.claimedAt),
                ticks: main.ticks...main.ticks,
                sinceBoot: sinceBoot
            )
        }
    }

    /// Notes which watched processes have ended, so that the next look is now.
    func noteEndedOrphans(_ descriptors: [Int32]) {
        for watch in orphans.values {
            guard let number = watch.number, descriptors.contains(number) else { continue }
            watch.stop()
            nextOrphanLook = .zero
        }
    }

    /// Settles the attempts without a parent of which nothing is left.
    func lookAfterOrphans(_ table: ProcessTable) {
        for id in orphans.keys {
            guard let attempt = attempts[id], attempt.termination == nil, !table.hasMain(of: attempt),
                members(of: attempt, table).isEmpty, !AttemptLock.isHeld(id, in: state)
            else { continue }
            let process = attempt.start.map { "process \($0.record.processID)" } ?? "its process"
            lose(
                attempt,
                proof:
                    "the keeper that had started it ended before it did; \(process) is gone, its lock is free, and no "
                    + "process of its group, session or mark is left"
            )
        }
    }

    /// Records an attempt that was ended by a keeper that is not its parent.
    func completeOrphan(_ attempt: Attempt, _ termination: Attempt.Termination) {
        let now = Moment.now()
        let start = attempt.start
        finish(
            attempt,
            ExitRecord(
                ending: .signalled(termination.hasSentKill ? SIGKILL : SIGTERM),
                cause: termination.cause,
                startedAt: start?.record.startedAt ?? attempt.claim.claimedAt,
                endedAt: now.wall,
                duration: start.map { now.sinceBoot - $0.sinceBoot } ?? .zero,
                logBytes: logLength(of: attempt),
                note: "the signal is presumed: the keeper that had started it ended before it did"
            )
        )
    }

    /// Learns from the journals of keepers that were replaced, and takes over what those leave that are gone.
    func readOlderJournals() {
        guard !olderJournals.isEmpty else { return }
        var remaining: [OlderJournal] = []
        for older in olderJournals {
            let isAbandoned = older.isAbandoned
            do {
                try learn(older.readNew())
            } catch {
                Keeper.complain("\(older.path) could not be read: \(error)")
            }
            if !isAbandoned { remaining.append(older) }
        }
        let isAnyAbandoned = remaining.count < olderJournals.count
        guard isAnyAbandoned, takeOver(olderJournals.filter { older in !remaining.contains { $0 === older } }) else {
            return
        }
        olderJournals = remaining
        if remaining.isEmpty { adoptForeign() }
    }

    private func learn(_ entries: [JournalEntry]) {
        for entry in entries {
            guard let attempt = attempts[entry.id], attempt.parentage == .foreign else { continue }
            switch entry {
            case .started(_, let start): attempt.start = start
            case .ended(_, let record): finish(attempt, record)
            case .lost(_, let proof): lose(attempt, proof: proof)
            case .claimed, .neverStarted, .forgotten, .lowWater: continue
            }
        }
    }

    /// Writes what abandoned journals say into our own and removes them; false where that must be tried again.
    private func takeOver(_ abandoned: [OlderJournal]) -> Bool {
        do {
            journal = try journal.rewritten(presentEntries, in: state)
        } catch {
            Keeper.complain("what older keepers wrote could not be taken over yet: \(error)")
            return false
        }
        for older in abandoned { unsafe unlink(older.path) }
        return true
    }

    /// Looks after attempts whose keeper, a replaced one, has gone before they ended.
    private func adoptForeign() {
        let open = attempts.values.filter { $0.parentage == .foreign }
        guard !open.isEmpty else { return }
        let table = ProcessTable.scan()
        for attempt in open {
            attempt.state = .running(.orphan)
            examine(attempt, table)
        }
    }

    /// Takes in an attempt of which there is a folder with a log and no word in the journal.
    func adoptUnknown(_ id: AttemptID) -> Attempt? {
        guard hasLog(id) else { return nil }
        let claim = JournalEntry.Claim(
            bootID: identity.bootID,
            claimedAt: Moment.now().wall,
            timeout: nil,
            grace: .seconds(10)
        )
        let attempt = Attempt(id: id, claim: claim, state: .running(.orphan))
        attempts[id] = attempt
        liveCount += 1
        journal.append(.claimed(id, claim))
        examine(attempt, ProcessTable.scan())
        return attempt
    }

    /// Whether the attempt came so far that it was about to be started.
    private func hasLog(_ id: AttemptID) -> Bool {
        unsafe access(state.log(id), F_OK) == 0
    }
}
