import Core
import Postgres
import Store

extension Operations {
    /// The most ticks of one backfill.
    package static let mostBackfillTicks = 1_000_000

    /// Says what a backfill would do, and how long it will probably take; changes nothing.
    package func planBackfill(_ request: BackfillRequest) async throws -> BackfillPlan {
        try await requireDAG(request.dag)
        let versions = engine.versions
        let (plan, version) = try await engine.store.transaction { connection in
            let found = try Self.plan(request, versions, isRehearsal: true, on: connection)
            return (found.plan, found.version)
        }
        return try await withForecast(plan, request, version)
    }

    /// Creates a backfill and its first runs; the scheduler makes the others as these end.
    ///
    /// `planHash`: The plan that was agreed to; nil: whatever it is now.
    package func backfill(
        _ request: BackfillRequest,
        planHash: String? = nil,
        actor: String
    ) async throws -> BackfillPlan {
        try await requireDAG(request.dag)
        let versions = engine.versions
        let (plan, version, outcome) = try await transact { connection in
            try connection.allowLongThought()
            var (plan, span, row, version) = try Self.plan(request, versions, isRehearsal: false, on: connection)
            if let planHash, planHash != plan.hash { throw OperationError.planChanged }
            guard plan.wanted > 0, let first = plan.items.first else {
                throw OperationError.conflict(
                    plan.ticks == 0
                        ? "the schedule of DAG '\(request.dag)' has no tick from \(request.from) to \(request.to)."
                        : "all \(plan.ticks) ticks of the range have a run already; `--rerun failed` or `--rerun all` "
                            + "runs them again."
                )
            }
            let backfill = try connection.insertBackfill(
                dag: row.id,
                version: version.id,
                from: span.from,
                to: span.to,
                rerun: request.rerun.rawValue,
                reverse: request.reverse,
                maximumActive: request.maxActive,
                nextAt: first.logicalDate,
                unmade: plan.wanted,
                actor: actor
            )
            plan.id = backfill.id
            try remember("\(backfill.id)", on: connection)
            for index in plan.items.indices where plan.items[index].action != .leave {
                plan.items[index].key = "\(plan.items[index].logicalDate.runKey)-b\(backfill.id)"
            }
            _ = try Engine.makeRuns(of: backfill, versions, on: connection)
            return (
                plan, version,
                try Engine.startRuns(of: [LockedDAG(row: row, version: version)], versions, on: connection)
            )
        }
        await engine.follow(outcome)
        engine.schedulerWake.set()
        return try await withForecast(plan, request, version)
    }

    private func withForecast(
        _ plan: BackfillPlan,
        _ request: BackfillRequest,
        _ version: LoadedVersion
    ) async throws -> BackfillPlan {
        var plan = plan
        let records = try await engine.store.pools()
        let tasks = Dictionary(grouping: version.dag.tasks.filter { $0.pool != nil }) { $0.pool ?? "" }
        plan.pools = tasks.keys.sorted().map { name in
            let record = records.first { $0.name == name }
            return BackfillForecast.PoolDemand(
                name: name,
                slots: record?.slots,
                slotsInUse: record?.slotsInUse ?? 0,
                widest: tasks[name]?.map(\.slots).max() ?? 1
            )
        }
        plan.usual = try await engine.store.usualRun(ofDAG: request.dag)
        plan.forecast = plan.usual.map {
            BackfillForecast(runs: plan.wanted, maximumActive: request.maxActive, usual: $0.median, pools: plan.pools)
        }
        return plan
    }

    private static func plan(
        _ request: BackfillRequest,
        _ versions: DAGVersions,
        isRehearsal: Bool,
        on connection: isolated Connection
    ) throws -> (plan: BackfillPlan, span: (from: Timestamp, to: Timestamp), row: DAGRow, version: LoadedVersion) {
        // A preview of a million ticks must not hold up the DAG's schedule.
        let found = isRehearsal ? try connection.dag(named: request.dag) : try connection.lockDAG(named: request.dag)
        guard let row = found, let versionID = row.versionID else {
            throw OperationError.unknownDAG(request.dag, suggestion: nil)
        }
        let version = try versions.version(versionID, on: connection)
        guard let schedule = version.dag.schedule else {
            throw OperationError.refused(
                "DAG '\(request.dag)' has no schedule, so it has no past ticks. Trigger it with --logical-date instead."
            )
        }
        guard row.isActive else {
            throw OperationError.refused(
                "the file of DAG '\(request.dag)' is gone, so it has no new runs. Put it back first."
            )
        }
        guard request.maxActive >= 1 else { throw OperationError.badInput("--max-active must be at least 1.") }
        let zone = schedule.timetable.zone
        let from = try instant(request.from, zone)
        let to = try instant(request.to, zone)
        guard from < to else {
            throw OperationError.badInput("the range is empty: '\(request.from)' is not before '\(request.to)'.")
        }
        // A backfill is about the past; what is to come is the schedule's.
        let end = min(to, try connection.clock())
        let ticks = schedule.runs(from: from, to: end, limit: mostBackfillTicks + 1)
        guard ticks.count <= mostBackfillTicks else {
            throw OperationError.refused(
                "the range has more than \(mostBackfillTicks) ticks; split it into several backfills."
            )
        }
        var items = try BackfillTicks(ticks, ofDAG: row.id, rerun: request.rerun, on: connection).items
        if request.reverse { items.reverse() }
        return (BackfillPlan(dag: request.dag, items: items), (from, to), row, version)
    }

    static func instant(_ text: String, _ zone: TimeZoneRules) throws -> Timestamp {
        if let instant = Timestamp(rfc3339: text) { return instant }
        if let date = CivilDate(text) { return zone.instant(of: LocalTime(date)) }
        if let local = LocalTime(text) { return zone.instant(of: local) }
        throw OperationError.badInput(
            "'\(text)' is no date. Write 2026-08-21, 2026-08-21T04:30:00 (in the DAG's zone) or 2026-08-21T04:30:00Z."
        )
    }
}
