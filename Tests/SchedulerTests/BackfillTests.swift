import Core
import Postgres
import Scheduler
import Store
import Testing

/// Backfills too large to be made at once.
struct BackfillTests {
    /// A tick a minute; a task without work is done as soon as it may start.
    private static let file = """
        schedule: {cron: "* * * * *", catchup: none}
        tasks: {nothing: {}}
        """

    private static func request(reverse: Bool = false, rerun: BackfillRequest.Rerun = .missing) -> BackfillRequest {
        BackfillRequest(
            dag: "often",
            from: "2026-01-01T00:00:00Z",
            to: "2026-01-01T20:00:00Z",
            maxActive: 3,
            rerun: rerun,
            reverse: reverse
        )
    }

    /// Does what the scheduler's loop does, until nothing is left.
    private static func work(_ stage: Stage, steps: Int = .max) async throws {
        for _ in 0..<steps {
            let more = try await stage.engine.continueBackfills()
            let waiting = try await stage.store.perform { try $0.dagsWithWaitingRuns(limit: 1_000).dags }
            try await stage.engine.startRuns(ofDAGs: waiting)
            try await stage.store.transaction { try $0.closeBackfills() }
            if !more, waiting.isEmpty { return }
        }
    }

    private static func backfill(_ stage: Stage) async throws -> BackfillRecord {
        try #require(try await stage.store.backfills(limit: 1).items.first)
    }

    private static func dates(_ stage: Stage) async throws -> [String] {
        try await stage.ask(
            """
            SELECT to_char(logical_date AT TIME ZONE 'UTC', 'HH24:MI') FROM dag_run WHERE type = 'backfill'
            ORDER BY id
            """
        ).map { $0[0] }
    }

