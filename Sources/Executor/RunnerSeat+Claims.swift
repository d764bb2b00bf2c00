import Core
import Logging
import Postgres
import Runner
import Scheduler
import Store

extension RunnerSeat {
    /// An intent that is committed, with all that its order needs.
    private struct Committed: Sendable {
        var intent: Intent
        var version: LoadedVersion
        var facts: OrderFacts
        var outputs: [String: [String: String]]
        /// Nil where the task is not mapped.
        var mapped: (mapIndex: Int, item: JSONValue)?

        var task: TaskDefinition { version.dag.tasks[intent.task.task] }
    }

    /// What one look at the queue gave.
    private struct Claim: Sendable {
        var committed: [Committed] = []
        /// What kept tasks from being taken.
        var full = FullLimits()
        /// Whether there may be more in the queue than was looked at.
        var hasMore = false
    }

    func claimLoop() async throws {
        var full = FullLimits()
        while true {
            try Task.checkCancellation()
            try await passOnCancels()
            let claim = try await claim(except: full)
            if !claim.committed.isEmpty {
                try await start(claim.committed)
                continue
            }
            var fuller = full
            fuller.formUnion(claim.full)
            if claim.hasMore, fuller != full {
                // The head of the queue waits for limits of its own; what stands behind it need not.
                full = fuller
            } else {
                full = FullLimits()
                await claimWake.wait(atMost: configuration.pollInterval)
            }
        }
    }

    /// Commits the intents of what this runner takes now.
    private func claim(except full: FullLimits) async throws -> Claim {
        let (runner, versions, identity) = (claiming, engine.versions, identity)
        return try await store.transaction { connection in
            guard try connection.holdsLease(runner) else {
                throw LeaseLost()
            }
            let limit = max(64, 2 * runner.slots)
            let seen = try connection.queuedTasks(for: runner, limit: limit, except: full)
            guard !seen.isEmpty else { return Claim() }
            var claim = Claim(hasMore: seen.count == limit)
            let chosen = try Self.choose(seen, runner, versions, &claim.full, on: connection)
            let random = SystemRandomNumberGenerator.self
            let now = try connection.clock()
            let intents = chosen.map { task in
                var chance = random.init()
                return Intent(
                    id: AttemptID(milliseconds: now.microseconds / 1_000, random: (chance.next(), chance.next())),
                    task: task
                )
            }
            try connection.write(
                intents,
                runner: runner,
                bootID: identity?.bootID,
                directoryID: identity?.directoryID
            )
            try connection.record(
                intents.map {
                    Transition(
                        run: $0.task.run,
                        instance: $0.task.id,
                        attempt: $0.id,
                        old: nil,
                        new: .intended,
                        actor: "executor"
                    )
                }
            )
            claim.committed = try Self.complete(intents, versions, on: connection)
            return claim
        }
    }

    /// Locks what limits the tasks, counts, and decides which of them this runner takes.
    private static func choose(
        _ seen: [QueuedTask],
        _ runner: ClaimingRunner,
        _ versions: DAGVersions,
        _ full: inout FullLimits,
        on connection: isolated Connection
    ) throws -> [QueuedTask] {
        let dags = Dictionary(seen.map { ($0.id, $0.dag) }) { first, _ in first }
        let dagIDs = Set(dags.values).sorted()
        let pools = Set(seen.compactMap(\.pool)).sorted()
        let limits = try connection.lockLimits(dags: dagIDs, pools: pools)
        let use = try connection.slotUse(runner: runner.name, pools: pools, dags: dagIDs)
        var freeTasks: [Int: Int] = [:]
        var unreadable: [(id: Int, hold: String)] = []
        for task in seen {
            guard let version = try Self.version(task.version, versions, on: connection) else {
                unreadable.append((id: task.id, hold: "version_unreadable"))
                continue
            }
            freeTasks[task.dag] = version.dag.maximumActiveTasks - (use.dags[task.dag] ?? 0)
        }
        let unreadableIDs = Set(unreadable.map(\.id))
        let decisions = decide(
            ClaimSnapshot(
                candidates: seen.filter { !unreadableIDs.contains($0.id) }.map {
                    .init(id: $0.id, dag: $0.dag, pool: $0.pool, slots: $0.slots)
                },
                freeSlots: runner.slots - use.runner,
                totalSlots: runner.slots,
                freePoolSlots: limits.poolSlots.reduce(into: [:]) { $0[$1.key] = $1.value - (use.pools[$1.key] ?? 0) },
                freeDAGTasks: freeTasks
            )
        )
        let claimed = Set(decisions.compactMap { if case .claim(let id) = $0 { id } else { nil } })
        full.dags.formUnion(unreadable.compactMap { dags[$0.id] })
        let found = ClaimFindings(decisions, seen: seen, runner: runner.name)
        full.formUnion(found.full)
        // The head of the queue is told why it waits; what stands behind it waits for the same and for the head.
        try connection.setHolds(Array((unreadable + found.holds).prefix(16)))
        try connection.noteFull(found.newlyFull(limits, use), noLonger: found.noLongerFull(limits, use))
        // Only what is taken is locked: another claim may have taken some of it before this one held the limits' locks.
        let locked = try connection.lockQueued(claimed.sorted())
        return seen.filter { locked.contains($0.id) }
    }

