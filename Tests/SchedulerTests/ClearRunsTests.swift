import Core
import Scheduler
import Store
import Testing

struct ClearRunsTests {
    private static let chain = """
        max_active_runs: 40
        tasks:
          extract: {run: "true"}
          load: {needs: extract, run: "true"}
          report: {needs: load, run: "true"}
        """

    /// A run for each of the first days of August, played to its end.
    private static func runs(_ days: ClosedRange<Int>, _ stage: Stage, failing: Set<Int> = []) async throws {
        for day in days {
            let date = Timestamp(rfc3339: "2026-08-\(day < 10 ? "0" : "")\(day)T00:00:00Z")
            _ = try await stage.operations.trigger(
                dag: "sales",
                params: [:],
                logicalDate: date,
                actor: "test",
                idempotencyKey: nil
            )
            try await stage.play { $0 == "load" && failing.contains(day) ? 1 : 0 }
        }
    }

    @Test func `tasks of the runs between two dates begin anew, and of no other run`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.chain, id: "sales")
            try await Self.runs(1...5, stage, failing: [2, 3])
            let request = ClearRunsRequest(
                dag: "sales",
                runs: .dated(from: "2026-08-02", to: "2026-08-05"),
                tasks: ["load"],
                downstream: true,
                onlyFailed: true
            )
            let plan = try await stage.operations.planClear(request)
            #expect(plan.count == 4)
            #expect(plan.runs.map(\.run.key) == ["2026-08-02T000000Z-m", "2026-08-03T000000Z-m"])
            #expect(plan.runs.allSatisfy { $0.items.map(\.task) == ["load", "report"] })
            let done = try await stage.operations.clear(
                request,
                planHash: plan.hash,
                count: nil,
                actor: "ana",
                reason: "column added"
            )
            #expect(done == plan)
            try await stage.expectSound()
            #expect(try await stage.play().count == 4)
            let states = try await stage.ask("SELECT state FROM dag_run ORDER BY id")
            #expect(states == Array(repeating: ["success"], count: 5))
            let deeds = try await stage.ask("SELECT verb || ' ' || tasks || ' ' || actor || ' ' || reason FROM deed")
            #expect(deeds == Array(repeating: ["clear 2 ana column added"], count: 2))
            try await stage.expectSound()
        }
    }

    @Test func `more than 50 tasks are cleared only by who gives their number`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.chain, id: "sales")
            try await Self.runs(1...17, stage)
            let request = ClearRunsRequest(dag: "sales", runs: .dated(from: "2026-08-01", to: "2026-09-01"))
            let clear = { (count: Int?) in
                try await stage.operations.clear(request, planHash: nil, count: count, actor: "ana", reason: nil)
            }
            await #expect(throws: OperationError.countDemanded(51, given: nil)) { _ = try await clear(nil) }
            await #expect(throws: OperationError.countDemanded(51, given: 50)) { _ = try await clear(50) }
            #expect(try await stage.ask("SELECT 'x' FROM dag_run WHERE state <> 'success'").isEmpty)
            #expect(try await clear(51).runs.count == 17)
            #expect(try await stage.play().count == 51)
        }
    }

    @Test func `a changed plan is not carried out in any of the runs`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.chain, id: "sales")
            try await Self.runs(1...3, stage)
            let request = ClearRunsRequest(
                dag: "sales",
                runs: .dated(from: "2026-08-01", to: "2026-08-04"),
                tasks: ["report"]
            )
            let plan = try await stage.operations.planClear(request)
            let last = try #require(plan.runs.last?.run)
            try await stage.operations.mark(
                run: last,
                task: "report",
                mapIndex: nil,
                state: .failed,
                actor: "ben",
                reason: nil
            )
            await #expect(throws: OperationError.planChanged) {
                try await stage.operations.clear(request, planHash: plan.hash, count: nil, actor: "ana", reason: nil)
            }
            #expect(try await stage.ask("SELECT 'x' FROM task_instance WHERE ended_at IS NULL").isEmpty)
        }
    }

    @Test func `what cannot be meant is refused in a sentence`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.chain, id: "sales")
            try await Self.runs(1...1, stage)
            let plan = { (from: String, to: String, task: String) in
                _ = try await stage.operations.planClear(
                    ClearRunsRequest(dag: "sales", runs: .dated(from: from, to: to), tasks: [task])
                )
            }
            let unknown = await #expect(throws: OperationError.self) {
                try await plan("2026-08-01", "2026-08-02", "laod")
            }
            #expect(unknown?.description.contains("Did you mean 'load'?") ?? false)
            await #expect(throws: OperationError.self) { try await plan("2026-08-02", "2026-08-02", "load") }
            await #expect(throws: OperationError.self) { try await plan("yesterday", "2026-08-02", "load") }
            await #expect(throws: OperationError.self) {
                _ = try await stage.operations.clear(
                    ClearRunsRequest(dag: "sales", runs: .dated(from: "2025-08-01", to: "2025-08-02")),
                    planHash: nil,
                    count: nil,
                    actor: "ana",
                    reason: nil
                )
            }
        }
    }
}
