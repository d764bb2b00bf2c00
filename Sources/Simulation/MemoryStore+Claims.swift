import Core

/// The runner for which tasks are claimed, and the right by which.
struct ClaimingSeat {
    var runner: Int
    var name: String
    var slots: Int
    var server: Int
    var incarnation: Int
    var fence: Int
    var boot: Int
    var disk: Int
    /// Whether the runner ends attempts by itself when it hears of no server.
    var canFence = false

    /// Joins the facts.
    init(
        runner: Int,
        name: String,
        slots: Int,
        server: Int,
        incarnation: Int,
        fence: Int,
        boot: Int,
        disk: Int,
        canFence: Bool = false
    ) {
        self.runner = runner
        self.name = name
        self.slots = slots
        self.server = server
        self.incarnation = incarnation
        self.fence = fence
        self.boot = boot
        self.disk = disk
        self.canFence = canFence
    }
}

/// What a claim counts: slots that live attempts hold.
struct SlotUse {
    var runner = 0
    var pools: [Int]
    var dags: [Int: Int] = [:]
    var slotsOfDAGs: [Int: Int] = [:]
}

extension MemoryStore {
    /// Whether the seat's lease holds at this moment.
    func holdsLease(_ seat: ClaimingSeat) -> Bool {
        guard let lease = leases[seat.runner] else { return false }
        return lease.server == seat.server && lease.incarnation == seat.incarnation && lease.fence == seat.fence
            && lease.expiresAt > clock
    }

    /// Looks, without locking, at queued tasks that fit the runner.
    func queuedTasks(for seat: ClaimingSeat) -> [Int] {
        instances.indices.filter { id in
            let line = instances[id]
            guard line.state == .queued, line.attempt == nil, !line.isDeleted, task(of: id).slots <= seat.slots else {
                return false
            }
            switch task(of: id).runner {
            case .any: return true
            case .named(let name): return name == seat.name
            case .labelled: return false
            }
        }
    }

    /// Counts what live attempts hold.
    func slotUse(runner: Int) -> SlotUse {
        var use = SlotUse(pools: Array(repeating: 0, count: pools.count))
        for id in live {
            let line = attempts[id]
            if line.runner == runner { use.runner += line.slots }
            if let pool = line.pool { use.pools[pool] += line.slots }
            use.dags[line.dag, default: 0] += 1
            use.slotsOfDAGs[line.dag, default: 0] += line.slots
        }
        return use
    }

    /// Decides which of the tasks that were seen this runner takes, and writes intents for those that are still free.
    ///
    /// `use`: What was counted, at a time that the caller chose. `chance`: Gives 64 bits for an attempt's id.
    func claim(
        _ seen: [Int],
        _ seat: ClaimingSeat,
        _ use: SlotUse,
        lastServed: [Int: Timestamp],
        chance: () -> UInt64
    ) -> (claimed: [AttemptLine], holds: [ClaimHold]) {
        let decisions = decide(snapshot(seen, seat, use, lastServed))
        var claimed: [AttemptLine] = []
        var holds: [ClaimHold] = []
        for decision in decisions {
            switch decision {
            case .claim(let id):
                let isFree =
                    instances[id].state == .queued && instances[id].attempt == nil && !instances[id].isDeleted
                if isFree || mutation == .claimsUnguarded { claimed.append(intend(id, seat, chance())) }
            case .hold(_, let hold): holds.append(hold)
            }
        }
        return (claimed, holds)
    }

    private func snapshot(
        _ seen: [Int],
        _ seat: ClaimingSeat,
        _ use: SlotUse,
        _ lastServed: [Int: Timestamp]
    ) -> ClaimSnapshot {
        var snapshot = ClaimSnapshot(
            now: clock,
            candidates: seen.map { id in
                let task = task(of: id)
                let run = runs[instances[id].run]
                return ClaimSnapshot.Candidate(
                    id: id,
                    dag: run.dag,
                    pool: task.pool,
                    slots: task.slots,
                    priority: task.priority,
                    queuedAt: instances[id].queuedAt ?? run.createdAt,
                    deadline: run.startBy ?? run.endBy
                )
            },
            freeSlots: seat.slots - use.runner,
            totalSlots: seat.slots,
            freePoolSlots: [:],
            totalPoolSlots: [:],
            freeDAGTasks: [:]
        )
        for (index, pool) in pools.enumerated() {
            snapshot.freePoolSlots[pool.name] = pool.slots - use.pools[index]
            snapshot.totalPoolSlots[pool.name] = pool.slots
            snapshot.orders[pool.name] = pool.order
        }
        for dag in dags.indices {
            snapshot.freeDAGTasks[dag] = dags[dag].dag.maximumActiveTasks - (use.dags[dag] ?? 0)
        }
        snapshot.slotsOfDAGs = use.slotsOfDAGs
        snapshot.lastServed = lastServed
        return snapshot
    }

