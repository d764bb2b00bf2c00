package import Core
import Store

/// What unpausing a DAG would start.
package struct UnpausePlan: Hashable, Sendable {
    package var dag: String
    /// Whether it is paused; otherwise there is nothing to unpause.
    package var isPaused: Bool
    package var forecast: CatchupForecast
    /// The zone in which the schedule's times are meant.
    package var zone: TimeZoneRules
}

extension Operations {
    /// Tells what unpausing a DAG would start now, and changes nothing.
    package func planUnpause(dag: String) async throws -> UnpausePlan {
        try await requireDAG(dag)
        let versions = engine.versions
        let (isPaused, snapshot) = try await engine.store.transaction { connection -> (Bool, TickSnapshot?) in
            guard let row = try connection.dag(named: dag) else {
                throw OperationError.unknownDAG(dag, suggestion: nil)
            }
            guard row.isActive, row.isPaused, let versionID = row.versionID,
                let schedule = try versions.version(versionID, on: connection).dag.schedule
            else { return (row.isPaused, nil) }
            let now = try connection.clock()
            let snapshot = TickSnapshot(
                now: now,
                cursor: row.cursor,
                schedule: schedule,
                unpausedAt: now,
                hasUnfinishedRun: try !connection.unfinishedScheduledRuns(dag: row.id).isEmpty
            )
            return (true, snapshot)
        }
        // Outside of the transaction: there may be a million ticks.
        return UnpausePlan(
            dag: dag,
            isPaused: isPaused,
            forecast: snapshot.map { CatchupForecast(of: $0) } ?? CatchupForecast(),
            zone: snapshot?.schedule.timetable.zone ?? .utc
        )
    }
}
