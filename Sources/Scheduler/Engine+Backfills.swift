import Core
import Logging
import Postgres
import Store

extension Engine {
    /// The most ticks of a backfill that one transaction looks at.
    static let backfillStep = 500
    /// A backfill with so many runs waiting wants no more for the moment.
    private static let fewestWaiting = 250

    /// Makes the next runs of backfills that have few waiting, each in a transaction of its own.
    ///
    /// - Returns: Whether some backfill has more to make at once.
    package func continueBackfills() async throws -> Bool {
        let hungry = try await store.perform { try $0.hungryBackfills(below: Self.fewestWaiting, limit: 100) }
        var hasMore = false
        for (id, dag) in hungry {
            do {
                hasMore = try await continueBackfill(id, dag: dag) || hasMore
            } catch {
                if Self.isAboutTheDatabase(error) { throw error }
                logger.error("backfill \(id) could not go on: \(error)")
            }
        }
        return hasMore
    }

    private func continueBackfill(_ id: Int, dag: Int) async throws -> Bool {
        let versions = versions
        let (outcome, hasMore) = try await store.transaction { connection in
            guard let row = try connection.lockDAGs([dag]).first, row.isActive, let versionID = row.versionID,
                let backfill = try connection.lockOpenBackfill(id)
            else { return (Pass.Outcome(), false) }
            let made = try versions.version(backfill.versionID, on: connection)
            let waiting = try connection.queuedRuns(ofBackfill: id, dag: dag, limit: Self.fewestWaiting)
            guard waiting == 0 || waiting < Self.most(Self.fewestWaiting, of: made) else {
                return (Pass.Outcome(), false)
            }
            let hasMore = try Self.makeRuns(of: backfill, versions, on: connection)
            let version = try versions.version(versionID, on: connection)
            // What was made may have ended at once, or there was nothing to make; then it is still hungry.
            return (try Self.startRuns(of: [LockedDAG(row: row, version: version)], versions, on: connection), hasMore)
        }
        tell(outcome)
        return hasMore
    }

    /// Makes the runs of a backfill's next ticks; returns whether there are more.
    ///
    /// The DAG and the backfill are locked.
    static func makeRuns(
        of backfill: OpenBackfill,
        _ versions: DAGVersions,
        on connection: isolated Connection
    ) throws -> Bool {
        let version = try versions.version(backfill.versionID, on: connection)
        guard let schedule = version.dag.schedule else {
            try connection.advanceBackfill(backfill.id, to: nil, made: 0)
            return false
        }
        let step = most(backfillStep, of: version)
        let limit = step + 1
        let ticks =
            backfill.isReverse
            ? schedule.runs(downFrom: backfill.nextAt, to: backfill.from, limit: limit)
            : schedule.runs(from: backfill.nextAt, to: backfill.end, limit: limit)
        let next = ticks.count > step ? ticks[step] : nil
        let rerun = BackfillRequest.Rerun(rawValue: backfill.rerun) ?? .missing
        let wanted = try BackfillTicks(
            Array(ticks.prefix(step)),
            ofDAG: backfill.dagID,
            rerun: rerun,
            on: connection
        )
        let now = try connection.clock()
        let runs = wanted.items.filter { $0.action != .leave }.map { item in
            NewRun(
                dagID: backfill.dagID,
                versionID: version.id,
                key: "\(item.logicalDate.runKey)-b\(backfill.id)",
                type: .backfill,
                logicalDate: item.logicalDate,
                dataIntervalStart: schedule.timetable.dataInterval(ofTick: item.logicalDate).start,
                dataIntervalEnd: item.logicalDate,
                runAfter: now,
                params: version.dag.defaultParams,
                backfillID: backfill.id,
                actor: backfill.actor
            )
        }
        let made = try connection.create(runs.map { ($0, version.dag.tasks) }).count { $0 != nil }
        try connection.advanceBackfill(backfill.id, to: next, made: made)
        return next != nil
    }
}
