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
            guard let id = children.removeValue(forKey: process) else { continue }
            let processorTime =
                Duration.seconds(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
                + .microseconds(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
            let exit = KeptAttempt.Exit(
                ending: status & 0x7F == 0 ? .exited(status >> 8 & 0xFF) : .signalled(status & 0x7F),
                at: Moment.now(),
                processorTime: processorTime,
                peakMemory: Int64(usage.ru_maxrss) * 1024
            )
            switch machine.exited(id, exit, mark: EndingMark.read(id, in: state)) {
            case .nothing: continue
            case .look: nextLook = .zero
            case .seal:
                guard let attempt = machine.attempts[id] else { continue }
                seal(attempt, leftovers: leftovers(of: attempt))
            }
        }
    }

    /// Writes beside an attempt that it is being ended, and looks at it in this turn.
    func put(_ mark: EndingMark, on id: AttemptID) {
        mark.write(id, in: state)
        nextLook = .zero
    }

    /// Ends what has run out of time, and looks after what is being ended or has no parent.
    func keepTime() {
        let now = Moment.now().sinceBoot
        if machine.isSilenceDue(at: now), let clock = contact.read() { machine.heard(clock, at: now) }
        for (id, mark) in machine.keepTime(at: now) { put(mark, on: id) }
        trimLogs(at: now)
        let isLookDue = !machine.terminating.isEmpty && now >= nextLook
        let isOrphanLookDue = !machine.orphans.isEmpty && now >= nextOrphanLook
        guard isLookDue || isOrphanLookDue else { return }
        let table = ProcessTable.scan()
        if isLookDue {
            for id in machine.terminating { look(id, table, now) }
        }
        if isOrphanLookDue {
            for id in machine.orphans where machine.attempts[id]?.termination == nil { look(id, table, now) }
        }
        // A long table must not become all that the keeper does.
        let pause = max(.milliseconds(20), (Moment.now().sinceBoot - now) * 4)
        nextLook = now + pause
        nextOrphanLook = now + max(pause, .milliseconds(250))
    }

    private func look(_ id: AttemptID, _ table: ProcessTable, _ now: Duration) {
        guard let attempt = machine.attempts[id] else { return }
        let members = members(of: attempt, table)
        let isFound = !members.isEmpty || table.hasMain(of: attempt)
        let sight: KeeperMachine.Sight =
            isFound ? .found : .nothing(isLockHeld: AttemptLock.isHeld(id, in: state))
        let ruling = machine.look(id, sight, at: now)
        if ruling.contains(.terminate) {
            signal(attempt, members, SIGTERM)
            // A stopped process heeds TERM only once it goes on.
            signal(attempt, members, SIGCONT)
        }
        if ruling.contains(.kill) {
            if holds[id]?.hasGroup == true { groups?.kill(id) }
            signal(attempt, members, SIGKILL)
        }
        if ruling.contains(.seal), let attempt = machine.attempts[id] { seal(attempt, leftovers: []) }
    }

    private func signal(_ attempt: KeptAttempt, _ members: [ProcessTable.Entry], _ signal: Int32) {
        let group = attempt.start?.record.processID
        if let group, members.contains(where: { $0.group == group }) { kill(-group, signal) }
        for member in members where member.group != group { kill(member.process, signal) }
    }

    /// Processes of an attempt that are still there though its own process has ended.
    private func leftovers(of attempt: KeptAttempt) -> [ProcessTable.Entry] {
        guard let start = attempt.start else { return [] }
        let isGroupThere = kill(-start.record.processID, 0) == 0 || errno == EPERM
        guard isGroupThere || holds[attempt.id]?.hasGroup == true || AttemptLock.isHeld(attempt.id, in: state) else {
            return []
        }
        return members(of: attempt, ProcessTable.scan())
    }

    /// The living processes of an attempt, by all that ties them to it.
    func members(of attempt: KeptAttempt, _ table: ProcessTable) -> [ProcessTable.Entry] {
        let members = table.members(of: attempt)
        guard holds[attempt.id]?.hasGroup == true, let grouped = groups?.processes(attempt.id) else { return members }
        let others = Set(grouped).subtracting(members.map(\.process))
        return members + table.entries.filter { others.contains($0.process) && !$0.isZombie }
    }

    private func seal(_ attempt: KeptAttempt, leftovers: [ProcessTable.Entry]) {
        let memory = attempt.exit.map { lackOfMemory(attempt, $0.ending) }
        let notes = [memory?.note, Keeper.note(leftovers), holds[attempt.id]?.limitNote].compactMap(\.self)
        let facts = KeeperMachine.EndFacts(
            logBytes: logLength(of: attempt.id),
            notes: notes,
            isOutOfMemory: memory?.isSo ?? false
        )
        machine.seal(attempt.id, facts, at: Moment.now())
    }

    /// Lets go of what was held for attempts while they ran.
    func release(_ ids: [AttemptID]) {
        for id in ids {
            capped.remove(id)
            orphanWatches[id] = nil
            if holds.removeValue(forKey: id)?.hasGroup == true { groups?.remove(id) }
        }
    }

    /// The events that tell how attempts ended.
    func announce(_ ids: [AttemptID]) {
        for id in ids {
            switch machine.status(of: id) {
            case .ended(let record)?: events.append(.ended(id, record))
            case .lost(let proof)?: events.append(.lost(id, proof: proof))
            case .running?, .neverStarted?, nil: continue
            }
        }
    }

    func logLength(of id: AttemptID) -> Int64 {
        FileFacts(path: state.log(id))?.size ?? 0
    }

    private static func note(_ leftovers: [ProcessTable.Entry]) -> String? {
        guard !leftovers.isEmpty else { return nil }
        let names = leftovers.prefix(8).map { "\($0.name) (\($0.process))" }.joined(separator: ", ")
        let noun = leftovers.count == 1 ? "1 process" : "\(leftovers.count) processes"
        return "left \(noun) behind: \(names)\(leftovers.count > 8 ? ", …" : "")"
    }
}
