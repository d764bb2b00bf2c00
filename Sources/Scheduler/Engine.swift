import Core
package import Logging
import Postgres
package import Store
import Synchronization

/// Moves runs on: takes what happened to attempts, DAGs and runs, and commits what follows.
///
/// Reports that arrive while one transaction commits go together into the next, so that one waiting task waits for
/// nothing and under load one commit serves hundreds. Any number of engines work on one database side by side: each
/// transaction locks the DAGs and runs that it decides about before it looks at them.
package final class Engine: Sendable {
    package let store: Store
    package let versions: DAGVersions
    /// Rings when tasks were queued, or attempts asked to end.
    package let executorWake: WakeFan
    /// Rings when the scheduler should look again.
    package let schedulerWake: WakeSignal
    private let queue = Mutex(Queue())
    private let chance: @Sendable () -> Double
    private let announcer: Announcer?
    let logger: Logger

    private struct Queue {
        var reports: [AttemptReport] = []
        var waiters: [CheckedContinuation<Void, any Error>] = []
        var isBusy = false
    }

    /// The most reports of one transaction.
    private static let batchLimit = 500

    /// Works on a store; `announcer` tells other processes, and `chance` draws numbers in 0..<1 for jitter.
    package init(
        store: Store,
        versions: DAGVersions,
        executorWake: WakeFan,
        schedulerWake: WakeSignal,
        announcer: Announcer?,
        logger: Logger,
        chance: @escaping @Sendable () -> Double = { .random(in: 0..<1) }
    ) {
        self.store = store
        self.versions = versions
        self.executorWake = executorWake
        self.schedulerWake = schedulerWake
        self.announcer = announcer
        self.logger = logger
        self.chance = chance
    }

    /// Takes a report; returns when it and what follows from it are committed.
    ///
    /// Throws what the transaction threw. Nothing of the report is written then, and it may be submitted again.
    package func submit(_ report: AttemptReport) async throws {
        try await withCheckedThrowingContinuation { continuation in
            let mustWork = queue.withLock { queue in
                queue.reports.append(report)
                queue.waiters.append(continuation)
                defer { queue.isBusy = true }
                return !queue.isBusy
            }
            // Whoever finds the queue idle works it off for everybody; its own waiter is resumed among the others.
            if mustWork { Task { await drain() } }
        }
    }

    private func drain() async {
        while true {
            let (reports, waiters) = queue.withLock { queue in
                let count = min(queue.reports.count, Self.batchLimit)
                let batch = (Array(queue.reports.prefix(count)), Array(queue.waiters.prefix(count)))
                queue.reports.removeFirst(count)
                queue.waiters.removeFirst(count)
                queue.isBusy = count > 0
                return batch
            }
            guard !reports.isEmpty else { return }
            await commit(reports, waiters)
        }
    }

    /// One broken report must not hold up the others: after a failure each is tried by itself.
    private func commit(
        _ reports: [AttemptReport],
        _ waiters: [CheckedContinuation<Void, any Error>]
    ) async {
        do {
            try await commit(reports)
            for waiter in waiters { waiter.resume() }
        } catch {
            guard reports.count > 1 else {
                for waiter in waiters { waiter.resume(throwing: error) }
                return
            }
            for (report, waiter) in zip(reports, waiters) { await commit([report], [waiter]) }
        }
    }

    private func commit(_ reports: [AttemptReport]) async throws {
        let versions = versions
        let chance = chance
        let outcome = try await store.transaction(planning: .once) { connection in
            var pass = try Pass(over: reports, versions: versions, on: connection)
            try pass.applyReports(chance: chance, on: connection)
            return try pass.finish(on: connection)
        }
        await follow(outcome, slotsFreed: true)
    }

    /// Runs a pass over some runs.
    func pass(
        over runs: [Int],
        _ body: @escaping @Sendable (inout Pass, isolated Connection) throws -> Void
    ) async throws {
        guard !runs.isEmpty else { return }
        let versions = versions
        let outcome = try await store.transaction { connection in
            var pass = try Pass(locking: runs, versions: versions, on: connection)
            try body(&pass, connection)
            return try pass.finish(on: connection)
        }
        await follow(outcome)
    }

    /// Lets others know what a commit means for them; what may start now is left to the scheduler.
    func tell(_ outcome: Pass.Outcome) {
        ring(for: outcome, slotsFreed: false)
        if !outcome.dagsWithEndedRuns.isEmpty { schedulerWake.set() }
    }

    /// Wakes the executors once: for what was queued or asked to end, or for the slots that ended attempts had held, for
    /// which tasks may wait that were queued long before; and the scheduler for a retry that comes before it looks again.
    private func ring(for outcome: Pass.Outcome, slotsFreed: Bool) {
        let hasNews = outcome.queued > 0 || outcome.cancelRequests > 0
        if hasNews {
            executorWake.set()
            announcer?.announce()
        } else if slotsFreed {
            executorWake.setForRoom()
        }
        if let pause = outcome.firstRetry { schedulerWake.set(within: pause) }
    }

    /// Lets others know what a commit means for them, and starts runs that may start now.
    func follow(_ outcome: Pass.Outcome, slotsFreed: Bool = false) async {
        ring(for: outcome, slotsFreed: slotsFreed)
        guard !outcome.dagsWithEndedRuns.isEmpty else { return }
        do {
            try await startRuns(ofDAGs: outcome.dagsWithEndedRuns.sorted())
        } catch {
            logger.warning("could not start the next runs: \(error). The scheduler tries again.")
            schedulerWake.set()
        }
    }

    /// Queues the retries that are due.
    package func queueRetries(inRuns runs: [Int]) async throws {
        try await pass(over: runs) { pass, connection in try pass.queueRetries(on: connection) }
    }

    /// Ends what no runner took within the grace of its class.
    package func endMissed(inRuns runs: [Int]) async throws {
        try await pass(over: runs) { pass, connection in try pass.endMissed(on: connection) }
    }

    /// Asks runs to end.
    package func cancel(runs: [Int], actor: String, reason: String) async throws {
        try await pass(over: runs) { pass, connection in
            try pass.cancel(runs, actor: actor, reason: reason, on: connection)
        }
    }
}
