import Core
import Postgres
import Scheduler
import Store
import Testing

@testable import Executor

/// Claims by several servers at once, on a real database.
struct ClaimTests {
    private static func source(tasks: Int, pool: String?, slots: Int = 1) -> String {
        let lines = (0..<tasks).map { number in
            "  t\(number): {run: \"true\", timeout: 1m, slots: \(slots)\(pool.map { ", pool: \($0)" } ?? "")}"
        }
        return "max_active_tasks: 10000\ntasks:\n" + lines.joined(separator: "\n") + "\n"
    }

    /// Makes a runner that this test acts for.
    private static func runner(_ stage: Stage, _ name: String, slots: Int) async throws -> Claimer {
        try await stage.change(
            "INSERT INTO runner (name, kind, slots, state) VALUES ('\(name)', 'http', \(slots), 'online')"
        )
        let fence = try await stage.store.transaction {
            try $0.acquireLease("runner:\(name)", holder: "\(name):1", for: .seconds(600))
        }
        return Claimer(
            runner: ClaimingRunner(
                name: name,
                labels: [],
                slots: slots,
                isLocal: false,
                fence: fence ?? 0,
                holder: "\(name):1"
            ),
            versions: stage.engine.versions,
            identity: nil
        )
    }

    private static func claim(
        _ stage: Stage,
        _ claimer: Claimer,
        _ memory: ClaimMemory = ClaimMemory()
    ) async throws -> Claim {
        try await stage.store.transaction { try claimer.claim(except: FullLimits(), memory, on: $0) }
    }

