import Core
import Logging
import Postgres
import Store

/// A DAG whose row is locked, and its version in force.
struct LockedDAG {
    var row: DAGRow
    var version: LoadedVersion
}

extension Engine {
    /// Decides the ticks of DAGs that are due.
    ///
    /// Where they are few, what may start is started in the same transaction. Where they are many, the lines of all are
    /// written before the first of their runs is started, by the looks that follow.
    ///
    /// - Returns: Whether some DAG has more due than one pass takes.
    package func decideTicks(ofDAGs ids: [Int], tzdata: String?) async throws -> Bool {
        let startsToo = ids.count <= Self.mostDAGs
        let versions = versions
        var hasMore = false
        try await inBatches(ids, to: "decide the ticks") { batch, waits in
            let decided = try await store.transaction { connection in
                let rows = try connection.lockDueDAGs(batch, waits: waits)
                var outcome = Pass.Outcome()
                let (dags, left) = try Self.load(rows, versions, on: connection)
                var hasMore = try Self.writeTicks(of: dags, versions, tzdata, &outcome, on: connection)
                if !left.isEmpty { hasMore = true }
                if startsToo { outcome.formUnion(try Self.startRuns(of: dags, versions, on: connection)) }
                return (outcome: outcome, hasMore: hasMore, dags: rows.map(\.id))
            }
            await follow(decided.outcome)
            hasMore = hasMore || decided.hasMore
            return decided.dags
        }
        return hasMore
    }

    /// Those of locked DAGs that have a version in force, in their order, as many as one transaction can serve, and the ids
    /// of those that are left.
    static func load(
        _ rows: [DAGRow],
        _ versions: DAGVersions,
        on connection: isolated Connection
    ) throws -> (dags: [LockedDAG], left: [Int]) {
        var dags: [LockedDAG] = []
        var left: [Int] = []
        var instances = 0
        for row in rows {
            guard let id = row.versionID else { continue }
            let version = try versions.version(id, on: connection)
            instances += version.dag.tasks.count
            if dags.isEmpty || instances <= mostInstances {
                dags.append(LockedDAG(row: row, version: version))
            } else {
                left.append(row.id)
            }
        }
        return (dags, left)
    }

    /// The most DAGs that one transaction looks at, so that it is short.
    private static let mostDAGs = 100

    /// Goes through DAGs in batches: first those that nobody has locked, then those that another server has been at.
    ///
    /// One that cannot be served is told of, and holds up no other. `body` returns the DAGs that it has locked.
    func inBatches(
        _ ids: [Int],
        to purpose: String,
        _ body: (_ batch: [Int], _ waits: Bool) async throws -> [Int]
    ) async throws {
        var ids = ids
        for waits in ids.count == 1 ? [true] : [false, true] {
            var locked: Set<Int> = []
            for start in stride(from: 0, to: ids.count, by: Self.mostDAGs) {
                let batch = Array(ids[start..<min(start + Self.mostDAGs, ids.count)])
                do {
                    locked.formUnion(try await body(batch, waits))
                } catch {
                    if Self.isAboutTheDatabase(error) { throw error }
                    locked.formUnion(batch)
                    for id in batch { try await serve(id, to: purpose, body) }
                }
            }
            ids.removeAll(where: locked.contains)
        }
    }

    private func serve(
        _ id: Int,
        to purpose: String,
        _ body: (_ batch: [Int], _ waits: Bool) async throws -> [Int]
    ) async throws {
        do {
            _ = try await body([id], true)
        } catch {
            if Self.isAboutTheDatabase(error) { throw error }
            logger.error("could not \(purpose) of DAG number \(id): \(error)")
        }
    }

    // MARK: - The ledger

    /// A schedule's plan for a locked DAG.
    private struct Planned {
        var row: DAGRow
        var version: LoadedVersion
        var schedule: Schedule
        var plan: TickPlan
    }

