package import Core
package import Postgres

/// That no schedule is decided until a person says so.
package struct ScheduleHalt: Hashable, Sendable {
    /// What the database's clock showed when it was noticed.
    package var at: Timestamp
    /// By how much that clock had jumped.
    package var jump: Duration
}

/// Schedules of which nothing is due until the database's clock has passed what was decided already.
package struct SchedulesAhead: Hashable, Sendable {
    package var count: Int
    /// When the first and the last of them go on.
    package var first: Timestamp
    package var last: Timestamp
}

extension Connection {
    /// The database's clock, and the halt where there is one.
    package func clockAndHalt() throws -> (now: Timestamp, halt: ScheduleHalt?) {
        let row = try execute(
            Statement(
                name: "clock_and_halt",
                sql: "SELECT clock_timestamp(), h.at, h.jump_us FROM (SELECT) one LEFT JOIN schedule_halt h ON true"
            )
        )[0]
        let (at, jump): (Timestamp?, Int?) = (try row.decode(1), try row.decode(2))
        let halt = at.flatMap { at in jump.map { ScheduleHalt(at: at, jump: .microseconds($0)) } }
        return (try row.decode(0), halt)
    }

    /// The schedules that have been decided for times still to come, because the database's clock was set back since.
    package func schedulesAhead() throws -> SchedulesAhead? {
        let row = try execute(
            Statement(
                name: "schedules_ahead",
                sql: """
                    SELECT count(*), min(cursor), max(cursor) FROM dag
                    WHERE state = 'active' AND NOT paused AND next_tick IS NOT NULL
                        AND cursor > clock_timestamp() + interval '1 minute'
                    """
            )
        )[0]
        let (first, last): (Timestamp?, Timestamp?) = (try row.decode(1), try row.decode(2))
        guard let first, let last else { return nil }
        return SchedulesAhead(count: try row.decode(0), first: first, last: last)
    }

    /// Halts all schedules; where they are halted already, that stays as it is.
    package func haltSchedules(at instant: Timestamp, jump: Duration) throws {
        _ = try execute(
            Statement(
                name: "halt_schedules",
                sql: "INSERT INTO schedule_halt (at, jump_us) VALUES ($1, $2) ON CONFLICT DO NOTHING"
            ),
            [instant, Int(jump.clampedMicroseconds)]
        )
    }

    /// Lets schedules be decided again; false: they were not halted.
    package func resumeSchedules() throws -> Bool {
        try execute(Statement(name: "resume_schedules", sql: "DELETE FROM schedule_halt")).affected > 0
    }
}
