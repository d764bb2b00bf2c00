import AttemptProtocol
import Core
import Glibc

extension Keeper {
    /// Collects the children that have ended; those that are nobody's main process were strays.
    func reapChildren() {
        while true {
            var status: Int32 = 0
            var usage = rusage()
            let process = unsafe wait4(-1, &status, WNOHANG, &usage)
            guard process > 0 else { return }
            guard let attempt = children.removeValue(forKey: process) else { continue }
            let processorTime =
                Duration.seconds(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
                + .microseconds(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
            attempt.mainExit = Attempt.MainExit(
                ending: status & 0x7F == 0 ? .exited(status >> 8 & 0xFF) : .signalled(status & 0x7F),
                at: Moment.now(),
                processorTime: processorTime,
                peakMemory: Int64(usage.ru_maxrss) * 1024
            )
            mainEnded(attempt)
        }
    }

    private func mainEnded(_ attempt: Attempt) {
        if isLeaving && attempt.termination == nil, let mark = EndingMark.read(attempt.id, in: state) {
            // Our successor ends it and we, being the parent, only record it.
            attempt.termination = Attempt.Termination(
                cause: mark.cause,
                killAt: mark.killAt,
                hasSentTerm: true,
                hasSentKill: true
            )
            terminating.insert(attempt.id)
        }
        if attempt.termination == nil {
            complete(attempt, leftovers: leftovers(of: attempt))
        } else {
            nextLook = .zero
        }
    }

    /// Begins to end an attempt; repeated, it can only become quicker.
    func end(_ attempt: Attempt, cause: ExitRecord.Cause, grace: Duration) {
        guard attempt.parentage != nil else { return }
        let killAt = Moment.now().sinceBoot + max(grace, .zero)
        if let known = attempt.termination {
            attempt.termination?.killAt = min(known.killAt, killAt)
        } else {
            attempt.termination = Attempt.Termination(cause: cause, killAt: killAt)
        }
        EndingMark(cause: attempt.termination?.cause ?? cause, killAt: killAt).write(attempt.id, in: state)
        terminating.insert(attempt.id)
        nextLook = .zero
    }

    /// Ends what has run out of time, and looks after what is being ended or has no parent.
    func keepTime() {
        let now = Moment.now().sinceBoot
        while let id = deadlines.popDue(at: now) {
            guard let attempt = attempts[id], attempt.termination == nil else { continue }
            end(attempt, cause: .timedOut, grace: attempt.claim.grace)
        }
        endFenced(at: now)
        trimLogs(at: now)
        let isLookDue = !terminating.isEmpty && now >= nextLook
        let isOrphanLookDue = !orphans.isEmpty && now >= nextOrphanLook
        guard isLookDue || isOrphanLookDue else { return }
        let table = ProcessTable.scan()
        if isLookDue {
            for id in terminating { pursue(id, table, now) }
        }
        if isOrphanLookDue { lookAfterOrphans(table) }
        // A long table must not become all that the keeper does.
        let pause = max(.milliseconds(20), (Moment.now().sinceBoot - now) * 4)
        nextLook = now + pause
        nextOrphanLook = now + max(pause, .milliseconds(250))
    }

    /// Ends what has heard of no server for as long as it may: by then its server may start it elsewhere.
    private func endFenced(at now: Duration) {
        for id in contact.due(at: now, in: state) {
            guard let attempt = attempts[id], attempt.termination == nil else { continue }
            end(attempt, cause: .fenced, grace: attempt.claim.grace)
        }
    }

    /// Takes note that a server has heard a reading of our clock.
    func note(_ heard: KeeperClock) {
        guard heard.bootID == identity.bootID else { return }
        contact.note(min(heard.sinceBoot, Moment.now().sinceBoot), in: state)
    }

    private func pursue(_ id: AttemptID, _ table: ProcessTable, _ now: Duration) {
        guard let attempt = attempts[id], let parentage = attempt.parentage, var termination = attempt.termination
        else {
            terminating.remove(id)
            return
        }
        let members = members(of: attempt, table)
        let isMainGone = parentage == .own ? attempt.mainExit != nil : !table.hasMain(of: attempt)
        if members.isEmpty && isMainGone {
            // A process may be born, and its parent die, while the table is read: the next reading finds it. Whoever has
            // the lock still is most likely such a one.
            termination.emptyLooks += 1
            attempt.termination = termination
            guard termination.emptyLooks >= (AttemptLock.isHeld(id, in: state) ? 10 : 2) else { return }
            switch parentage {
            case .own: complete(attempt, leftovers: [])
            case .orphan: completeOrphan(attempt, termination)
            case .foreign: terminating.remove(id)
            }
            return
        }
        termination.emptyLooks = 0
        if !termination.hasSentTerm {
            signal(attempt, members, SIGTERM)
            // A stopped process heeds TERM only once it goes on.
            signal(attempt, members, SIGCONT)
            termination.hasSentTerm = true
        }
        if now >= termination.killAt && (!isLeaving || !termination.hasSentKill) {
            if attempt.hasGroup { groups?.kill(attempt.id) }
            signal(attempt, members, SIGKILL)
            termination.hasSentKill = true
        }
        attempt.termination = termination
    }

    private func signal(_ attempt: Attempt, _ members: [ProcessTable.Entry], _ signal: Int32) {
        let group = attempt.start?.record.processID
        if let group, members.contains(where: { $0.group == group }) { kill(-group, signal) }
        for member in members where member.group != group { kill(member.process, signal) }
    }

    /// Processes of an attempt that are still there though its own process has ended.
    private func leftovers(of attempt: Attempt) -> [ProcessTable.Entry] {
        guard let start = attempt.start else { return [] }
        let hasGroup = kill(-start.record.processID, 0) == 0 || errno == EPERM
        guard hasGroup || attempt.hasGroup || AttemptLock.isHeld(attempt.id, in: state) else { return [] }
        return members(of: attempt, ProcessTable.scan())
    }

    /// The living processes of an attempt, by all that ties them to it.
    func members(of attempt: Attempt, _ table: ProcessTable) -> [ProcessTable.Entry] {
        let members = table.members(of: attempt)
        guard attempt.hasGroup, let grouped = groups?.processes(attempt.id) else { return members }
        let others = Set(grouped).subtracting(members.map(\.process))
        return members + table.entries.filter { others.contains($0.process) && !$0.isZombie }
    }

    private func complete(_ attempt: Attempt, leftovers: [ProcessTable.Entry]) {
        guard let exit = attempt.mainExit, let start = attempt.start else { return }
        let memory = lackOfMemory(attempt, exit.ending)
        let notes = [memory.note, Keeper.note(leftovers), attempt.limitNote].compactMap(\.self)
        finish(
            attempt,
            ExitRecord(
                ending: exit.ending,
                cause: attempt.termination?.cause ?? .itself,
                startedAt: start.record.startedAt,
                endedAt: exit.at.wall,
                duration: exit.at.sinceBoot - start.sinceBoot,
                processorTime: exit.processorTime,
                peakMemory: exit.peakMemory,
                logBytes: logLength(of: attempt),
                note: notes.isEmpty ? nil : Keeper.shortened(notes.joined(separator: "; ")),
                isOutOfMemory: memory.isSo
            )
        )
    }

    /// Writes down the end of an attempt; clients hear of it once that is durable.
    func finish(_ attempt: Attempt, _ record: ExitRecord) {
        attempt.state = .ended(record)
        leave(attempt)
        journal.append(.ended(attempt.id, record))
        events.append(.ended(attempt.id, record))
    }

    /// Writes down that an attempt is gone without a record.
    func lose(_ attempt: Attempt, proof: String) {
        let proof = Keeper.shortened(proof)
        attempt.state = .lost(proof: proof)
        leave(attempt)
        journal.append(.lost(attempt.id, proof: proof))
        events.append(.lost(attempt.id, proof: proof))
    }

    func leave(_ attempt: Attempt) {
        liveCount -= 1
        contact.unwatch(attempt.id)
        terminating.remove(attempt.id)
        orphans[attempt.id] = nil
        capped.remove(attempt.id)
        if attempt.hasGroup { groups?.remove(attempt.id) }
    }

    func logLength(of attempt: Attempt) -> Int64 {
        FileFacts(path: state.log(attempt.id))?.size ?? 0
    }

    private static func note(_ leftovers: [ProcessTable.Entry]) -> String? {
        guard !leftovers.isEmpty else { return nil }
        let names = leftovers.prefix(8).map { "\($0.name) (\($0.process))" }.joined(separator: ", ")
        let noun = leftovers.count == 1 ? "1 process" : "\(leftovers.count) processes"
        return "left \(noun) behind: \(names)\(leftovers.count > 8 ? ", …" : "")"
    }
}