    private func intend(_ id: Int, _ seat: ClaimingSeat, _ random: UInt64) -> AttemptLine {
        let task = task(of: id)
        instances[id].attempts += 1
        instances[id].hold = nil
        instances[id].reason = nil
        let line = AttemptLine(
            id: AttemptID(milliseconds: clock.microseconds / 1_000, random: (random, SplitMix64.mix(random))),
            instance: id,
            run: instances[id].run,
            dag: runs[instances[id].run].dag,
            number: instances[id].attempts,
            state: .intended,
            runner: seat.runner,
            fence: seat.fence,
            boot: seat.boot,
            disk: seat.disk,
            pool: task.pool.flatMap { name in pools.firstIndex { $0.name == name } },
            slots: task.slots,
            silenceLimit: seat.canFence ? task.onUnreachable.limit : nil
        )
        let index = attempts.count
        attempts.append(line)
        attemptIndex[line.id] = index
        live.append(index)
        instances[id].attempt = index
        changes.append(.attempt(index, from: nil, to: .intended))
        return line
    }

    /// Writes that attempts run; those that ended meanwhile are left.
    func setRunning(_ ids: [AttemptID]) {
        for id in ids {
            guard let index = attemptIndex[id] else { continue }
            let line = attempts[index]
            guard line.state == .intended || line.state == .unreachable || mutation == .runsUnguarded else { continue }
            set(attempt: index, .running)
            if instances[line.instance].attempt == index, instances[line.instance].state == .queued {
                set(instance: line.instance, .running)
            }
        }
    }

    /// Marks live attempts as being ended.
    func setCancelling(_ ids: [AttemptID]) {
        for id in ids {
            guard let index = attemptIndex[id], !attempts[index].isOver else { continue }
            set(attempt: index, .cancelling)
        }
    }

    /// Moves live attempts to `unreachable`.
    func setUnreachable(_ ids: [AttemptID]) {
        for id in ids {
            guard let index = attemptIndex[id], !attempts[index].isOver else { continue }
            if [.intended, .running, .cancelling].contains(attempts[index].state) {
                attempts[index].unreachableSince = clock
                set(attempt: index, .unreachable)
            }
        }
    }

    func setUnreachable(runner: Int) {
        setUnreachable(liveAttempts(runner: runner).map(\.id))
    }

    /// Moves to `unreachable` what runs where no server has acted for the runner for a while.
    func setUnreachableWithoutServer(for span: Duration) {
        for runner in leases.indices {
            guard let lease = leases[runner], lease.expiresAt < clock - span else { continue }
            setUnreachable(runner: runner)
        }
    }

    /// Notes that a runner answered, and from which disk.
    func noteContact(runner: Int, disk: Int) {
        contacts[runner].at = clock
        contacts[runner].count += 1
        contacts[runner].disk = disk
    }

    /// What is `unreachable` and will have been ended by its runner after some silence.
    func silentAttempts() -> [SilenceWatch.Attempt] {
        live.compactMap { index in
            let line = attempts[index]
            guard line.state == .unreachable, let limit = line.silenceLimit else { return nil }
            let contact = contacts[line.runner]
            let isSame = contact.disk == line.disk
            let sign =
                isSame
                ? "runner \(contact.count)" : "disk \(line.unreachableSince.map { "\($0.microseconds)" } ?? "")"
            return SilenceWatch.Attempt(id: line.id, run: line.run, limit: limit, contact: sign)
        }
    }

    /// The live attempts of a runner.
    func liveAttempts(runner: Int) -> [AttemptLine] {
        live.map { attempts[$0] }.filter { $0.runner == runner }.sorted { $0.id < $1.id }
    }

    /// Live attempts of a runner whose end somebody asked for.
    func cancelRequests(runner: Int) -> [AttemptID] {
        liveAttempts(runner: runner).filter(\.cancelRequested).map(\.id)
    }

    // MARK: - Leases

    /// Takes or renews the lease of a runner; returns its fencing number, or nil where somebody else holds it.
    func acquireLease(runner: Int, server: Int, incarnation: Int, for span: Duration) -> Int? {
        let before = leases[runner]
        guard var lease = before else {
            leases[runner] = LeaseLine(server: server, incarnation: incarnation, fence: 1, expiresAt: clock + span)
            changes.append(.lease(runner: runner, before: nil, by: server))
            return 1
        }
        guard lease.server == server || lease.expiresAt <= clock else { return nil }
        if lease.server != server || lease.incarnation != incarnation { lease.fence += 1 }
        lease.server = server
        lease.incarnation = incarnation
        lease.expiresAt = clock + span
        leases[runner] = lease
        changes.append(.lease(runner: runner, before: before, by: server))
        return lease.fence
    }

    /// Gives a lease back before it expires.
    func releaseLease(runner: Int, server: Int, incarnation: Int) {
        guard let before = leases[runner] else { return }
        let isOurs = before.server == server && before.incarnation == incarnation
        guard isOurs || mutation == .releasesAnyLease else { return }
        leases[runner]?.expiresAt = clock
        changes.append(.lease(runner: runner, before: before, by: server))
    }
}
