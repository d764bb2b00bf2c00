import Core
import Logging
import Postgres
import Store

extension Engine {
    /// Decides the ticks of DAGs that are due, and starts what may start; each DAG in a transaction of its own, so
    /// that one that cannot be decided holds up no other.
    ///
    /// - Returns: Whether some DAG has more due than one pass takes.
    package func decideTicks(ofDAGs ids: [Int], tzdata: String?) async throws -> Bool {
        var hasMore = false
        for id in ids {
            do {
                hasMore = try await decideTicks(ofDAG: id, tzdata: tzdata) || hasMore
            } catch {
                if Self.isAboutTheDatabase(error) { throw error }
                logger.error("the ticks of DAG number \(id) could not be decided: \(error)")
            }
        }
        return hasMore
    }

    private func decideTicks(ofDAG id: Int, tzdata: String?) async throws -> Bool {
        let versions = versions
        let (outcome, hasMore) = try await store.transaction { connection in
            guard let row = try connection.lockDAGs([id]).first, row.isActive, !row.isPaused,
                let versionID = row.versionID
            else { return (Pass.Outcome(), false) }
            let version = try versions.version(versionID, on: connection)
            var outcome = Pass.Outcome()
            let hasMore = try Self.writeTicks(of: row, version, versions, tzdata, &outcome, on: connection)
            outcome.formUnion(try Self.startRuns(of: row, version, versions, on: connection))
            return (outcome, hasMore)
        }
        await follow(outcome)
        return hasMore
    }

    /// Writes the ledger and the runs of the ticks that are due, and moves the cursor.
    private static func writeTicks(
        of row: DAGRow,
        _ version: LoadedVersion,
        _ versions: DAGVersions,
        _ tzdata: String?,
        isPaused: Bool = false,
        _ outcome: inout Pass.Outcome,
        on connection: isolated Connection
    ) throws -> Bool {
        guard var schedule = version.dag.schedule else {
            _ = try connection.advance(dag: row.id, from: row.cursor, to: row.cursor, nextTick: nil, nextRun: nil)
            return false
        }
        // What passes in a pause under a timetable that is replaced then has nobody left to be caught up by.
        if isPaused { schedule.catchup = .none }
        let unfinished = try connection.unfinishedScheduledRuns(dag: row.id)
        let now = try connection.clock()
        let plan = decide(
            TickSnapshot(
                now: now,
                cursor: row.cursor,
                schedule: schedule,
                unpausedAt: isPaused ? now : row.unpausedAt,
                hasUnfinishedRun: !unfinished.isEmpty,
                mostRuns: most(TickPlan.mostRuns, of: version)
            )
        )
        guard
            try connection.advance(
                dag: row.id,
                from: row.cursor,
                to: plan.cursor,
                nextTick: plan.nextTick,
                nextRun: schedule.nextRun(after: plan.cursor)
            )
        else { return false }
        try connection.insertSkips(dag: row.id, plan.entries, tzdata: tzdata)
        for case .create(let tick, let late) in plan.entries {
            let interval = schedule.timetable.dataInterval(ofTick: tick)
            let start = tick + Jitter.delay(forDAG: version.dag.id, below: schedule.jitter)
            let run = NewRun(
                dagID: row.id,
                versionID: version.id,
                key: tick.runKey,
                type: .scheduled,
                logicalDate: tick,
                dataIntervalStart: interval.start,
                dataIntervalEnd: interval.end,
                runAfter: start,
                startBy: schedule.startDeadline.map { (late ? now : start) + $0 },
                params: version.dag.defaultParams,
                isCatchup: late,
                actor: "scheduler"
            )
            let id = try connection.create(run, tasks: version.dag.tasks)
            // A backfill may have made a run for this tick before; then that is the tick's run.
            guard let id = try id ?? connection.run(dag: row.id, key: tick.runKey)?.id else { continue }
            try connection.insertTick(dag: row.id, tick: tick, run: id, tzdata: tzdata)
        }
        if plan.cancelsUnfinished, !unfinished.isEmpty {
            var pass = try Pass(locking: unfinished, versions: versions, on: connection)
            try pass.cancel(unfinished, actor: "scheduler", reason: "overlap", on: connection)
            outcome.formUnion(try pass.finish(on: connection))
        }
        return plan.nextTick.map { $0 <= now } ?? false
    }

