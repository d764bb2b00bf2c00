import Core
import Logging
import Postgres
import Store

extension Engine {
    /// Makes what a file says the version in force of its DAG.
    func putInForce(
        _ dag: DAG,
        source: VersionSource,
        tzdata: String?,
        on connection: isolated Connection
    ) throws -> Pass.Outcome {
        var outcome = Pass.Outcome()
        let timetable = dag.schedule?.timetable
        let seen = try connection.clock()
        let beginning = timetable?.start.map { min($0, seen) - .microseconds(1) } ?? seen
        guard
            let row = try connection.insertDAG(
                name: dag.id,
                path: source.path,
                paused: dag.startsPaused,
                cursor: beginning
            )
        else { return outcome }
        var cursor: Timestamp?
        if !row.isActive {
            cursor = max(row.cursor, try connection.clock())
        } else if let old = try version(inForceOf: row, on: connection),
            old.dag.schedule?.timetable != timetable || old.dag.schedule?.calendar != dag.schedule?.calendar
        {
            // The old timetable governs up to now, the new one from now on; in a pause its ticks are skipped as such.
            try Self.decideRest(of: row, old, versions, tzdata, &outcome, on: connection)
            cursor = max(row.cursor, try connection.clock())
        }
        let (id, _) = try connection.setVersion(dag: row, source: source)
        _ = try versions.keep(id, dag)
        let decided = cursor ?? row.cursor
        try connection.activateDAG(
            id: row.id,
            path: source.path,
            cursor: cursor,
            nextTick: timetable?.next(after: decided),
            nextRun: dag.schedule?.nextRun(after: decided)
        )
        return outcome
    }

    /// Derives the next tick of a DAG anew from its version in force, as after a change of the zone data.
    func rederive(_ dag: Int) async throws {
        try await store.transaction { connection in
            guard let row = try connection.lockDAGs([dag]).first, row.isActive,
                let schedule = try self.version(inForceOf: row, on: connection)?.dag.schedule
            else { return }
            _ = try connection.advance([
                CursorMove(
                    dag: row.id,
                    from: row.cursor,
                    to: row.cursor,
                    nextTick: schedule.timetable.next(after: row.cursor),
                    nextRun: schedule.nextRun(after: row.cursor)
                )
            ])
        }
    }

    /// The version in force; nil where there is none, or this program cannot read it and so cannot decide by it.
    private func version(inForceOf row: DAGRow, on connection: isolated Connection) throws -> LoadedVersion? {
        guard let id = row.versionID else { return nil }
        do {
            return try versions.version(id, on: connection)
        } catch let error as SchedulerError {
            logger.warning("\(error)")
            return nil
        }
    }
}
