import Core
import Postgres
import Store
import Testing

@testable import Scheduler

/// What retention removes, on a real database.
struct PrunerTests {
    private static let source = """
        max_active_runs: 10
        tasks:
          first: {run: "true", timeout: 1m}
          second: {run: "true", needs: first, timeout: 1m}
        """
    private static let month = Retention(history: .seconds(30 * 86_400))

    /// Makes a run that ended so many days ago, with a log for each attempt.
    private static func finishedRun(_ stage: Stage, daysAgo: Int) async throws -> RunName {
        let name = try await stage.trigger("dag")
        try await stage.play()
        try await stage.change(
            """
            INSERT INTO attempt_log (attempt_id, start_byte, first_line, line_ends, bytes)
                SELECT a.id, 0, 1, 1, 'line' FROM attempt a JOIN dag_run r ON r.id = a.run_id
                WHERE r.key = '\(name.key)' ON CONFLICT DO NOTHING;
            UPDATE attempt a SET log_bytes = 4, ended_at = now() - interval '\(daysAgo) days' FROM dag_run r
                WHERE r.id = a.run_id AND r.key = '\(name.key)';
            UPDATE dag_run SET ended_at = now() - interval '\(daysAgo) days',
                created_at = now() - interval '\(daysAgo) days' WHERE key = '\(name.key)';
            """
        )
        return name
    }

    private static func counts(_ stage: Stage) async throws -> [String] {
        try await stage.ask(
            """
            SELECT 'runs ' || count(*) FROM dag_run UNION ALL SELECT 'tasks ' || count(*) FROM task_instance UNION ALL
            SELECT 'attempts ' || count(*) FROM attempt UNION ALL SELECT 'logs ' || count(*) FROM attempt_log UNION ALL
            SELECT 'lines ' || (count(*) > 0) FROM transition UNION ALL SELECT 'ticks ' || count(*) FROM tick UNION ALL
            SELECT 'folders ' || coalesce(string_agg(name, ' ' ORDER BY name), '-') FROM run_folder
            """
        ).flatMap(\.self)
    }