    /// Decides what is due of a locked DAG under a version that is about to be replaced.
    static func decideRest(
        of row: DAGRow,
        _ version: LoadedVersion,
        _ versions: DAGVersions,
        _ tzdata: String?,
        _ outcome: inout Pass.Outcome,
        on connection: isolated Connection
    ) throws {
        var row = row
        while try writeTicks(of: row, version, versions, tzdata, isPaused: row.isPaused, &outcome, on: connection) {
            guard let moved = try connection.lockDAGs([row.id]).first else { return }
            row = moved
        }
    }

    /// The most task instances that one transaction makes, or starts the runs of, so that it is short.
    private static let mostInstances = 20_000

    /// How many runs of a version one transaction may make or start, at least one.
    static func most(_ runs: Int, of version: LoadedVersion) -> Int {
        max(1, min(runs, mostInstances / max(1, version.dag.tasks.count)))
    }

    /// Starts the runs of DAGs that may start now.
    ///
    /// Where runs end as they start, the next ones are left to the scheduler's next look: thousands of them must not
    /// keep it from the ticks of others.
    package func startRuns(ofDAGs ids: [Int]) async throws {
        for id in ids {
            do {
                try await startRuns(ofDAG: id)
            } catch {
                if Self.isAboutTheDatabase(error) { throw error }
                logger.error("the runs of DAG number \(id) could not be started: \(error)")
            }
        }
    }

    private func startRuns(ofDAG id: Int) async throws {
        let versions = versions
        let outcome = try await store.transaction { connection in
            guard let row = try connection.lockDAGs([id]).first, let versionID = row.versionID else {
                return Pass.Outcome()
            }
            let version = try versions.version(versionID, on: connection)
            return try Self.startRuns(of: row, version, versions, on: connection)
        }
        tell(outcome)
    }

    /// Whether an error says that the database is away, rather than that one DAG cannot be decided.
    static func isAboutTheDatabase(_ error: any Error) -> Bool {
        guard let error = error as? DatabaseError else { return error is CancellationError }
        if case .server = error { return false }
        return true
    }

    /// Starts runs of a locked DAG, as many as its limits allow, and cancels those that missed their deadline.
    static func startRuns(
        of row: DAGRow,
        _ version: LoadedVersion,
        _ versions: DAGVersions,
        on connection: isolated Connection
    ) throws -> Pass.Outcome {
        // What was queued when its file went is cancelled, not started.
        guard row.isActive else { return Pass.Outcome() }
        let starts = try connection.runStarts(
            dag: row.id,
            maximumActiveRuns: version.dag.maximumActiveRuns,
            limit: candidateLimit
        )
        guard !starts.candidates.isEmpty else { return Pass.Outcome() }
        var starting: [Int] = []
        var missed: [Int] = []
        var isHeldByLimit = false
        var holds: [(run: Int, hold: RunStarts.Hold)] = []
        for decision in decide(starts) {
            switch decision {
            case .start(let run): starting.append(run)
            case .missDeadline(let run): missed.append(run)
            case .hold(let run, let hold):
                holds.append((run, hold))
                if case .activeRuns = hold { isHeldByLimit = true }
            }
        }
        try connection.setRunHolds(holds)
        let ready = starting.count
        starting = Array(starting.prefix(most(ready, of: version)))
        guard !starting.isEmpty || !missed.isEmpty else { return Pass.Outcome() }
        var pass = try Pass(locking: starting + missed, versions: versions, on: connection)
        try pass.cancel(missed, actor: "scheduler", reason: "missed_deadline", on: connection)
        for run in starting { try pass.start(run: run, actor: "scheduler", on: connection) }
        var outcome = try pass.finish(on: connection)
        // What ended as it started makes room for what its limit held back, in the next pass.
        if starting.count < ready {
            outcome.dagsWithEndedRuns.insert(row.id)
        } else if starts.candidates.count < candidateLimit, !isHeldByLimit {
            outcome.dagsWithEndedRuns.remove(row.id)
        }
        return outcome
    }

    /// The most queued runs of one DAG that one pass looks at.
    private static let candidateLimit = 200
}
