import AttemptProtocol
import Core
import Glibc

extension Keeper {
    /// Finds out what became of attempts whose keeper is gone: what is there of them is for the machine to judge.
    func examine(_ ids: [AttemptID]) {
        guard !ids.isEmpty else { return }
        let table = ProcessTable.scan()
        for id in ids {
            guard let attempt = machine.attempts[id] else { continue }
            machine.examined(
                id,
                KeeperMachine.Traces(
                    hasLog: hasLog(id),
                    leader: attempt.start == nil ? leader(of: attempt, table) : nil,
                    mark: EndingMark.read(id, in: state)
                )
            )
            guard let attempt = machine.attempts[id], machine.orphans.contains(id) else { continue }
            let hasGroup = groups.map { unsafe access($0.path(id), F_OK) == 0 } ?? false
            if hasGroup { holds[id] = Hold(hasGroup: true) }
            watchLog(of: id)
            let process = table.hasMain(of: attempt) ? attempt.start?.record.processID : nil
            orphanWatches[id] = OrphanWatch(process: process)
        }
    }

    /// The process of an attempt whose keeper died before it could note it: the one that leads a session.
    private func leader(of attempt: KeptAttempt, _ table: ProcessTable) -> JournalEntry.Start? {
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

    /// Whether the attempt came so far that it was about to be started.
    func hasLog(_ id: AttemptID) -> Bool {
        unsafe access(state.log(id), F_OK) == 0
    }

    /// Notes which watched processes have ended, so that the next look is now.
    func noteEndedOrphans(_ descriptors: [Int32]) {
        for watch in orphanWatches.values {
            guard let number = watch.number, descriptors.contains(number) else { continue }
            watch.stop()
            nextOrphanLook = .zero
        }
    }

    // MARK: Older keepers

    /// Learns from the journals of keepers that were replaced, and takes over what those leave that are gone.
    func readOlderJournals() {
        guard !olderJournals.isEmpty else { return }
        var remaining: [OlderJournal] = []
        for older in olderJournals {
            let isAbandoned = older.isAbandoned
            do {
                try machine.learn(older.readNew())
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
        if remaining.isEmpty { examine(machine.adoptForeign()) }
    }

    /// Writes what abandoned journals say into our own and removes them; false where that must be tried again.
    private func takeOver(_ abandoned: [OlderJournal]) -> Bool {
        do {
            journal = try journal.rewritten(machine.presentEntries, in: state)
        } catch {
            Keeper.complain("what older keepers wrote could not be taken over yet: \(error)")
            return false
        }
        for older in abandoned { unsafe unlink(older.path) }
        return true
    }
}