    @Test func `a free slot is no news for a runner that takes what names it, of which nothing is queued`() async throws
    {
        let fan = WakeFan()
        let subscriptions = [fan.subscribe(), fan.subscribe()]
        subscriptions[1].wantsRoom = false
        fan.setForRoom()
        // What was set before does not wait.
        await subscriptions[0].signal.wait(atMost: .seconds(600))
        fan.set()
        for subscription in subscriptions { await subscription.signal.wait(atMost: .seconds(600)) }

        try await Stage.with { stage in
            try await stage.put(Self.source(tasks: 2, pool: nil), id: "d")
            let others = try await Self.runner(stage, "r", slots: 1)
            var runner = others.runner
            runner.takesAny = false
            let own = Claimer(runner: runner, versions: stage.engine.versions, identity: nil)
            #expect(try await Self.claim(stage, own).isIdle)
            #expect(
                try await Self.claim(stage, others).isIdle == false,
                "it may have to take what finds no room elsewhere"
            )
            var full = FullLimits()
            full.dags = [1]
            let behind = full
            let claim = try await stage.store.transaction { connection in
                try own.claim(except: behind, ClaimMemory(), on: connection)
            }
            #expect(!claim.isIdle, "what is full may have room again")
        }
    }

    @Test func `what is full is written once, and taken back`() async throws {
        try await Stage.with { stage in
            let runner = try await Self.runner(stage, "r", slots: 1).runner
            let said = try await stage.store.transaction { connection in
                try connection.setPools([(name: "a", slots: 1, order: .fair)])
                var full = FullLimits()
                full.pools = ["a"]
                try connection.noteFull(full, noLonger: FullLimits())
                let before = try connection.ground(for: runner, dags: [], pools: ["a"])
                try connection.noteFull(FullLimits(), noLonger: full)
                let after = try connection.ground(for: runner, dags: [], pools: ["a"])
                return [before, after].map { $0?.limits }
            }
            #expect(said.map { $0?.poolSlots } == [["a": 1], ["a": 1]])
            #expect(said.map { $0?.saidFull.pools } == [["a"], []])
        }
    }

    @Test func `servers that claim at the same time never fill a pool beyond its size`() async throws {
        try await Stage.with { stage in
            try await stage.store.transaction { try $0.setPools([(name: "small", slots: 3, order: .fair)]) }
            for dag in ["a", "b", "c"] {
                try await stage.put(Self.source(tasks: 12, pool: "small", slots: dag == "c" ? 2 : 1), id: dag)
                _ = try await stage.trigger(dag)
            }
            var claimers: [Claimer] = []
            for number in 0..<4 { claimers.append(try await Self.runner(stage, "r\(number)", slots: 50)) }
            try await withThrowingTaskGroup(of: Int.self) { group in
                for claimer in claimers {
                    group.addTask {
                        var ended = 0
                        // As long as anybody has something queued.
                        while try await stage.ask(
                            "SELECT 'x' FROM task_instance WHERE state = 'queued' AND attempt_id IS NULL LIMIT 1"
                        ).count > 0 {
                            let claim = try await Self.claim(stage, claimer)
                            let used = try await stage.ask(
                                "SELECT coalesce(sum(slots), 0)::text FROM attempt WHERE ended_at IS NULL AND pool = 'small'"
                            )
                            let slots = Int(used[0][0]) ?? 99
                            #expect(slots <= 3)
                            for task in claim.tasks {
                                try await stage.exit(
                                    Stage.Claimed(
                                        attempt: task.intent.id,
                                        run: task.intent.task.run,
                                        task: task.task.id,
                                        mapIndex: -1
                                    ),
                                    code: 0
                                )
                                ended += 1
                            }
                        }
                        return ended
                    }
                }
                let ended = try await group.reduce(0, +)
                #expect(ended == 36)
            }
            #expect(try await stage.ask("SELECT DISTINCT state FROM dag_run") == [["success"]])
            #expect(try await stage.ask("SELECT count(*)::text FROM attempt") == [["36"]], "each task was claimed once")
        }
    }

    @Test func `a DAG with a long queue does not keep another's single task waiting`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.source(tasks: 300, pool: nil), id: "long")
            try await stage.put(Self.source(tasks: 1, pool: nil), id: "short")
            _ = try await stage.trigger("long")
            let claimer = try await Self.runner(stage, "r", slots: 1)
            var memory = ClaimMemory()
            let first = try await Self.claim(stage, claimer, memory)
            memory = first.memory
            _ = try await stage.trigger("short")
            for task in first.tasks {
                try await stage.exit(
                    Stage.Claimed(attempt: task.intent.id, run: task.intent.task.run, task: task.task.id, mapIndex: -1),
                    code: 0
                )
            }
            let second = try await Self.claim(stage, claimer, memory)
            #expect(second.tasks.map(\.version.dag.id) == ["short"])
        }
    }

    @Test func `of many DAGs each comes into view`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.source(tasks: 200, pool: nil), id: "long")
            _ = try await stage.trigger("long")
            for number in 0..<40 {
                try await stage.put(Self.source(tasks: 1, pool: nil), id: "d\(number)")
                _ = try await stage.trigger("d\(number)")
            }
            let claimer = try await Self.runner(stage, "r", slots: 1)
            var memory = ClaimMemory()
            var served: Set<String> = []
            for _ in 0..<64 {
                let claim = try await Self.claim(stage, claimer, memory)
                memory = claim.memory
                for task in claim.tasks {
                    served.insert(task.version.dag.id)
                    try await stage.exit(
                        Stage.Claimed(
                            attempt: task.intent.id,
                            run: task.intent.task.run,
                            task: task.task.id,
                            mapIndex: -1
                        ),
                        code: 0
                    )
                }
            }
            #expect(served.count == 41, "each of 41 DAGs has had a turn, although one has 200 tasks before theirs")
        }
    }

    @Test(arguments: [(QueueOrder.shortest, "t99"), (.criticalPath, "t98")])
    func `earlier durations decide, however many tasks were queued before`(
        _ order: QueueOrder,
        _ expected: String
    ) async throws {
        try await Stage.with { stage in
            let tasks = (0..<100).map { "  t\($0): {run: \"true\", pool: p, timeout: 1m}" }.joined(separator: "\n")
            try await stage.store.transaction { try $0.setPools([(name: "p", slots: 200, order: order)]) }
            try await stage.put("max_active_tasks: 200\ntasks:\n\(tasks)", id: "wide")
            _ = try await stage.trigger("wide")
            try await stage.play()
            try await stage.change(
                """
                UPDATE attempt a SET duration_us = CASE t.task_id WHEN 't99' THEN 1000 WHEN 't98' THEN 900000000
                    ELSE 60000000 END FROM task_instance t WHERE t.id = a.task_instance_id;
                UPDATE pool SET slots = 1;
                """
            )
            _ = try await stage.trigger("wide")
            let claim = try await Self.claim(stage, try await Self.runner(stage, "r", slots: 5))
            #expect(claim.tasks.map(\.task.id) == [expected])
        }
    }

    @Test func `how many tasks of a DAG run at once is what its file says now`() async throws {
        try await Stage.with { stage in
            let tasks = (0..<9).map { "  t\($0): {run: \"true\", timeout: 1m}" }.joined(separator: "\n")
            try await stage.put("max_active_tasks: 1\nmax_active_runs: 2\ntasks:\n\(tasks)", id: "sales")
            _ = try await stage.trigger("sales")
            try await stage.put("max_active_tasks: 4\nmax_active_runs: 2\ntasks:\n\(tasks)", id: "sales")
            _ = try await stage.trigger("sales")
            let claim = try await Self.claim(stage, try await Self.runner(stage, "r", slots: 50))
            #expect(claim.tasks.count == 4, "also those of the run that began under the older version")
        }
    }

    @Test(
        arguments: [
            (QueueOrder.fifo, ["old", "urgent", "new"]), (.priority, ["urgent", "old", "new"]),
            (.deadline, ["new", "old", "urgent"]), (.shortest, ["old", "urgent", "new"]),
        ]
    )
    func `a pool's order is applied`(_ order: QueueOrder, _ expected: [String]) async throws {
        try await Stage.with { stage in
            try await stage.store.transaction { try $0.setPools([(name: "p", slots: 1, order: order)]) }
            let source = """
                tasks:
                  old: {run: "true", pool: p, timeout: 1m}
                """
            for name in ["old", "urgent", "new"] {
                try await stage.put(source.replacing("old:", with: "\(name):"), id: name)
                _ = try await stage.trigger(name)
            }
            try await stage.change(
                """
                UPDATE task_instance SET queued_at = now() - interval '20 minutes' WHERE task_id = 'old';
                UPDATE task_instance SET queued_at = now() - interval '10 minutes', priority = 50 WHERE task_id = 'urgent';
                UPDATE dag_run SET start_by = now() + interval '1 minute' FROM dag WHERE dag.id = dag_id AND name = 'new';
                """
            )
            let claimer = try await Self.runner(stage, "r", slots: 5)
            var started: [String] = []
            for _ in 0..<3 {
                let claim = try await Self.claim(stage, claimer)
                for task in claim.tasks {
                    started.append(task.task.id)
                    try await stage.exit(
                        Stage.Claimed(
                            attempt: task.intent.id,
                            run: task.intent.task.run,
                            task: task.task.id,
                            mapIndex: -1
                        ),
                        code: 0
                    )
                }
            }
            #expect(started == expected)
        }
    }

    @Test func `what is full is told once, on what is full`() async throws {
        try await Stage.with { stage in
            try await stage.store.transaction { try $0.setPools([(name: "p", slots: 1, order: .fair)]) }
            try await stage.put(Self.source(tasks: 3, pool: "p"), id: "a")
            _ = try await stage.trigger("a")
            let claimer = try await Self.runner(stage, "r", slots: 5)
            let claim = try await Self.claim(stage, claimer)
            #expect(claim.tasks.count == 1 && claim.full.pools == ["p"])
            let full = "SELECT (full_since IS NOT NULL)::text FROM pool"
            #expect(try await stage.ask(full) == [["true"]])
            #expect(
                try await stage.ask("SELECT DISTINCT hold FROM task_instance WHERE hold IS NOT NULL") == [
                    ["pool_full p"]
                ]
            )
            try await stage.change("UPDATE pool SET slots = 9")
            #expect(try await Self.claim(stage, claimer).tasks.count == 2)
            #expect(try await stage.ask(full) == [["false"]])
        }
    }

    @Test func `labels that nobody has do not hide those behind them`() async throws {
        try await Stage.with { stage in
            let many =
                "  many: {runner: {labels: [gpu]}, for_each: [\((0..<1_100).map(String.init).joined(separator: ", "))], run: \"true\"}"
            let one = "  one: {runner: {labels: [big]}, needs: first, run: \"true\"}"
            let text = "max_active_tasks: 10000\ntasks:\n  first: {run: \"true\", runner: \"r\"}\n\(many)\n\(one)\n"
            try await stage.put(text, id: "a")
            _ = try await stage.trigger("a")
            var claimer = try await Self.runner(stage, "r", slots: 4)
            let first = try await Self.claim(stage, claimer)
            #expect(first.tasks.count == 1 && !first.isRunnerFull)
            try await stage.change("UPDATE attempt SET state = 'success', ended_at = now()")
            try await stage.change(
                """
                UPDATE task_instance SET state = 'success', ended_at = now(), attempt_id = NULL WHERE task_id = 'first';
                UPDATE task_instance SET state = 'queued', queued_at = now() WHERE task_id = 'one'
                """
            )
            var runner = claimer.runner
            runner.labels = ["big"]
            claimer = Claimer(runner: runner, versions: stage.engine.versions, identity: nil)
            #expect(try await Self.claim(stage, claimer).tasks.map { $0.task.id } == ["one"])
        }
    }

    @Test func `a look at a queue of ten thousand reads a window of it`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.source(tasks: 1, pool: nil), id: "a")
            _ = try await stage.trigger("a")
            try await stage.change(
                """
                INSERT INTO task_instance (run_id, dag_id, task_id, task_index, map_index, state, upstream, queued_at, priority)
                SELECT run_id, dag_id, task_id, task_index, n, 'queued', 0, now() - n * interval '1 second', n % 7
                FROM task_instance, generate_series(1, 20000) n;
                ANALYZE task_instance;
                ANALYZE dag_run;
                """
            )
            let claimer = try await Self.runner(stage, "r", slots: 8)
            let window = try await stage.store.transaction {
                try $0.queuedTasks(for: claimer.runner, limit: 64, except: FullLimits())
            }
            #expect(window.tasks.count >= 64 && window.tasks.count < 200)
            let plan = try await stage.explain("queued_tasks", claimer.runner)
            #expect(plan.contains("task_instance_queue"), "\(plan)")
            #expect(!plan.contains("Seq Scan on task_instance") && !plan.contains("Sort Key: ((t."), "\(plan)")

            try await stage.change(
                """
                INSERT INTO dag_run (dag_id, version_id, key, type, state, logical_date, data_interval_start,
                    data_interval_end, run_after, actor, tasks, unfinished, ended_at)
                SELECT dag_id, version_id, 'old-' || n, 'manual', 'success', now(), now(), now(), now(), 'test', 1, 0, now()
                FROM dag_run, generate_series(1, 20000) n;
                ANALYZE dag_run
                """
            )
            let afterYears = try await stage.explain("queued_tasks_after_years", claimer.runner)
            #expect(!afterYears.contains("Seq Scan on dag_run"), "\(afterYears)")

            let another = ClaimingRunner(
                name: "another",
                labels: [],
                slots: 8,
                isLocal: false,
                takesAny: false,
                fence: 1,
                holder: "h"
            )
            let looked = try await stage.explain("queued_tasks", another, options: "ANALYZE, COSTS OFF, TIMING OFF")
            let rows = looked.split(separator: "\n").filter { $0.contains("on task_instance") }
            #expect(rows.count > 2 && rows.allSatisfy { $0.contains("rows=0") || $0.contains("never") }, "\(looked)")
        }
    }
}

extension Stage {
    /// How PostgreSQL would look at the queue for a runner.
    func explain(
        _ name: String,
        _ runner: ClaimingRunner,
        options: String = "COSTS OFF"
    ) async throws -> String {
        try await store.perform { connection in
            let sql = Connection.queuedTasksStatement.sql
            return try connection.execute(
                Statement(name: "test_explain_\(name)_\(runner.name)", sql: "EXPLAIN (\(options)) " + sql),
                [
                    [runner.name] + (runner.takesAny ? ["#true"] : []), runner.labels, 64, [Int](), [String](), 0,
                    runner.slots, Int(Int32.min), runner.slots, Int?.none, [String](),
                ]
            ).map { try $0.decode(0, as: String.self) }.joined(separator: "\n")
        }
    }
}
