import Core
import Store
import TestKit
import Testing

@testable import Scheduler

/// The loop, and what wakes it.
struct SchedulerServiceTests {
    @Test func `a retry is queued when it is due, however long the scheduler would have slept`() async throws {
        try await Stage.with { stage in
            try await stage.put("tasks: {only: {run: 'false', timeout: 1m, retries: {limit: 1, delay: 1s}}}", id: "one")
            let run = try await stage.trigger("one")
            var configuration = SchedulerService.Configuration()
            configuration.pollInterval = .seconds(3_600)
            let scheduler = SchedulerService(
                engine: stage.engine,
                configuration: configuration,
                tzdata: { nil },
                logger: stage.engine.logger
            )
            try await withThrowingTaskGroup { group in
                group.addTask { try await scheduler.run() }
                try await eventually("a first look") { scheduler.age != nil }
                let claimed = try #require(try await stage.claim().first)
                try await stage.exit(claimed, code: 1)
                try await eventually("the retry") { try await stage.states(run).tasks["only"] == .queued }
                group.cancelAll()
            }
        }
    }
}
