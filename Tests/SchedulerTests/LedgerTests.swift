import Core
import Postgres
import Scheduler
import Store
import Testing
import Zones

/// Years of ticks, decided with gaps and restarts, against a database whose clock is the test's.
struct LedgerTests {
    private static let zones = [
        "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca", "UTC",
    ]

    @Test(arguments: [1, 2])
    func `a year in six zones, with gaps and restarts, has each tick in the ledger once`(_ seed: Int) async throws {
        let start = try #require(Timestamp(rfc3339: "2026-01-01T00:00:00Z"))
        let end = try #require(Timestamp(rfc3339: "2027-01-01T00:00:00Z"))
        try await Stage.with(clock: start) { first in
            for (number, zone) in Self.zones.enumerated() {
                try await first.put(
                    """
                    schedule: {cron: "30 2 * * *", timezone: \(zone), catchup: all}
                    max_active_runs: 16
                    tasks: {nothing: {}}
                    """,
                    id: "daily_\(number)"
                )
                try await first.put(
                    """
                    schedule: {cron: ["*/20 1-3 * * *", "30 2 * * *"], timezone: \(zone), shadow: true}
                    tasks: {nothing: {}}
                    """,
                    id: "noted_\(number)"
                )
            }
            var chance = SplitMix64(seed: UInt64(seed))
            var now = start
            var stage = first
            while now < end {
                let hours = [1, 1, 3, 9, 30, 100].randomElement(using: &chance) ?? 1
                now = min(end, now + .seconds(hours * 3_600 - Int.random(in: 0..<3_600, using: &chance)))
                try await stage.set(clock: now)
                if Int.random(in: 0..<10, using: &chance) == 0 {
                    if stage.store !== first.store { await stage.closePool() }
                    stage = first.restarted()
                }
                try await stage.decideDue()
            }
            try await Self.expectOracle(first, from: start, to: end)
            if stage.store !== first.store { await stage.closePool() }
        }
    }

    @Test func `while schedules are halted nothing is decided, and then all is caught up with`() async throws {
        let start = try #require(Timestamp(rfc3339: "2026-01-01T00:00:00Z"))
        try await Stage.with(clock: start) { stage in
            let file = "schedule: {cron: '@hourly', catchup: all}\ntasks: {nothing: {}}"
            try await stage.put(file, id: "hourly")
            let now = start + .seconds(3 * 3_600)
            try await stage.store.transaction { try $0.haltSchedules(at: now, jump: .seconds(90_000)) }
            try await stage.set(clock: now)
            try await stage.decideDue()
            #expect(try await stage.ask("SELECT tick_at::text FROM tick") == [])
            #expect(try await stage.store.perform { try $0.clockAndHalt() }.halt?.jump == .seconds(90_000))
            try await stage.operations.resumeSchedules(actor: "test")
            try await stage.decideDue()
            #expect(try await stage.ask("SELECT tick_at::text FROM tick").count == 3)
            await #expect(throws: OperationError.self) { try await stage.operations.resumeSchedules(actor: "test") }
        }
    }

