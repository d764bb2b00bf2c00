package import Core
import Postgres
import Store

/// A past range that a person wants run.
package struct BackfillRequest: Hashable, Sendable {
    /// What happens to ticks that have a run.
    package enum Rerun: String, Hashable, Sendable, CaseIterable {
        /// They are left.
        case missing
        /// They are run again if they failed or were cancelled.
        case failed
        /// They are run again.
        case all
    }

    package var dag: String
    /// The first date or instant, in the DAG's zone.
    package var from: String
    /// The date or instant before which the range ends.
    package var to: String
    /// How many of its runs may be under way at once.
    ///
    /// Defaults to 1.
    package var maxActive: Int
    package var rerun: Rerun
    /// Newest first.
    package var reverse: Bool

    /// Joins the choices.
    package init(
        dag: String,
        from: String,
        to: String,
        maxActive: Int = 1,
        rerun: Rerun = .missing,
        reverse: Bool = false
    ) {
        self.dag = dag
        self.from = from
        self.to = to
        self.maxActive = maxActive
        self.rerun = rerun
        self.reverse = reverse
    }
}

/// What a backfill does with each tick of its range.
package struct BackfillPlan: Hashable, Sendable {
    /// What is done with one tick.
    package enum Action: String, Hashable, Sendable {
        case create
        case rerun
        case leave
    }

    /// One tick of the range.
    package struct Item: Hashable, Sendable {
        package var logicalDate: Timestamp
        /// The key of the run that is created, or of the one that is left.
        package var key: String
        package var existing: RunState?
        package var action: Action
    }

    /// Nil as long as it is only a plan.
    package var id: Int?
    package var dag: String
    package var items: [Item]
}

extension Operations {
    /// The most ticks of one backfill.
    package static let mostBackfillTicks = 10_000

    /// Lists what a backfill would do; changes nothing.
    package func planBackfill(_ request: BackfillRequest) async throws -> BackfillPlan {
        try await requireDAG(request.dag)
        let versions = engine.versions
        return try await engine.store.transaction { connection in
            try Self.plan(request, versions, on: connection).plan
        }
    }

    /// Creates a backfill and its runs.
    package func backfill(_ request: BackfillRequest, actor: String) async throws -> BackfillPlan {
        try await requireDAG(request.dag)
        let versions = engine.versions
        let (plan, outcome) = try await engine.store.transaction { connection in
            var (plan, span, row, version) = try Self.plan(request, versions, on: connection)
            guard plan.items.contains(where: { $0.action != .leave }) else {
                let count = plan.items.count
                throw OperationError.conflict(
                    count == 0
                        ? "the schedule of DAG '\(request.dag)' has no tick from \(request.from) to \(request.to)."
                        : "all \(count) ticks of the range have a run already; `--rerun failed` or `--rerun all` runs "
                            + "them again."
                )
            }
            let id = try connection.insertBackfill(
                dag: row.id,
                from: span.from,
                to: span.to,
                rerun: request.rerun.rawValue,
                reverse: request.reverse,
                maximumActive: request.maxActive,
                actor: actor
            )
            plan.id = id
            let now = try connection.clock()
            for index in plan.items.indices where plan.items[index].action != .leave {
                let tick = plan.items[index].logicalDate
                plan.items[index].key = "\(tick.runKey)-b\(id)"
                let interval = version.dag.schedule?.timetable.dataInterval(ofTick: tick)
                let run = NewRun(
                    dagID: row.id,
                    versionID: version.id,
                    key: plan.items[index].key,
                    type: .backfill,
                    logicalDate: tick,
                    dataIntervalStart: interval?.start ?? tick,
                    dataIntervalEnd: tick,
                    runAfter: now,
                    params: version.dag.defaultParams,
                    backfillID: id,
                    actor: actor
                )
                _ = try connection.create(run, tasks: version.dag.tasks)
            }
            return (plan, try Engine.startRuns(of: row, version, versions, on: connection))
        }
        await engine.follow(outcome)
        return plan
    }

    private static func plan(
        _ request: BackfillRequest,
        _ versions: DAGVersions,
        on connection: isolated Connection
    ) throws -> (plan: BackfillPlan, span: (from: Timestamp, to: Timestamp), row: DAGRow, version: LoadedVersion) {
        guard let row = try connection.lockDAG(named: request.dag), let versionID = row.versionID else {
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
        let existing = Dictionary(
            try connection.runs(dag: row.id, from: from, to: to).map { ($0.date, (key: $0.key, state: $0.state)) }
        ) { first, _ in first }
        var items = ticks.map { tick -> BackfillPlan.Item in
            guard let run = existing[tick] else {
                return .init(logicalDate: tick, key: "\(tick.runKey)-b", existing: nil, action: .create)
            }
            let again: Bool =
                switch request.rerun {
                case .missing: false
                case .failed: run.state == .failed || run.state == .cancelled
                case .all: run.state.isTerminal
                }
            return .init(logicalDate: tick, key: run.key, existing: run.state, action: again ? .rerun : .leave)
        }
        if request.reverse { items.reverse() }
        return (BackfillPlan(id: nil, dag: request.dag, items: items), (from, to), row, version)
    }

    private static func instant(_ text: String, _ zone: TimeZoneRules) throws -> Timestamp {
        if let instant = Timestamp(rfc3339: text) { return instant }
        if let date = CivilDate(text) { return zone.instant(of: LocalTime(date)) }
        if let local = LocalTime(text) { return zone.instant(of: local) }
        throw OperationError.badInput(
            "'\(text)' is no date. Write 2026-08-21, 2026-08-21T04:30:00 (in the DAG's zone) or 2026-08-21T04:30:00Z."
        )
    }
}
