import Core
import Logging
import Postgres
import Runner
import Scheduler
import Store

extension RunnerSeat {
    func claimLoop() async throws {
        var full = FullLimits()
        var fullSince = ContinuousClock.now
        while true {
            try Task.checkCancellation()
            let claim = try await claimAndStart(except: full)
            try await passOnCancels()
            if claim.isRunnerFull {
                // Whatever is queued waits for the end of something here, which wakes this loop. Every other time it
                // begins behind what is full, where it would else never get to while something before that fits.
                full = full == FullLimits() ? claim.full : FullLimits()
                fullSince = .now
                await claimWake.signal.wait(atMost: configuration.pollInterval)
                continue
            }
            if claim.wasLate || claim.hasMore && !claim.tasks.isEmpty {
                // What was full some time ago need not be so now.
                if fullSince.duration(to: .now) > configuration.pollInterval {
                    full = FullLimits()
                    fullSince = .now
                }
                continue
            }
            var fuller = full
            fuller.formUnion(claim.full)
            if claim.hasMore, fuller != full {
                // The head of the queue waits for limits of its own; what stands behind it need not.
                full = fuller
            } else {
                full = FullLimits()
                fullSince = .now
                await claimWake.signal.wait(atMost: configuration.pollInterval)
            }
        }
    }

    private func claimAndStart(except full: FullLimits) async throws -> Claim {
        isClaiming = true
        defer { isClaiming = false }
        let claim = try await claim(except: full)
        if !claim.tasks.isEmpty { try await start(claim.tasks) }
        return claim
    }

    /// Commits the intents of what this runner takes now.
    private func claim(except full: FullLimits) async throws -> Claim {
        guard busyReason == nil, !isLeaving else { return Claim(isRunnerFull: true, memory: claimMemory) }
        let claimer = Claimer(runner: claiming, versions: engine.versions, identity: identity, canFence: heard != nil)
        let memory = claimMemory
        let claim = try await store.transaction(planning: .once) { connection in
            try claimer.claim(except: full, memory, on: connection)
        }
        claimMemory = claim.memory
        claimWake.wantsRoom = !claim.isIdle
        return claim
    }

    /// Sends the orders and takes the answers.
    ///
    /// A call that fails leaves the outcome open: the next session asks.
    private func start(_ claimed: [ClaimedTask]) async throws {
        var sent: [StartOrder] = []
        var unfit: [(AttemptID, String)] = []
        for item in claimed {
            let id = item.intent.id
            var given: [EnvironmentVariable] = []
            var problem: SecretProblem?
            do throws(SecretProblem) {
                given = try await secrets.variables(item.task.secrets, for: item.version.dag.id)
            } catch {
                problem = error
            }
            held[id] = HeldAttempt(
                id: id,
                run: item.intent.task.run,
                instance: item.intent.task.id,
                declaredOutputs: item.task.outputs,
                redactor: Redactor(of: given)
            )
            if let objection = adapter.objection(to: item.task.resources) {
                unfit.append((id, objection))
                continue
            }
            do {
                if let problem { throw problem }
                sent.append(
                    try orders.order(
                        id,
                        number: item.intent.task.attempts + 1,
                        task: item.task,
                        version: item.version,
                        facts: item.facts,
                        outputs: item.outputs,
                        secrets: given,
                        mapped: item.mapped,
                        bootID: identity?.bootID,
                        heard: heard
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
        let waiting = held.values.contains { !$0.isCancelling && !$0.isEnding }
        guard waiting else { return }
        let asked = try await store.perform { try $0.cancelRequests(runner: name) }
            .filter { held[$0].map { !$0.isCancelling } ?? false }
        guard !asked.isEmpty else { return }
        try await write { try $0.setCancelling(asked) }
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
                try await write { try $0.setRunning(batch) }
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
                try await write { try $0.setRunning([attempt]) }
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