    @Test func `a version keeps its calendar, and the ledger says which ticks it blocked`() async throws {
        let start = try #require(Timestamp(rfc3339: "2026-08-20T00:00:00Z"))
        try await Stage.with(clock: start) { stage in
            let file =
                "schedule: {cron: '0 6 * * *', calendar: week, catchup: all}\nmax_active_runs: 9\ntasks: {nothing: {}}"
            try await stage.put(file, id: "daily", calendars: ["week": "allow: mon-fri"])
            try await stage.set(clock: start + .seconds(5 * 86_400))
            // Another engine has only the database to read the calendar from.
            let other = stage.restarted()
            try await other.decideDue()
            let lines = "SELECT to_char(tick_at, 'DD') || ' ' || decision FROM tick ORDER BY tick_at"
            #expect(try await stage.ask(lines).map { $0[0] } == ["20 created", "21 created", "24 created"])
            let skipped =
                "SELECT to_char(first_tick, 'DD') || '-' || to_char(last_tick, 'DD') || ' ' || decision FROM tick_range"
            #expect(try await stage.ask(skipped).map { $0[0] } == ["22-23 calendar"])
            try await other.put(file, id: "daily", calendars: ["week": "allow: mon-fri"])
            #expect(try await stage.ask("SELECT number::text FROM dag_version") == [["1"]])
            try await other.put(file, id: "daily", calendars: ["week": "allow: [mon-fri, sat]"])
            #expect(try await stage.ask("SELECT number::text FROM dag_version ORDER BY 1") == [["1"], ["2"]])
            try await stage.set(clock: start + .seconds(10 * 86_400))
            try await other.decideDue()
            #expect(try await stage.ask("SELECT to_char(tick_at, 'DD') FROM tick WHERE decision = 'calendar'") == [])
            #expect(
                try await stage.ask("SELECT to_char(next_run, 'DD'), to_char(next_tick, 'DD') FROM dag", columns: 2)
                    == [["31", "30"]]
            )
            await other.closePool()
        }
    }

    @Test func `what is caught up with starts behind regular and manual runs`() async throws {
        let start = try #require(Timestamp(rfc3339: "2026-08-20T00:00:00Z"))
        try await Stage.with(clock: start) { stage in
            try await stage.put("schedule: {cron: '* * * * *', catchup: all}\ntasks: {a: {run: x}}", id: "often")
            try await stage.set(clock: start + .seconds(600))
            try await stage.decideDue()
            try await stage.set(clock: start + .seconds(660))
            try await stage.decideDue()
            _ = try await stage.trigger("often")
            var order: [String] = []
            while true {
                let claimed = try await stage.claim()
                guard let task = claimed.first else { break }
                order += try await stage.ask("SELECT key FROM dag_run WHERE id = \(task.run)").map { $0[0] }
                try await stage.exit(task, code: 0)
                try await stage.engine.startRuns(
                    ofDAGs: try await stage.store.perform { try $0.dagsWithWaitingRuns(limit: 1_000).dags }
                )
            }
            #expect(order.count == 12)
            // A tick of a minute ago is regular still.
            let regular = ["2026-08-20T000900Z", "2026-08-20T001000Z", "2026-08-20T001100Z"]
            #expect(Array(order.prefix(3)) == regular && order[3].hasSuffix("-m"), "\(order)")
            #expect(Array(order.suffix(8)) == order.suffix(8).sorted(), "then what had passed, oldest first")
        }
    }

    @Test func `a timetable that is replaced in a pause has its ticks skipped as paused`() async throws {
        let start = try #require(Timestamp(rfc3339: "2026-08-20T00:00:00Z"))
        try await Stage.with(clock: start) { stage in
            try await stage.put("schedule: {cron: '0 * * * *', catchup: all}\ntasks: {a: {}}", id: "sales")
            try await stage.operations.setPaused(dag: "sales", true, actor: "test")
            try await stage.set(clock: start + .seconds(3 * 3_600 + 60))
            try await stage.put("schedule: {every: 10m, catchup: all}\ntasks: {a: {}}", id: "sales")
            try await stage.set(clock: start + .seconds(4 * 3_600))
            try await stage.operations.setPaused(dag: "sales", false, actor: "test")
            try await stage.decideDue()
            let skipped =
                "SELECT to_char(first_tick, 'HH24MI') || '-' || to_char(last_tick, 'HH24MI') || ' ' || decision FROM tick_range"
            #expect(try await stage.ask(skipped).map { $0[0] } == ["0100-0300 paused"])
            let created = "SELECT to_char(tick_at, 'HH24MI') FROM tick WHERE decision = 'created' ORDER BY tick_at"
            #expect(try await stage.ask(created).map { $0[0] } == ["0310", "0320", "0330", "0340", "0350", "0400"])
        }
    }

    @Test func `the next tick can be derived anew from the version in force`() async throws {
        let start = try #require(Timestamp(rfc3339: "2026-08-20T00:00:00Z"))
        try await Stage.with(clock: start) { stage in
            try await stage.put("schedule: {cron: '0 * * * *'}\ntasks: {a: {}}", id: "sales")
            let next = "SELECT to_char(next_tick, 'HH24MI'), to_char(next_run, 'HH24MI') FROM dag"
            try await stage.store.transaction {
                try $0.executeScript("UPDATE dag SET next_tick = next_tick + interval '7 hours', next_run = NULL")
            }
            try await stage.rederive("sales")
            #expect(try await stage.ask(next, columns: 2) == [["0100", "0100"]])
        }
    }

    private static func expectOracle(_ stage: Stage, from start: Timestamp, to end: Timestamp) async throws {
        for (number, zone) in zones.enumerated() {
            let rules = try ZoneDatabase().rules(for: zone)
            let daily = Timetable(crons: [try CronExpression("30 2 * * *")], zone: rules)
            let found = try await stage.ask(
                """
                SELECT to_char(r.logical_date AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') FROM tick t
                JOIN dag d ON d.id = t.dag_id JOIN dag_run r ON r.id = t.run_id AND r.logical_date = t.tick_at
                WHERE d.name = 'daily_\(number)' AND t.decision = 'created' ORDER BY t.tick_at
                """
            ).map { $0[0] }
            let expected = daily.ticks(from: start + .microseconds(1), to: end + .microseconds(1)).map(\.rfc3339Seconds)
            #expect(found == expected, "\(zone)")

            let often = Timetable(
                crons: [try CronExpression("*/20 1-3 * * *"), try CronExpression("30 2 * * *")],
                zone: rules
            )
            let ticks = often.ticks(from: start + .microseconds(1), to: end + .microseconds(1))
            let rows = try await stage.ask(
                """
                SELECT to_char(f AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                    to_char(l AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), n::text FROM (
                    SELECT t.dag_id, t.tick_at AS f, t.tick_at AS l, 1 AS n FROM tick t WHERE t.decision = 'shadow'
                    UNION ALL SELECT g.dag_id, g.first_tick, g.last_tick, g.ticks FROM tick_range g) u
                JOIN dag d ON d.id = u.dag_id WHERE d.name = 'noted_\(number)' ORDER BY f
                """,
                columns: 3
            )
            // Row after row covers the oracle's ticks without a gap and without a double.
            var rest = ticks[...]
            for row in rows {
                let count = try #require(Int(row[2]))
                let covered = rest.prefix(count)
                rest = rest.dropFirst(count)
                #expect(covered.count == count)
                #expect(covered.first?.rfc3339Seconds == row[0] && covered.last?.rfc3339Seconds == row[1], "\(zone)")
            }
            #expect(rest.isEmpty, "\(zone): \(rest.count) ticks were never decided")
        }
        #expect(try await stage.ask("SELECT dag_id::text FROM check_tick_overlap") == [])
    }
}

extension Stage {
    /// Decides all that is due, as the scheduler's loop does.
    func decideDue() async throws {
        while true {
            let due = try await store.perform { try $0.dueDAGs(limit: 1_000) }
            guard !due.isEmpty else { return }
            _ = try await engine.decideTicks(ofDAGs: due, tzdata: "test")
        }
    }
}