    @Test func `what ended long ago goes whole, and what has not ended stays however old it is`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.source, id: "dag")
            let old = try await Self.finishedRun(stage, daysAgo: 40)
            _ = try await Self.finishedRun(stage, daysAgo: 20)
            let stuck = try await stage.trigger("dag")
            try await stage.change(
                """
                UPDATE dag_run SET created_at = now() - interval '900 days' WHERE key = '\(stuck.key)';
                INSERT INTO tick (dag_id, tick_at, decision) SELECT id, now() - interval '40 days', 'overlap' FROM dag;
                INSERT INTO tick (dag_id, tick_at, decision) SELECT id, now() - interval '4 days', 'overlap' FROM dag;
                INSERT INTO tick (dag_id, tick_at, decision, run_id) SELECT dag_id, created_at, 'created', id FROM dag_run
                    WHERE key = '\(stuck.key)';
                INSERT INTO tick_range (dag_id, first_tick, last_tick, ticks, decision)
                    SELECT id, now() - interval '60 days', now() - interval '50 days', 7, 'catchup' FROM dag;
                INSERT INTO session VALUES ('\\x\(String(repeating: "00", count: 32))', now(), now() - interval '1 minute');
                """
            )
            let pruner = Pruner(store: stage.store, holder: "one:1")
            let planned = try await stage.store.oldAmounts(Self.month.cutoffs(at: try await stage.store.now()))
            let gone = try #require(try await pruner.prune(Self.month))
            #expect(gone == planned, "the dry run says what goes")
            #expect(gone.runs == 1 && gone.tasks == 2 && gone.attempts == 2 && gone.logBytes == 8 && gone.ticks == 8)
            #expect(
                try await Self.counts(stage) == [
                    "runs 2", "tasks 4", "attempts 2", "logs 2", "lines true", "ticks 2", "folders dag_\(old.key)",
                ]
            )
            #expect(try await stage.ask("SELECT count(*)::text FROM session") == [["0"]])
            #expect(
                try await stage.ask(
                    "SELECT count(*)::text FROM transition t WHERE NOT EXISTS (SELECT FROM dag_run r WHERE r.id = t.run_id)"
                ) == [["0"]]
            )
            try await stage.expectSound()
            let state = try await stage.store.retentionState()
            #expect(state.runsBefore != nil && state.finishedAt != nil)
            #expect(try await pruner.prune(Self.month) == PrunedAmounts())
        }
    }

    @Test func `logs go earlier where they are to, and their attempts stay`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.source, id: "dag")
            _ = try await Self.finishedRun(stage, daysAgo: 20)
            _ = try await Self.finishedRun(stage, daysAgo: 2)
            let retention = Retention(history: .seconds(30 * 86_400), logs: .seconds(7 * 86_400))
            let pruner = Pruner(store: stage.store, holder: "one:1")
            #expect(try await pruner.prune(retention)?.logBytes == 8)
            let counts = try await Self.counts(stage)
            #expect(counts.contains("attempts 4") && counts.contains("logs 2"))
            // The run goes in the end, with no log that could be counted again.
            try await stage.change(
                "UPDATE dag_run SET ended_at = now() - interval '31 days' WHERE ended_at < now() - interval '9 days'"
            )
            let planned = try await stage.store.oldAmounts(stage.store.cutoffs(of: retention))
            #expect(planned.runs == 1 && planned.logBytes == 0)
            #expect(try await pruner.prune(retention) == planned)
        }
    }

    @Test func `the logs of a run that has not ended stay, however long ago its attempts did`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.source, id: "dag")
            let name = try await Self.finishedRun(stage, daysAgo: 400)
            _ = try await stage.operations.clear(
                ClearRequest(run: name, tasks: ["second"]),
                planHash: nil,
                actor: "cli",
                reason: nil
            )
            let retention = Retention(history: .seconds(30 * 86_400), logs: .seconds(7 * 86_400), logBudget: 4)
            let planned = try await stage.store.oldAmounts(stage.store.cutoffs(of: retention))
            #expect(planned == PrunedAmounts())
            #expect(try await Pruner(store: stage.store, holder: "one:1").prune(retention) == planned)
            #expect(try await Self.counts(stage).contains("logs 2"))
        }
    }

    @Test func `beyond the budget of all logs those that ended first go, and their attempts stay`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.source, id: "dag")
            for days in [3, 2, 1] { _ = try await Self.finishedRun(stage, daysAgo: days) }
            let pruner = Pruner(store: stage.store, holder: "one:1")
            #expect(try await pruner.prune(Retention(logBudget: 24)) == PrunedAmounts(), "they fit")
            let tight = Retention(logBudget: 20)
            let planned = try await stage.store.oldAmounts(stage.store.cutoffs(of: tight))
            #expect(planned.runs == 0 && planned.logBytes == 8)
            let gone = try #require(try await pruner.prune(tight))
            #expect(gone.runs == 0 && gone.logBytes == 8)
            #expect(try await pruner.prune(tight) == PrunedAmounts(), "what went counts no more")
            _ = try await Self.finishedRun(stage, daysAgo: 0)
            #expect(try await pruner.prune(tight)?.logBytes == 8)
            let counts = try await Self.counts(stage)
            #expect(counts.contains("attempts 8") && counts.contains("logs 4"))
            let left = """
                SELECT count(*)::text FROM attempt_log l JOIN attempt a ON a.id = l.attempt_id
                WHERE a.ended_at > now() - interval '30 hours'
                """
            #expect(try await stage.ask(left) == [["4"]], "the newest")
        }
    }

    @Test func `what runs is kept, and takes the place of what has ended`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.source, id: "dag")
            _ = try await Self.finishedRun(stage, daysAgo: 1)
            _ = try await stage.trigger("dag")
            let running = try #require(try await stage.claim().first)
            try await stage.change(
                """
                INSERT INTO attempt_log (attempt_id, start_byte, first_line, line_ends, bytes)
                    VALUES ('\(running.attempt)', 0, 1, 1, 'much of it');
                UPDATE attempt SET log_bytes = 10 WHERE id = '\(running.attempt)';
                """
            )
            let pruner = Pruner(store: stage.store, holder: "one:1")
            #expect(try await pruner.prune(Retention(logBudget: 9))?.logBytes == 8)
            #expect(try await Self.counts(stage).contains("logs 1"))
        }
    }

    @Test func `a run that is cleared keeps its folder`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.source, id: "dag")
            let name = try await Self.finishedRun(stage, daysAgo: 3)
            let retention = Retention(runFolders: .seconds(86_400))
            let pruner = Pruner(store: stage.store, holder: "one:1")
            _ = try await pruner.prune(retention)
            #expect(try await Self.counts(stage).contains("folders dag_\(name.key)"))
            _ = try await stage.operations.clear(
                ClearRequest(run: name, tasks: [], downstream: false, upstream: false, onlyFailed: false),
                planHash: nil,
                actor: "test",
                reason: nil
            )
            #expect(try await Self.counts(stage).contains("folders -"))
            _ = try await pruner.prune(retention)
            #expect(try await Self.counts(stage).contains("folders -"), "it has not ended")
        }
    }

    @Test func `while one server prunes, others do not, and one that was replaced stops`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.source, id: "dag")
            _ = try await Self.finishedRun(stage, daysAgo: 40)
            _ = try await stage.store.transaction {
                try $0.acquireLease(Pruner.lease, holder: "two:1", for: .seconds(60))
            }
            #expect(try await Pruner(store: stage.store, holder: "one:1").prune(Self.month) == nil)
            #expect(try await Self.counts(stage).contains("runs 1"))
            try await stage.change("UPDATE lease SET expires_at = now() - interval '1 minute'")
            #expect(try await Pruner(store: stage.store, holder: "one:1").prune(Self.month)?.runs == 1)
        }
    }

    @Test func `months that nobody needs are dropped whole`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.source, id: "dag")
            try await stage.change(
                """
                CREATE TABLE tick_202401 PARTITION OF tick FOR VALUES FROM ('2024-01-01 00:00+00') TO ('2024-02-01 00:00+00');
                CREATE TABLE tick_202402 PARTITION OF tick FOR VALUES FROM ('2024-02-01 00:00+00') TO ('2024-03-01 00:00+00');
                CREATE TABLE transition_202401 PARTITION OF transition
                    FOR VALUES FROM ('2024-01-01 00:00+00') TO ('2024-02-01 00:00+00');
                CREATE TABLE attempt_log_202401 PARTITION OF attempt_log FOR VALUES
                    FROM ('018cc251-f400-0000-0000-000000000000') TO ('018d61f8-a000-0000-0000-000000000000');
                INSERT INTO tick (dag_id, tick_at, decision) SELECT id, '2024-01-05', 'overlap' FROM dag;
                """
            )
            let stuck = try await stage.trigger("dag")
            try await stage.change(
                """
                INSERT INTO tick (dag_id, tick_at, decision, run_id) SELECT dag_id, '2024-02-05', 'created', id FROM dag_run
                    WHERE key = '\(stuck.key)';
                """
            )
            let planned = try await stage.store.oldAmounts(Self.month.cutoffs(at: try await stage.store.now()))
            let gone = try await Pruner(store: stage.store, holder: "one:1").prune(Self.month)
            #expect(gone == planned && planned.ticks == 1)
            let left = "SELECT relname::text FROM pg_class WHERE relname ~ '_20240[12]$' AND relkind = 'r' ORDER BY 1"
            #expect(try await stage.ask(left) == [["tick_202402"]], "its run has not ended")
        }
    }
}