    /// A version; nil where this program cannot read it, which must keep nobody else's tasks from being taken.
    private static func version(
        _ id: Int,
        _ versions: DAGVersions,
        on connection: isolated Connection
    ) throws -> LoadedVersion? {
        do {
            return try versions.version(id, on: connection)
        } catch is SchedulerError {
            return nil
        }
    }

    /// Reads what the orders need, in the transaction of the intents.
    private static func complete(
        _ intents: [Intent],
        _ versions: DAGVersions,
        on connection: isolated Connection
    ) throws -> [Committed] {
        guard !intents.isEmpty else { return [] }
        let facts = try connection.orderFacts(runs: Set(intents.map(\.task.run)).sorted())
        let mapped = try intents.filter { intent in
            try versions.version(intent.task.version, on: connection).dag.tasks[intent.task.task].mapping != nil
        }
        let items = try connection.items(of: mapped.map(\.task.id))
        var published = PublishedMemory()
        return try intents.compactMap { intent in
            guard let facts = facts[intent.task.run] else { return nil }
            let version = try versions.version(intent.task.version, on: connection)
            let task = version.dag.tasks[intent.task.task]
            let templates = version.dag.environment.map(\.value) + task.templates
            let mapped = items[intent.task.id]
            let outputs = try published.texts(
                for: templates.flatMap(\.references),
                of: InstanceKey(task: intent.task.task, mapIndex: mapped?.mapIndex ?? InstanceKey.whole),
                run: intent.task.run,
                version,
                on: connection
            )
            return Committed(intent: intent, version: version, facts: facts, outputs: outputs, mapped: mapped)
        }
    }

    /// Sends the orders and takes the answers.
    ///
    /// A call that fails leaves the outcome open: the next session asks.
    private func start(_ claimed: [Committed]) async throws {
        var sent: [StartOrder] = []
        var unfit: [(AttemptID, String)] = []
        for item in claimed {
            let id = item.intent.id
            held[id] = HeldAttempt(
                id: id,
                run: item.intent.task.run,
                instance: item.intent.task.id,
                declaredOutputs: item.task.outputs
            )
            do {
                sent.append(
                    try orders.order(
                        id,
                        number: item.intent.task.attempts + 1,
                        task: item.task,
                        version: item.version,
                        facts: item.facts,
                        outputs: item.outputs,
                        mapped: item.mapped,
                        bootID: identity?.bootID
                    )
                )
            } catch {
                unfit.append((id, "\(error)"))
            }
        }
        for (id, reason) in unfit { detachedEnd(id) { try await $0.reportUnfit(id, reason) } }
        guard !sent.isEmpty else { return }
        let answers = try await adapter.start(sent)
        for (order, answer) in zip(sent, answers) {
            switch answer {
            case .status(let status): take(status, of: order.id)
            case .refused(let reason): detachedEnd(order.id) { try await $0.reportNeverStarted(order.id, reason) }
            }
        }
    }

    /// Passes on what somebody asked to end.
    private func passOnCancels() async throws {
        let name = registration.name
        let waiting = held.values.contains { !$0.isCancelling }
        guard waiting else { return }
        let asked = try await store.perform { try $0.cancelRequests(runner: name) }
            .filter { held[$0].map { !$0.isCancelling } ?? false }
        guard !asked.isEmpty else { return }
        try await store.transaction { try $0.setCancelling(asked) }
        for id in asked {
            held[id]?.isCancelling = true
            try await adapter.cancel(id, grace: .seconds(10))
        }
    }

    /// Writes that attempts run, all that have queued up meanwhile at once.
    func startedLoop() async throws {
        while true {
            try Task.checkCancellation()
            // In the order of ids, as everybody locks them.
            let batch = started.filter { held[$0.attempt].map { !$0.isEnding } ?? false }
                .sorted { $0.attempt < $1.attempt }
            started.removeAll()
            guard !batch.isEmpty else {
                await startedWake.wait(atMost: .seconds(60))
                continue
            }
            do {
                try await store.transaction { try $0.setRunning(batch) }
            } catch let error as DatabaseError where !error.isRefusal {
                logger.debug("could not note that attempts run: \(error)")
                started += batch
                try await Task.sleep(for: .milliseconds(500))
            } catch let error as DatabaseError {
                try await noteRunningOneByOne(batch, after: error)
            }
        }
    }

    /// Keeps one attempt that the database does not take from holding up the others, whose ends tell of them anyway.
    private func noteRunningOneByOne(_ batch: [StartedNote], after error: DatabaseError) async throws {
        guard batch.count > 1 else {
            logger.error("it cannot be stored that attempt \(batch[0].attempt) runs: \(error)")
            return
        }
        for attempt in batch {
            do {
                try await store.transaction { try $0.setRunning([attempt]) }
            } catch let error as DatabaseError where !error.isRefusal {
                started.append(attempt)
            } catch let error as DatabaseError {
                logger.error("it cannot be stored that attempt \(attempt.attempt) runs: \(error)")
            }
        }
    }
}

/// That an attempt runs, for the store.
typealias StartedNote = (attempt: AttemptID, instance: Int, processID: Int32)
