import Core

/// What a claim came to.
enum ClaimResult {
    case claimed([MemoryStore.AttemptLine])
    case leaseLost
    /// It did not happen, or nobody knows.
    case failed
}

extension World {
    /// After how long the database ends a session that idles in a transaction, and one that waits for a lock.
    private static let idleLimit = 30_000
    private static let lockLimit = 10_000

    /// A claim's transaction: it looks at the queue, then waits for the locks, then counts and writes.
    ///
    /// Others come between the look and the locks. The lease's row stays locked for the whole of it, so nobody else takes
    /// the lease meanwhile.
    func claim(
        _ server: Server,
        _ seat: ClaimingSeat,
        _ lastServed: [Int: Timestamp],
        _ then: @escaping (ClaimResult) -> Void
    ) {
        let incarnation = server.incarnation
        after(hop()) { [unowned self] in
            guard server.isUp, server.incarnation == incarnation else { return }
            guard now >= databaseReturnsAt else { return server.after(hop()) { then(.failed) } }
            tick()
            guard store.holdsLease(seat) || mutation == .claimsWithoutLease else {
                rare.note(.claimRefused)
                return server.after(hop()) { then(.leaseLost) }
            }
            let seen = store.queuedTasks(for: seat)
            guard !seen.isEmpty else { return server.after(hop()) { then(.claimed([])) } }
            let use = store.slotUse(runner: seat.runner)
            leaseLocks[seat.runner] += 1
            let claim = OpenClaim(
                server: server,
                incarnation: incarnation,
                seat: seat,
                seen: seen,
                use: use,
                lastServed: lastServed,
                since: now,
                then: then
            )
            after(hop() + hop()) { [unowned self] in commit(claim) }
        }
    }

    private struct OpenClaim {
        let server: Server
        let incarnation: Int
        let seat: ClaimingSeat
        let seen: [Int]
        /// What was counted when it began, which only a broken rule trusts.
        let use: SlotUse
        let lastServed: [Int: Timestamp]
        let since: Int
        let then: (ClaimResult) -> Void
    }

    private func commit(_ claim: OpenClaim) {
        let server = claim.server
        guard server.isUp, server.incarnation == claim.incarnation else {
            leaseLocks[claim.seat.runner] -= 1
            rare.note(.diedInClaim)
            return
        }
        guard now >= server.frozenUntil else {
            // Frozen in the middle: its locks stay until it wakes, or the database ends its session.
            rare.note(.frozenInClaim)
            let rest = min(server.frozenUntil, claim.since + Self.idleLimit) - now
            guard rest > 0 else {
                leaseLocks[claim.seat.runner] -= 1
                return server.after(0) { claim.then(.failed) }
            }
            return after(rest) { [unowned self] in commit(claim) }
        }
        leaseLocks[claim.seat.runner] -= 1
        guard now >= databaseReturnsAt, isHealed || !chance.happens(scenario.noise.aborted) else {
            return server.after(hop()) { claim.then(.failed) }
        }
        tick()
        let use = mutation == .countsTooEarly ? claim.use : store.slotUse(runner: claim.seat.runner)
        let (lines, holds) = store.claim(claim.seen, claim.seat, use, lastServed: claim.lastServed) { chance.next() }
        note(holds)
        if !isHealed, chance.happens(scenario.noise.unacknowledged) {
            rare.note(lines.isEmpty ? .unacknowledged : .claimUnacknowledged)
            return server.after(hop() + 20) { claim.then(.failed) }
        }
        server.after(hop()) { claim.then(.claimed(lines)) }
    }

    private func note(_ holds: [ClaimHold]) {
        for hold in holds {
            switch hold {
            case .poolFull: rare.note(.poolFull)
            case .activeTasks: rare.note(.tasksFull)
            case .runnerFull: rare.note(.runnerFull)
            case .unknownPool, .poolTooSmall, .poolKept, .runnerKept, .tooLarge, .leftTo: break
            }
        }
    }

    /// Takes or renews a lease; who meets a claim that is under way waits for it.
    ///
    /// `then` hears the fence, or nil where somebody else has the lease; nil for the whole where nobody knows.
    func acquireLease(_ server: Server, _ runner: Int, for span: Duration, _ then: @escaping (Int??) -> Void) {
        let incarnation = server.incarnation
        let since = now
        after(hop()) { [unowned self] in acquireLease(server, incarnation, runner, span, since, then) }
    }

    private func acquireLease(
        _ server: Server,
        _ incarnation: Int,
        _ runner: Int,
        _ span: Duration,
        _ since: Int,
        _ then: @escaping (Int??) -> Void
    ) {
        guard leaseLocks[runner] > 0 else {
            return execute(server, incarnation) { [store] in
                store.acquireLease(runner: runner, server: server.index, incarnation: incarnation, for: span)
            } _: {
                then($0)
            }
        }
        guard server.isUp, server.incarnation == incarnation else { return }
        guard now - since < Self.lockLimit else { return server.after(0) { then(nil) } }
        rare.note(.waitedForLease)
        after(50) { [unowned self] in acquireLease(server, incarnation, runner, span, since, then) }
    }
}
