import Core
import Glibc
import TestKit
import Testing

/// The built program, taken through the changes of the clocks of three zones.
///
/// It is PostgreSQL whose time is moved, since every decision is by its clock; the program itself keeps this machine's.
struct ClockChangeTests {
    /// One change of a zone's clocks and what schedules around it have to do, by hand.
    private struct Change {
        let dag: String
        let cron: String
        let zone: String
        /// When the offset changes.
        let at: String
        /// The ticks from an hour and a half before to an hour and a half after it.
        let ticks: [String]
    }

    /// In the order of time, since the clock only goes forward.
    private static let changes = [
        // New York, forward over 02:00-03:00.
        Change(
            dag: "york_fixed",
            cron: "30 2 * * *",
            zone: "America/New_York",
            at: "2026-03-08T07:00:00Z",
            ticks: ["2026-03-08T07:00:00Z"]
        ),
        Change(
            dag: "york_often",
            cron: "*/20 2-3 * * *",
            zone: "America/New_York",
            at: "2026-03-08T07:00:00Z",
            ticks: ["2026-03-08T07:00:00Z", "2026-03-08T07:20:00Z", "2026-03-08T07:40:00Z"]
        ),
        // Berlin, forward over 02:00-03:00.
        Change(
            dag: "berlin_fixed",
            cron: "30 2 * * *",
            zone: "Europe/Berlin",
            at: "2026-03-29T01:00:00Z",
            ticks: ["2026-03-29T01:00:00Z"]
        ),
        Change(
            dag: "berlin_often",
            cron: "*/20 2 * * *",
            zone: "Europe/Berlin",
            at: "2026-03-29T01:00:00Z",
            ticks: []
        ),
        // Lord Howe, back by half an hour from 02:00 to 01:30.
        Change(
            dag: "howe_fixed",
            cron: "45 1 * * *",
            zone: "Australia/Lord_Howe",
            at: "2026-04-04T15:00:00Z",
            ticks: ["2026-04-04T14:45:00Z"]
        ),
        Change(
            dag: "howe_often",
            cron: "*/15 1 * * *",
            zone: "Australia/Lord_Howe",
            at: "2026-04-04T15:00:00Z",
            ticks: [
                "2026-04-04T14:00:00Z", "2026-04-04T14:15:00Z", "2026-04-04T14:30:00Z", "2026-04-04T14:45:00Z",
                "2026-04-04T15:00:00Z", "2026-04-04T15:15:00Z",
            ]
        ),
        // Lord Howe, forward by half an hour over 02:00-02:30.
        Change(
            dag: "howe_gap",
            cron: "15 2 * * *",
            zone: "Australia/Lord_Howe",
            at: "2026-10-03T15:30:00Z",
            ticks: ["2026-10-03T15:30:00Z"]
        ),
        Change(
            dag: "howe_gap_often",
            cron: "*/15 2 * * *",
            zone: "Australia/Lord_Howe",
            at: "2026-10-03T15:30:00Z",
            ticks: ["2026-10-03T15:30:00Z", "2026-10-03T15:45:00Z"]
        ),
        // Berlin, back from 03:00 to 02:00.
        Change(
            dag: "berlin_fixed",
            cron: "30 2 * * *",
            zone: "Europe/Berlin",
            at: "2026-10-25T01:00:00Z",
            ticks: ["2026-10-25T00:30:00Z"]
        ),
        Change(
            dag: "berlin_often",
            cron: "*/20 2 * * *",
            zone: "Europe/Berlin",
            at: "2026-10-25T01:00:00Z",
            ticks: [
                "2026-10-25T00:00:00Z", "2026-10-25T00:20:00Z", "2026-10-25T00:40:00Z", "2026-10-25T01:00:00Z",
                "2026-10-25T01:20:00Z", "2026-10-25T01:40:00Z",
            ]
        ),
        // New York, back from 02:00 to 01:00.
        Change(
            dag: "york_back",
            cron: "30 1 * * *",
            zone: "America/New_York",
            at: "2026-11-01T06:00:00Z",
            ticks: ["2026-11-01T05:30:00Z"]
        ),
        Change(
            dag: "york_back_often",
            cron: "*/20 1 * * *",
            zone: "America/New_York",
            at: "2026-11-01T06:00:00Z",
            ticks: [
                "2026-11-01T05:00:00Z", "2026-11-01T05:20:00Z", "2026-11-01T05:40:00Z", "2026-11-01T06:00:00Z",
                "2026-11-01T06:20:00Z", "2026-11-01T06:40:00Z",
            ]
        ),
    ]

