package import Core
package import Postgres

/// That no schedule is decided until a person says so.
package struct ScheduleHalt: Hashable, Sendable {
    /// What the database's clock showed when it was noticed.
    package var at: Timestamp
    /// By how much that clock had jumped.
    package var jump: Duration
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