    private static let minutes = (0..<1_200).map { minute in
        let parts = [minute / 60, minute % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
        return parts.joined(separator: ":")
    }

    @Test(arguments: [false, true])
    func `a large one makes its runs step by step, in order, each once, over restarts`(_ reverse: Bool) async throws {
        try await Stage.with { stage in
            try await stage.put(Self.file, id: "often")
            let plan = try await stage.operations.backfill(Self.request(reverse: reverse), actor: "test")
            #expect(plan.wanted == 1_200 && plan.items.count == 1_000 && plan.omitted == 200)
            let first = try await Self.backfill(stage)
            #expect(first.total == 1_200 && first.unmade == 700)
            #expect(try await Self.dates(stage).count == 500, "no more than can wait")
            try await Self.work(stage, steps: 70)
            let restarted = stage.restarted()
            try await Self.work(restarted)
            await restarted.closePool()
            let end = try await Self.backfill(stage)
            #expect(end.state == .done && end.unmade == 0 && end.runCounts == [.success: 1_200], "\(end)")
            #expect(try await Self.dates(stage) == (reverse ? Self.minutes.reversed() : Self.minutes))
        }
    }

    @Test func `what is paused makes no more, and what is cancelled never does`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.file, id: "often")
            let id = try #require(try await stage.operations.backfill(Self.request(), actor: "test").id)
            try await stage.operations.pauseBackfill(id, actor: "test")
            #expect(try await !stage.engine.continueBackfills())
            try await stage.operations.resumeBackfill(id, actor: "test")
            try await stage.operations.cancelBackfill(id, actor: "test")
            try await Self.work(stage)
            let end = try await Self.backfill(stage)
            #expect(end.state == .cancelled && end.runCounts.values.reduce(0, +) == 500, "\(end)")
        }
    }

    @Test func `what was filled while no scheduler looked is not run again when the schedule catches up`() async throws
    {
        let start = try #require(Timestamp(rfc3339: "2026-01-01T00:00:30Z"))
        try await Stage.with(clock: start) { stage in
            try await stage.put("schedule: {cron: '* * * * *', catchup: all}\ntasks: {nothing: {}}", id: "often")
            try await stage.set(clock: start + .seconds(10 * 60))
            var request = Self.request()
            request.to = "2026-01-01T00:06:00Z"
            _ = try await stage.operations.backfill(request, actor: "test")
            try await Self.work(stage)
            try await stage.decideDue()
            try await Self.work(stage)
            let runs = try await stage.ask(
                """
                SELECT to_char(t.tick_at AT TIME ZONE 'UTC', 'MI') || ' ' || r.type || ' ' || (
                    SELECT count(*) FROM dag_run o WHERE o.logical_date = t.tick_at)
                FROM tick t JOIN dag_run r ON r.id = t.run_id ORDER BY t.tick_at
                """
            ).map { $0[0] }
            let later = ["06", "07", "08", "09", "10"]
            #expect(runs == (1...5).map { "0\($0) backfill 1" } + later.map { "\($0) scheduled 1" })
        }
    }

    @Test func `a second one leaves what the first has made, and says how long it will take`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.file + "\n# another version", id: "often")
            let before = try await stage.operations.planBackfill(Self.request())
            #expect(before.forecast == nil && before.usual == nil)
            _ = try await stage.operations.backfill(Self.request(), actor: "test")
            try await Self.work(stage)
            let states = "SELECT state || ' ' || count(*) FROM dag_run GROUP BY state"
            #expect(try await stage.ask(states) == [["success 1200"]])
            try await stage.store.perform {
                try $0.executeScript(
                    """
                    UPDATE dag_run SET state = 'failed', failures = 1 WHERE to_char(logical_date, 'MI') = '07';
                    UPDATE dag_run SET ended_at = started_at + interval '90 seconds';
                    """
                )
            }
            let plan = try await stage.operations.planBackfill(Self.request(rerun: .failed))
            #expect(plan.counts == [.rerun: 20, .leave: 1_180])
            #expect(plan.existing == [.success: 1_180, .failed: 20])
            #expect(plan.usual?.successes == 50 && plan.usual?.median == .seconds(90))
            #expect(plan.forecast?.runsAtOnce == 3 && plan.forecast?.duration == .seconds(7 * 90))
            _ = try await stage.operations.backfill(Self.request(rerun: .failed), actor: "test")
            try await Self.work(stage)
            let end = try await Self.backfill(stage)
            #expect(end.state == .done && end.runCounts == [.success: 20])
            await #expect(throws: OperationError.self) {
                try await stage.operations.backfill(Self.request(rerun: .missing), actor: "test")
            }
        }
    }

    @Test func `a narrow pool is part of the forecast`() async throws {
        try await Stage.with { stage in
            try await stage.put(
                """
                schedule: {cron: "* * * * *", catchup: none}
                tasks:
                  a: {run: echo, pool: house, slots: 2}
                  b: {run: echo, pool: nowhere}
                """,
                id: "often"
            )
            try await stage.store.transaction { try $0.setPools([(name: "house", slots: 4, order: .fair)]) }
            let plan = try await stage.operations.planBackfill(Self.request())
            #expect(
                plan.pools == [
                    .init(name: "house", slots: 4, slotsInUse: 0, widest: 2),
                    .init(name: "nowhere", slots: nil, slotsInUse: 0, widest: 1),
                ]
            )
            let known = plan.pools.filter { $0.slots != nil }
            let forecast = BackfillForecast(runs: 7, maximumActive: 5, usual: .seconds(10), pools: known)
            #expect(forecast.runsAtOnce == 2 && forecast.duration == .seconds(40))
        }
    }

    @Test func `steps are counted in tasks, and one look does not run through a whole backfill`() async throws {
        try await Stage.with { stage in
            let tasks = (0..<1_000).map { "  t\($0): {}" }.joined(separator: "\n")
            try await stage.put("schedule: {cron: '* * * * *', catchup: none}\ntasks:\n\(tasks)", id: "often")
            var request = Self.request()
            request.to = "2026-01-01T01:00:00Z"
            request.maxActive = 1
            _ = try await stage.operations.backfill(request, actor: "test")
            let first = try await Self.backfill(stage)
            #expect(first.runCounts.values.reduce(0, +) == 20, "20,000 instances a step")
            #expect(first.runCounts[.success] ?? 0 <= 2, "the next one is left to the scheduler's next look")
            try await Self.work(stage)
            #expect(try await Self.backfill(stage).runCounts == [.success: 60])
        }
    }

    @Test func `a backfill ends with its DAG's file`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.file, id: "often")
            _ = try await stage.operations.backfill(Self.request(), actor: "test")
            try await stage.store.transaction { try $0.endBackfills(ofDAG: 1, reason: "file_removed") }
            let end = try await Self.backfill(stage)
            #expect(end.state == .cancelled && end.reason == "file_removed" && end.unmade == 0 && end.nextAt == nil)
        }
    }
}
