import Core
import Store
import Testing

@testable import Scheduler

/// What the scheduler does about attempts whose runner stays silent.
struct SilentRunnerTests {
    /// Claims the only task, whose runner then falls silent.
    private static func with(
        _ policy: String,
        _ body: (Stage, RunName, SchedulerService) async throws -> Void
    ) async throws {
        try await Stage.with { stage in
            let source = "tasks: {only: {run: 'true', timeout: 1m, on_unreachable: {\(policy)}}}"
            try await stage.put(source, id: "one")
            let run = try await stage.trigger("one")
            let claimed = try #require(try await stage.claim().first)
            try await stage.change(
                "UPDATE attempt SET state = 'unreachable', unreachable_at = now() WHERE id = '\(claimed.attempt)'"
            )
            let scheduler = SchedulerService(engine: stage.engine, tzdata: { nil }, logger: stage.engine.logger)
            try await body(stage, run, scheduler)
        }
    }

    @Test func `an attempt that its runner ends by itself is tried again`() async throws {
        try await Self.with("retry_after: 1m") { stage, run, scheduler in
            try await stage.change("UPDATE attempt SET silence_limit_us = 1000")
            _ = try await scheduler.runOnce()
            _ = try await scheduler.runOnce()
            #expect(try await stage.attemptStates(run, "only") == [.lost])
            #expect(try await stage.states(run).tasks["only"] == .upForRetry)
            #expect(try await stage.ask("SELECT losses::text FROM task_instance")[0][0] == "1")
            try await stage.expectSound()
        }
    }

    @Test func `or its task fails`() async throws {
        try await Self.with("fail_after: 1m") { stage, run, scheduler in
            try await stage.change("UPDATE attempt SET silence_limit_us = 1000")
            _ = try await scheduler.runOnce()
            _ = try await scheduler.runOnce()
            #expect(try await stage.attemptStates(run, "only") == [.lost])
            #expect(try await stage.states(run).run == .failed)
        }
    }

    @Test func `one that its runner does not end is waited for`() async throws {
        try await Self.with("retry_after: 1m") { stage, run, scheduler in
            _ = try await scheduler.runOnce()
            _ = try await scheduler.runOnce()
            #expect(try await stage.attemptStates(run, "only") == [.unreachable])
        }
    }

    @Test func `a silence is no longer than it was watched, whatever the database's clock says`() async throws {
        try await Self.with("retry_after: 1m") { stage, run, scheduler in
            try await stage.change(
                "UPDATE attempt SET silence_limit_us = 60000000, unreachable_at = now() - interval '1 day'"
            )
            _ = try await scheduler.runOnce()
            _ = try await scheduler.runOnce()
            #expect(try await stage.attemptStates(run, "only") == [.unreachable])
        }
    }
}
