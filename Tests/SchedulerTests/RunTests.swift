import Core
import Postgres
import Scheduler
import Store
import Testing

struct RunTests {
    private static let diamond = """
        tasks:
          first: {run: "true"}
          left: {needs: first, run: "true"}
          right: {needs: first, run: "true"}
          last: {needs: [left, right], run: "true"}
        """

    @Test func `tasks start in the order of their dependencies and the run succeeds`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.diamond, id: "diamond")
            let run = try await stage.trigger("diamond")
            let order = try await stage.play()
            #expect(order == ["first", "left", "right", "last"])
            let states = try await stage.states(run)
            #expect(states.run == .success)
            #expect(states.tasks.values.allSatisfy { $0 == .success })
            try await stage.expectSound()
        }
    }

    @Test func `a failure blocks what is downstream, and the run fails`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.diamond, id: "diamond")
            let run = try await stage.trigger("diamond")
            let order = try await stage.play { $0 == "left" ? 1 : 0 }
            #expect(order == ["first", "left", "right"])
            let states = try await stage.states(run)
            #expect(states.run == .failed)
            #expect(states.tasks == ["first": .success, "left": .failed, "right": .success, "last": .upstreamFailed])
            try await stage.expectSound()
        }
    }

    @Test func `a task that is queued waits again when what it needs is cleared`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.diamond, id: "diamond")
            let run = try await stage.trigger("diamond")
            let first = try await stage.claim()
            try await stage.exit(try #require(first.first), code: 0)
            #expect(try await stage.states(run).tasks["left"] == .queued)
            let request = ClearRequest(run: run, tasks: ["first"])
            let plan = try await stage.operations.planClear(request)
            #expect(plan.items.map(\.task) == ["first"])
            #expect(
                plan.also.map { "\($0.task) \($0.old?.rawValue ?? "") \($0.new)" } == [
                    "left queued waiting", "right queued waiting",
                ]
            )
            let done = try await stage.operations.clear(request, planHash: plan.hash, actor: "test", reason: nil)
            #expect(done == plan)
            #expect(
                try await stage.states(run).tasks
                    == ["first": .queued, "left": .waiting, "right": .waiting, "last": .waiting]
            )
            try await stage.expectSound()
            #expect(try await stage.play() == ["first", "left", "right", "last"])
            #expect(try await stage.states(run).run == .success)
        }
    }

    @Test func `what nobody can reach is unreachable, and a person may give it up`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.diamond, id: "diamond")
            let run = try await stage.trigger("diamond")
            let first = try #require(try await stage.claim().first)
            let mark = {
                try await stage.operations.mark(
                    run: run,
                    task: "first",
                    mapIndex: nil,
                    state: .success,
                    actor: "test",
                    reason: nil
                )
            }
            await #expect(throws: OperationError.self, "it runs") { try await mark() }
            try await stage.store.transaction { connection in
                _ = try connection.acquireLease("runner:stage", holder: "test:1", for: .zero)
                try connection.setUnreachableWithoutServer(for: .seconds(60))
            }
            #expect(try await stage.attemptStates(run, "first") == [.intended], "not at once")
            try await stage.store.transaction { try $0.setUnreachableWithoutServer(for: .zero) }
            #expect(try await stage.attemptStates(run, "first") == [.unreachable])
            try await mark()
            #expect(try await stage.attemptStates(run, "first") == [.unknown])
            let last = "SELECT new_state, actor FROM transition WHERE attempt_id IS NOT NULL ORDER BY id DESC LIMIT 1"
            #expect(try await stage.ask(last, columns: 2) == [["unknown", "test"]])
            #expect(try await stage.play() == ["left", "right", "last"])
            #expect(try await stage.states(run).run == .success)
            // What comes in after all changes nothing.
            try await stage.exit(first, code: 1)
            #expect(try await stage.attemptStates(run, "first") == [.unknown])
            #expect(try await stage.states(run).run == .success)
            try await stage.expectSound()
        }
    }

    @Test func `a run that is being cancelled ends once what nobody can reach is given up`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.diamond, id: "diamond")
            let run = try await stage.trigger("diamond")
            let first = try #require(try await stage.claim().first)
            try await stage.operations.cancel(run: run, actor: "test", reason: nil)
            let mark = { (task: String) in
                try await stage.operations.mark(
                    run: run,
                    task: task,
                    mapIndex: nil,
                    state: .failed,
                    actor: "test",
                    reason: nil
                )
            }
            try await stage.store.transaction { try $0.setCancelling([first.attempt]) }
            await #expect(throws: OperationError.self, "its runner answers") { try await mark("first") }
            try await stage.store.transaction { connection in
                _ = try connection.acquireLease("runner:stage", holder: "test:1", for: .zero)
                try connection.setUnreachableWithoutServer(for: .zero)
            }
            #expect(try await stage.attemptStates(run, "first") == [.unreachable])
            await #expect(throws: OperationError.self, "it has ended") { try await mark("left") }
            try await mark("first")
            #expect(try await stage.attemptStates(run, "first") == [.unknown])
            #expect(try await stage.states(run).run == .cancelled)
            try await stage.expectSound()
        }
    }

    @Test func `a plan of a clear names what comes after and runs on`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.diamond, id: "diamond")
            let run = try await stage.trigger("diamond")
            try await stage.exit(try #require(try await stage.claim().first), code: 0)
            #expect(try await stage.claim().map(\.task).sorted() == ["left", "right"])
            let plan = try await stage.operations.planClear(
                ClearRequest(run: run, tasks: ["first"], downstream: true)
            )
            #expect(plan.items.first?.task == "first")
            #expect(plan.running.map(\.task).sorted() == ["left", "right"])
            let other = try await stage.operations.planClear(ClearRequest(run: run, tasks: ["last"]))
            #expect(other.running.isEmpty)
        }
    }

    @Test func `clearing a task makes what is due for a retry behind it wait again`() async throws {
        try await Stage.with { stage in
            try await stage.put(
                "tasks: {first: {run: 'true'}, last: {run: 'true', needs: first, retries: 1, timeout: 1m}}",
                id: "chain"
            )
            let run = try await stage.trigger("chain")
            for code: Int32 in [0, 1] {
                let claimed = try #require(try await stage.claim().first)
                try await stage.exit(claimed, code: code)
            }
            #expect(try await stage.states(run).tasks["last"] == .upForRetry)
            _ = try await stage.operations.clear(
                ClearRequest(run: run, tasks: ["first"]),
                planHash: nil,
                actor: "test",
                reason: nil
            )
            #expect(try await stage.states(run).tasks == ["first": .queued, "last": .waiting])
            #expect(try await stage.play() == ["first", "last"])
            try await stage.expectSound()
        }
    }

    @Test func `many runs that wait keep no backfill from starting`() async throws {
        try await Stage.with { stage in
            try await stage.put(
                "schedule: '@hourly'\nmax_active_runs: 1\ntasks: {first: {run: 'true'}}",
                id: "busy"
            )
            for number in 0..<250 { _ = try await stage.trigger("busy", key: "key \(number)") }
            for hour in [1, 5] {
                _ = try await stage.operations.backfill(
                    BackfillRequest(dag: "busy", from: "2026-01-01T0\(hour):00", to: "2026-01-01T0\(hour + 2):00"),
                    actor: "test"
                )
            }
            let running = try await stage.ask(
                "SELECT coalesce(backfill_id, 0)::text FROM dag_run WHERE state = 'running' ORDER BY 1"
            )
            #expect(running == [["0"], ["1"], ["2"]], "one regular run and one of each backfill")
        }
    }

    @Test func `a backfill is paused, goes on, and is cancelled with what it began`() async throws {
        try await Stage.with { stage in
            try await stage.put("schedule: '@hourly'\ntasks: {first: {run: 'true'}}", id: "hourly")
            _ = try await stage.operations.backfill(
                BackfillRequest(dag: "hourly", from: "2026-01-01T00:00", to: "2026-01-01T05:00"),
                actor: "test"
            )
            func states() async throws -> [String] {
                try await stage.ask("SELECT state || ' ' || count(*) FROM dag_run GROUP BY state ORDER BY 1").map {
                    $0[0]
                }
            }
            #expect(try await states() == ["queued 4", "running 1"])
            try await stage.operations.pauseBackfill(1, actor: "test")
            try await stage.play()
            let held = try await states()
            #expect(held == ["queued 4", "success 1"], "nothing more is started")
            await #expect(throws: OperationError.self, "it is paused already") {
                try await stage.operations.pauseBackfill(1, actor: "test")
            }
            try await stage.operations.resumeBackfill(1, actor: "test")
            #expect(try await states() == ["queued 3", "running 1", "success 1"])
            try await stage.operations.cancelBackfill(1, actor: "test")
            #expect(try await states() == ["cancelled 4", "success 1"])
            #expect(try await stage.ask("SELECT state FROM backfill") == [["cancelled"]])
            await #expect(throws: OperationError.unknownBackfill(2)) {
                try await stage.operations.cancelBackfill(2, actor: "test")
            }
            try await stage.expectSound()
        }
    }

    @Test func `an allowed failure counts as success`() async throws {
        try await Stage.with { stage in
            try await stage.put(
                """
                tasks:
                  first: {run: "false", allow_failure: true}
                  last: {needs: first, run: "true"}
                """,
                id: "lenient"
            )
            let run = try await stage.trigger("lenient")
            try await stage.play { $0 == "first" ? 1 : 0 }
            let states = try await stage.states(run)
            #expect(states.run == .success)
            #expect(states.tasks == ["first": .failed, "last": .success])
            try await stage.expectSound()
        }
    }

    @Test func `when is judged by outputs, and what it leaves out is skipped`() async throws {
        try await Stage.with { stage in
            try await stage.put(
                """
                tasks:
                  count: {run: "true", outputs: {rows: integer}}
                  some: {needs: count, when: tasks.count.outputs.rows > 0, run: "true"}
                  none: {needs: count, when: tasks.count.outputs.rows == 0, run: "true"}
                  join: {needs: [some, none], trigger_rule: none_failed_min_one_success}
                """,
                id: "branch"
            )
            let run = try await stage.trigger("branch")
            let count = try #require(try await stage.claim().first)
            try await stage.exit(count, code: 0, outputs: ["rows": "7"])
            #expect(try await stage.play() == ["some"])
            let states = try await stage.states(run)
            #expect(states.run == .success)
            #expect(states.tasks == ["count": .success, "some": .success, "none": .skipped, "join": .success])
            try await stage.expectSound()
        }
    }

    @Test func `a failed attempt is tried again when its pause is over`() async throws {
        try await Stage.with { stage in
            try await stage.put(
                """
                tasks:
                  flaky: {run: "true", retries: {limit: 1, delay: 0s}}
                """,
                id: "flaky"
            )
            let run = try await stage.trigger("flaky")
            let first = try #require(try await stage.claim().first)
            try await stage.exit(first, code: 1)
            #expect(try await stage.states(run).tasks == ["flaky": .upForRetry])
            #expect(try await stage.claim().isEmpty)
            let due = try await stage.store.perform { try $0.runsWithDueRetries(limit: 10) }
            try await stage.engine.queueRetries(inRuns: due)
            let second = try #require(try await stage.claim().first)
            try await stage.exit(second, code: 1)
            let states = try await stage.states(run)
            #expect(states.tasks == ["flaky": .failed], "no retry is left")
            #expect(states.run == .failed)
            let detail = try #require(try await stage.store.runDetail(run))
            #expect(detail.tasks[0].attempts.map(\.number) == [1, 2])
            try await stage.expectSound()
        }
    }

    @Test func `a report that comes twice changes nothing the second time`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.diamond, id: "diamond")
            let run = try await stage.trigger("diamond")
            let first = try #require(try await stage.claim().first)
            try await stage.exit(first, code: 0)
            try await stage.exit(first, code: 1)
            #expect(try await stage.states(run).tasks["first"] == .success)
            try await stage.expectSound()
        }
    }

    @Test func `cancelling ends idle tasks at once and running ones when their runner has ended them`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.diamond, id: "diamond")
            let run = try await stage.trigger("diamond")
            let first = try #require(try await stage.claim().first)
            try await stage.operations.cancel(run: run, actor: "ana", reason: nil)
            var states = try await stage.states(run)
            #expect(states.run == .running)
            #expect(states.tasks == ["first": .queued, "left": .cancelled, "right": .cancelled, "last": .cancelled])
            let asked = try await stage.store.perform { try $0.cancelRequests(runner: "stage") }
            #expect(asked == [first.attempt])
            try await stage.exit(first, code: 143)
            states = try await stage.states(run)
            #expect(states.run == .cancelled)
            #expect(states.tasks["first"] == .cancelled)
            try await stage.expectSound()
        }
    }

    @Test func `clearing a failed task with what it blocked runs them again`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.diamond, id: "diamond")
            let run = try await stage.trigger("diamond")
            try await stage.play { $0 == "left" ? 1 : 0 }
            let request = ClearRequest(run: run, onlyFailed: true)
            let plan = try await stage.operations.planClear(request)
            #expect(plan.items.map(\.task) == ["left", "last"])
            #expect(try await stage.states(run).run == .failed, "a plan changes nothing")
            _ = try await stage.operations.clear(request, planHash: plan.hash, actor: "ana", reason: nil)
            #expect(try await stage.play() == ["left", "last"])
            #expect(try await stage.states(run).run == .success)
            await #expect(throws: OperationError.planChanged) {
                try await stage.operations.clear(request, planHash: plan.hash, actor: "ana", reason: nil)
            }
            try await stage.expectSound()
        }
    }

    @Test func `marking a failed task as success lets what it blocked run`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.diamond, id: "diamond")
            let run = try await stage.trigger("diamond")
            try await stage.play { $0 == "left" ? 1 : 0 }
            try await stage.operations.mark(
                run: run,
                task: "left",
                mapIndex: nil,
                state: .success,
                actor: "ana",
                reason: nil
            )
            #expect(try await stage.play() == ["last"])
            #expect(try await stage.states(run).run == .success)
            try await stage.expectSound()
        }
    }

    @Test func `only as many runs are under way as the DAG allows`() async throws {
        try await Stage.with { stage in
            try await stage.put("max_active_runs: 1\ntasks: {one: {run: 'true'}}\n", id: "narrow")
            let first = try await stage.trigger("narrow")
            let second = try await stage.trigger("narrow")
            #expect(try await stage.states(first).run == .running)
            #expect(try await stage.states(second).run == .queued)
            try await stage.exit(try #require(try await stage.claim().first), code: 0)
            #expect(try await stage.states(first).run == .success)
            #expect(try await stage.states(second).run == .running)
            try await stage.expectSound()
        }
    }

    @Test func `one idempotency key makes one run`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.diamond, id: "diamond")
            let first = try await stage.trigger("diamond", key: "abc")
            let second = try await stage.trigger("diamond", key: "abc")
            #expect(first == second)
            let third = try await stage.trigger("diamond", key: "def")
            #expect(third != first)
        }
    }

    @Test func `a thousand tasks that a failure blocks are followed in one pass`() async throws {
        try await Stage.with { stage in
            var source = "tasks:\n  t0: {run: 'true'}\n"
            for number in 1...1_000 { source += "  t\(number): {needs: t\(number - 1), run: 'true'}\n" }
            try await stage.put(source, id: "chain")
            let run = try await stage.trigger("chain")
            let order = try await stage.play { _ in 1 }
            #expect(order == ["t0"])
            let states = try await stage.states(run)
            #expect(states.run == .failed)
            #expect(states.tasks.values.filter { $0 == .upstreamFailed }.count == 1_000)
            try await stage.expectSound()
        }
    }
}
