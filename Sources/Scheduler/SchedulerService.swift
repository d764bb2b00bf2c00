import Core
package import Logging
import ServiceLifecycle
import Store
import Synchronization

/// The loop that turns time into runs: due ticks, due retries, delayed starts, deadlines and limits.
///
/// It sleeps until the next of them, or until something wakes it. Several work side by side on one database.
package final class SchedulerService: Service {
    /// How the loop behaves.
    package struct Configuration: Sendable {
        /// The longest sleep, the net under lost wake-ups.
        ///
        /// Defaults to 5 s.
        package var pollInterval: Duration = .seconds(5)
        /// How long no server may have acted for a runner before what runs there is `unreachable`.
        ///
        /// Defaults to 15 s.
        package var silence: Duration = .seconds(15)

        /// All defaults.
        package init() {}
    }

    /// The most DAGs that one look decides the ticks of, and starts the runs of: the next one sees what came meanwhile.
    private static let mostDAGs = 500

    private let engine: Engine
    private let configuration: Configuration
    private let tzdata: @Sendable () -> String?
    private let logger: Logger
    private let lastPass = Mutex<ContinuousClock.Instant?>(nil)
    private let clockWatch = Mutex(ClockWatch())
    private let silenceWatch = Mutex(SilenceWatch())
    private let began = ContinuousClock.now
    private let stuckAt = Mutex<Timestamp?>(nil)
    /// The last DAG with held runs that was looked at.
    private let lastHeld = Mutex(0)

    /// Prepares the loop.
    ///
    /// `tzdata` tells the version of the zone data in use, which the ledger records.
    package init(
        engine: Engine,
        configuration: Configuration = Configuration(),
        tzdata: @escaping @Sendable () -> String?,
        logger: Logger
    ) {
        self.engine = engine
        self.configuration = configuration
        self.tzdata = tzdata
        self.logger = logger
    }

    /// How long ago the loop last completed a pass; nil: never.
    package var age: Duration? {
        lastPass.withLock { $0.map { $0.duration(to: .now) } }
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var failures = 0
            while !Task.isCancelled {
                var pause = self.configuration.pollInterval
                do {
                    pause = min(pause, try await self.runOnce())
                    failures = 0
                } catch {
                    failures += 1
                    // One line for each outage, not one for each try.
                    if failures == 1, !Task.isCancelled {
                        self.logger.error("the scheduler could not look: \(error). It tries again.")
                    }
                    pause = .milliseconds(200 * min(failures, 25))
                }
                if !Task.isCancelled { await self.engine.schedulerWake.wait(atMost: pause) }
            }
        }
    }

    /// Halts all schedules where the database's clock alone has jumped far ahead, and tells of a jump back.
    private func watchClock() async throws {
        let (now, halt) = try await engine.store.perform { try $0.clockAndHalt() }
        let counted = began.duration(to: .now)
        let jump: Duration
        switch clockWatch.withLock({ $0.look(wall: now, counted: counted) }) {
        case .forward(let duration) where halt == nil: jump = duration
        case .backward(let duration):
            logger.warning(
                """
                the database's clock was set back by \(DurationText.format(duration)), to \(now.rfc3339Seconds). No tick \
                is decided twice: schedules rest until the clock has passed what was decided already. `rota why DAG` says \
                until when.
                """
            )
            return
        case .forward, nil: return
        }
        try await engine.store.transaction { try $0.haltSchedules(at: now, jump: jump) }
        logger.error(
            """
            the database's clock has jumped forward by \(DurationText.format(jump)), to \(now.rfc3339Seconds). No \
            schedule is decided until `rota schedule resume` says that this is right.
            """
        )
    }

    /// Ends the attempts whose runner has been silent for so long that it has ended them by itself.
    private func endSilent() async throws {
        let asked = began.duration(to: .now)
        let silent = try await engine.store.perform { try $0.silentAttempts() }
        let answered = began.duration(to: .now)
        for attempt in silenceWatch.withLock({ $0.look(silent, asked: asked, answered: answered) }) {
            let end = AttemptEnd.silent(for: attempt.limit)
            try await engine.submit(AttemptReport(attempt: attempt.id, run: attempt.run, end: end))
        }
    }

    /// Looks once; returns how long nothing will be due.
    package func runOnce() async throws -> Duration {
        let store = engine.store
        try await watchClock()
        let due = try await store.perform { connection in
            (
                ticks: try connection.dueDAGs(limit: Self.mostDAGs),
                retries: try connection.runsWithDueRetries(limit: 1_000),
                limits: try connection.runsPastTheirLimit(),
                missed: try connection.runsWithMissedTasks(limit: 1_000)
            )
        }
        let hasMore = try await engine.decideTicks(ofDAGs: due.ticks, tzdata: tzdata())
        try await engine.queueRetries(inRuns: due.retries)
        try await engine.cancel(runs: due.limits, actor: "scheduler", reason: RunState.timedOut)
        try await engine.endMissed(inRuns: due.missed)
        let last = lastHeld.withLock { $0 }
        let waiting = try await store.perform { try $0.dagsWithWaitingRuns(limit: Self.mostDAGs, heldAfter: last) }
        lastHeld.withLock { $0 = waiting.lastHeld ?? 0 }
        let hasStarted = try await engine.startRuns(ofDAGs: waiting.dags)
        let hasMoreRuns = try await engine.continueBackfills()
        let silence = configuration.silence
        try await store.transaction { connection in
            try connection.closeBackfills()
            try connection.holdUnplaceable()
            try connection.setUnreachableWithoutServer(for: silence)
        }
        try await endSilent()
        lastPass.withLock { $0 = .now }
        let isFull = due.ticks.count == Self.mostDAGs || due.retries.count == 1_000
        if hasMore || hasMoreRuns || isFull || (waiting.hasMore && hasStarted) { return .zero }
        let (now, next) = try await store.perform { (try $0.clock(), try $0.nextDue()) }
        guard let next else { return configuration.pollInterval }
        guard next <= now else { return next - now }
        // What stays due although a pass looked at it (a version that cannot be read) must not make the loop spin.
        let isStuck = stuckAt.withLock { stuck in
            defer { stuck = next }
            return stuck == next
        }
        return isStuck ? .seconds(1) : .zero
    }
}