    /// Writes the ledger and the runs of the ticks that are due of locked DAGs, and moves the cursors; true: more is due.
    private static func writeTicks(
        of dags: [LockedDAG],
        _ versions: DAGVersions,
        _ tzdata: String?,
        isPaused: Bool = false,
        _ outcome: inout Pass.Outcome,
        on connection: isolated Connection
    ) throws -> Bool {
        guard !dags.isEmpty else { return false }
        let unfinished = try connection.unfinishedScheduledRuns(dags: dags.map(\.row.id))
        let now = try connection.clock()
        var moves: [CursorMove] = []
        var planned: [Planned] = []
        for dag in dags {
            let (row, version) = (dag.row, dag.version)
            guard var schedule = version.dag.schedule else {
                moves.append(CursorMove(dag: row.id, from: row.cursor, to: row.cursor, nextTick: nil, nextRun: nil))
                continue
            }
            // What passes in a pause under a timetable that is replaced then has nobody left to be caught up by.
            if isPaused { schedule.catchup = .none }
            let plan = decide(
                TickSnapshot(
                    now: now,
                    cursor: row.cursor,
                    schedule: schedule,
                    unpausedAt: isPaused ? now : row.unpausedAt,
                    hasUnfinishedRun: unfinished[row.id] != nil,
                    mostRuns: most(TickPlan.mostRuns, of: version, among: dags.count)
                )
            )
            planned.append(Planned(row: row, version: version, schedule: schedule, plan: plan))
            moves.append(
                CursorMove(
                    dag: row.id,
                    from: row.cursor,
                    to: plan.cursor,
                    nextTick: plan.nextTick,
                    nextRun: schedule.nextRun(after: plan.cursor)
                )
            )
        }
        let moved = try connection.advance(moves)
        planned.removeAll { !moved.contains($0.row.id) }
        try connection.insertSkips(planned.map { ($0.row.id, $0.plan.entries) }, tzdata: tzdata)
        try connection.insertTicks(makeRuns(planned, now, on: connection), tzdata: tzdata)
        let overlapped = planned.filter(\.plan.cancelsUnfinished).flatMap { unfinished[$0.row.id] ?? [] }
        if !overlapped.isEmpty {
            var pass = try Pass(locking: overlapped, versions: versions, on: connection)
            try pass.cancel(overlapped, actor: "scheduler", reason: "overlap", on: connection)
            outcome.formUnion(try pass.finish(on: connection))
        }
        return planned.contains { item in item.plan.nextTick.map { $0 <= now } ?? false }
    }

    /// Creates the runs of plans; returns the ticks with their runs.
    private static func makeRuns(
        _ planned: [Planned],
        _ now: Timestamp,
        on connection: isolated Connection
    ) throws -> [(dag: Int, tick: Timestamp, run: Int)] {
        var runs: [(run: NewRun, tasks: [TaskDefinition])] = []
        var ticks: [(dag: Int, tick: Timestamp, run: Int)] = []
        let due = planned.flatMap { item in
            item.plan.entries.compactMap { entry -> DAGTick? in
                if case .create(let tick, _) = entry { DAGTick(dag: item.row.id, at: tick) } else { nil }
            }
        }
        let backfilled = try connection.backfilledRuns(ofTicks: due)
        for item in planned {
            let (schedule, version) = (item.schedule, item.version)
            for case .create(let tick, let late) in item.plan.entries {
                // A backfill may have made a run for this tick before; then that is the tick's run.
                if let run = backfilled[DAGTick(dag: item.row.id, at: tick)] {
                    ticks.append((dag: item.row.id, tick: tick, run: run))
                    continue
                }
                let interval = schedule.timetable.dataInterval(ofTick: tick)
                let start = tick + Jitter.delay(forDAG: version.dag.id, below: schedule.jitter)
                let run = NewRun(
                    dagID: item.row.id,
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
                runs.append((run, version.dag.tasks))
            }
        }
        return try ticks
            + zip(runs, try connection.create(runs)).compactMap { item, id in
                // Its key may be there since a tick was decided whose line is gone.
                let id = try id ?? connection.run(dag: item.run.dagID, key: item.run.key)?.id
                return id.map { (dag: item.run.dagID, tick: item.run.logicalDate, run: $0) }
            }
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
        var dag = LockedDAG(row: row, version: version)
        while try writeTicks(of: [dag], versions, tzdata, isPaused: dag.row.isPaused, &outcome, on: connection) {
            guard let moved = try connection.lockDAGs([row.id]).first else { return }
            dag.row = moved
        }
    }

    /// The most task instances that one transaction makes, or starts the runs of, so that it is short.
    static let mostInstances = 20_000

    /// How many runs of a version one transaction may make, at least one, where it serves some DAGs.
    static func most(_ runs: Int, of version: LoadedVersion, among dags: Int = 1) -> Int {
        max(1, min(runs, mostInstances / max(1, version.dag.tasks.count) / dags))
    }
}
