package import Core
import Store

/// What unpausing a DAG would start.
package struct UnpausePlan: Hashable, Sendable {
    package var dag: String
    /// Whether it is paused; otherwise there is nothing to unpause.
    package var isPaused: Bool
    /// The version whose schedule it is.
    package var version: Int?
    package var forecast: CatchupForecast
    /// The zone in which the schedule's times are meant.
    package var zone: TimeZoneRules

    /// A word for exactly this plan; it differs where anything that the plan shows differs.
    package var hash: String {
        var hash = PlanHash()
        hash.add(isPaused ? 1 : 0)
        hash.add(forecast.runs)
        hash.add(forecast.firstRun?.microseconds ?? 0)
        hash.add(forecast.lastRun?.microseconds ?? 0)
        hash.add(forecast.cancelsUnfinished ? 1 : 0)
        return hash.text
    }
}

/// What pausing a DAG would hold back.
package struct PausePlan: Hashable, Sendable {
    package var dag: String
    /// Whether it is paused already; then there is nothing to pause.
    package var isPaused: Bool
    /// The next tick that would have a run and then has none; nil: there is none.
    package var nextRun: Timestamp?
    /// How many runs exist already, and go on all the same: those that wait for their start, and those that run.
    package var queued: Int
    package var running: Int

    /// A word for this plan; runs come and go and ticks pass without making it another.
    package var hash: String {
        var hash = PlanHash()
        hash.add(isPaused ? 1 : 0)
        return hash.text
    }
}

extension Operations {
    /// Tells what pausing a DAG would hold back now, and changes nothing.
    package func planPause(dag: String) async throws -> PausePlan {
        try await requireDAG(dag)
        return try await engine.store.transaction { connection in
            guard let row = try connection.dag(named: dag) else {
                throw OperationError.unknownDAG(dag, suggestion: nil)
            }
            let facts = try connection.pauseFacts(dag: row.id)
            return PausePlan(
                dag: dag,
                isPaused: row.isPaused,
                nextRun: row.isActive && !row.isPaused ? facts.nextRun : nil,
                queued: facts.queued,
                running: facts.running
            )
        }
    }

    /// Stops or resumes a DAG's schedule; runs that exist go on.
    ///
    /// `planHash`: The plan that was agreed to; nil: whatever it is now.
    package func setPaused(
        dag: String,
        _ paused: Bool,
        planHash: String? = nil,
        actor: String,
        reason: String? = nil
    ) async throws {
        try await requireDAG(dag)
        var present: String?
        var version: Int?
        // Outside of the transaction, for there may be a million ticks to look at; time goes on in any case.
        if planHash != nil, paused { present = try await planPause(dag: dag).hash }
        if planHash != nil, !paused {
            let plan = try await planUnpause(dag: dag)
            (present, version) = (plan.hash, plan.version)
        }
        try await transact { [present, version] connection in
            if let planHash, planHash != present { throw OperationError.planChanged }
            guard let row = try connection.lockDAG(named: dag) else {
                throw OperationError.unknownDAG(dag, suggestion: nil)
            }
            // Its file may have been saved since the plan was made.
            if let version, version != row.versionID { throw OperationError.planChanged }
            try connection.setPaused(dag: row.id, paused)
            guard row.isPaused != paused else { return }
            let verb: Deed.Verb = paused ? .pause : .unpause
            try connection.record([Deed(verb, dag: row.id, actor: actor, reason: reason)])
        }
        engine.schedulerWake.set()
    }

    /// Tells what unpausing a DAG would start now, and changes nothing.
    package func planUnpause(dag: String) async throws -> UnpausePlan {
        try await requireDAG(dag)
        let versions = engine.versions
        let (row, snapshot) = try await engine.store.transaction { connection -> (DAGRow, TickSnapshot?) in
            guard let row = try connection.dag(named: dag) else {
                throw OperationError.unknownDAG(dag, suggestion: nil)
            }
            guard row.isActive, row.isPaused, let versionID = row.versionID,
                let schedule = try versions.version(versionID, on: connection).dag.schedule
            else { return (row, nil) }
            let now = try connection.clock()
            let snapshot = TickSnapshot(
                now: now,
                cursor: row.cursor,
                schedule: schedule,
                unpausedAt: now,
                hasUnfinishedRun: try connection.unfinishedScheduledRuns(dags: [row.id])[row.id] != nil
            )
            return (row, snapshot)
        }
        // Outside of the transaction: there may be a million ticks.
        return UnpausePlan(
            dag: dag,
            isPaused: row.isPaused,
            version: row.versionID,
            forecast: snapshot.map { CatchupForecast(of: $0) } ?? CatchupForecast(),
            zone: snapshot?.schedule.timetable.zone ?? .utc
        )
    }
}