    @Test func `through every change of the clocks, killed in the middle of each, every tick comes once`() async throws
    {
        try await Station.with { station in
            let clock = try MovableClock(file: station.folder + "/clock")
            try clock.set(to: try Self.seconds("2026-03-01T12:00:00Z"))
            for change in Self.changes {
                try station.write(
                    "\(change.dag).yaml",
                    """
                    schedule: {cron: "\(change.cron)", timezone: \(change.zone), catchup: all}
                    max_active_runs: 100
                    tasks: {nothing: {}}
                    """
                )
            }
            try await PrivateServer.with(clock: clock) { database in
                let environment = ["DATABASE_URL": database.address(database: "postgres")]
                let arguments = [
                    "serve", "--data", station.data, "--dags", station.dags, "--listen", "127.0.0.1:0",
                ]
                var server = try await station.start(arguments, environment: environment)
                let names = Set(Self.changes.map(\.dag))
                try await eventually("all DAGs") {
                    try await database.ask("SELECT count(*) FROM dag") == [String(names.count)]
                }
                var instants: [String] = []
                for change in Self.changes where !instants.contains(change.at) { instants.append(change.at) }
                for instant in instants {
                    let middle = try Self.seconds(instant)
                    // The weeks between two changes pass while nobody serves, as in an outage.
                    server.signal(SIGTERM)
                    _ = try await server.result()
                    try clock.set(to: middle - 100 * 60)
                    server = try await station.start(arguments, environment: environment)
                    for minute in stride(from: -90, through: 120, by: 30) {
                        if minute == 0 {
                            server.signal(SIGKILL)
                            _ = try await server.result()
                        }
                        try clock.set(to: middle + minute * 60)
                        if minute == 0 { server = try await station.start(arguments, environment: environment) }
                        try await Self.awaitDecisions(database)
                    }
                }
                try await Self.expectLedger(database)
                #expect(try await database.ask(Self.doubles) == [])
            }
        }
    }

    /// Waits until nothing that is due is undecided.
    private static func awaitDecisions(_ database: PrivateServer) async throws {
        try await eventually("the decision about what is due") {
            // As any change in the database does, it wakes the loop, which cannot know that time was moved.
            _ = try await database.ask("NOTIFY rota")
            return try await database.ask("SELECT count(*) FROM dag WHERE next_tick <= clock_timestamp()") == ["0"]
        }
    }

    private static func expectLedger(_ database: PrivateServer) async throws {
        for change in changes {
            let found = try await database.ask(
                """
                SELECT to_char(t.tick_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
                FROM tick t JOIN dag d ON d.id = t.dag_id JOIN dag_run r ON r.id = t.run_id
                WHERE d.name = '\(change.dag)' AND r.logical_date = t.tick_at AND t.decision = 'created'
                  AND t.tick_at BETWEEN timestamptz '\(change.at)' - interval '90 min'
                                    AND timestamptz '\(change.at)' + interval '90 min'
                ORDER BY t.tick_at
                """
            )
            #expect(found == change.ticks, "\(change.dag) around \(change.at)")
        }
    }

    /// Runs of one tick beside each other, and runs of a schedule that are in no ledger.
    private static let doubles = """
        SELECT dag_id, logical_date FROM dag_run WHERE type = 'scheduled' GROUP BY 1, 2 HAVING count(*) > 1
        UNION ALL
        SELECT r.dag_id, r.logical_date FROM dag_run r WHERE r.type = 'scheduled'
          AND NOT EXISTS (SELECT FROM tick t WHERE t.run_id = r.id)
        """

    private static func seconds(_ instant: String) throws -> Int {
        Int(try #require(Timestamp(rfc3339: instant)).microseconds / 1_000_000)
    }
}
