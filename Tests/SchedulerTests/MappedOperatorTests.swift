import Core
import Scheduler
import Store
import Testing

struct MappedOperatorTests {
    @Test func `one instance is cleared, marked and cancelled without touching the others`() async throws {
        try await Stage.with { stage in
            try await stage.put(MappedTaskTests.pipeline, id: "files")
            let run = try await stage.trigger("files")
            try await MappedTaskTests.extract("[1, 2, 3]", stage)
            let claimed = try await stage.claim()
            try await stage.exit(claimed[0], code: 0)
            try await stage.exit(claimed[1], code: 1)
            try await stage.operations.cancel(run: run, task: "clean", mapIndex: 2, actor: "test", reason: nil)
            #expect(try await stage.attempt(claimed[2]) == "t")
            try await stage.exit(claimed[2], code: 1)
            try await stage.play()
            #expect(
                try await stage.instances(run) == [
                    "extract success", "clean[0] success", "clean[1] failed", "clean[2] cancelled", "check[0] success",
                    "check[1] upstream_failed", "check[2] upstream_failed", "load upstream_failed",
                ]
            )
            #expect(try await stage.states(run).run == .failed)
            try await stage.operations.mark(
                run: run,
                task: "clean",
                mapIndex: 2,
                state: .success,
                actor: "test",
                reason: nil
            )
            #expect(try await stage.play() == ["check"])
            let plan = try await stage.operations.clear(
                ClearRequest(run: run, tasks: ["clean"], mapIndex: 1, downstream: true),
                planHash: nil,
                actor: "test",
                reason: nil
            )
            #expect(plan.items.map { "\($0.task) \($0.mapIndex ?? -1)" } == ["clean 1", "check 1", "load -1"])
            try await stage.expectSound()
            #expect(try await stage.play() == ["clean", "check", "load"])
            #expect(try await stage.states(run).run == .success)
            try await stage.expectSound()
        }
    }

    @Test func `clearing the upstream expands anew, and what exists no more is removed`() async throws {
        try await Stage.with { stage in
            try await stage.put(MappedTaskTests.pipeline, id: "files")
            let run = try await stage.trigger("files")
            try await MappedTaskTests.extract("[1, 2, 3]", stage)
            try await stage.play()
            #expect(try await stage.states(run).run == .success)
            let clear = ClearRequest(run: run, tasks: ["extract"], downstream: true)
            _ = try await stage.operations.clear(clear, planHash: nil, actor: "test", reason: nil)
            try await stage.expectSound()
            try await MappedTaskTests.extract("[1, 2]", stage)
            try await stage.expectSound()
            try await stage.play()
            #expect(
                try await stage.instances(run) == [
                    "extract success", "clean[0] success", "clean[1] success", "clean[2] removed", "check[0] success",
                    "check[1] success", "check[2] removed", "load success",
                ]
            )
            #expect(try #require(try await stage.store.run(run)).taskCount == 6)
            _ = try await stage.operations.clear(clear, planHash: nil, actor: "test", reason: nil)
            try await MappedTaskTests.extract("[1, 2, 3, 4]", stage)
            try await stage.play()
            #expect(try await stage.instances(run).count { $0.hasSuffix("success") } == 10)
            #expect(try await stage.states(run).run == .success)
            try await stage.expectSound()
            _ = try await stage.operations.clear(clear, planHash: nil, actor: "test", reason: nil)
            try await MappedTaskTests.extract("[]", stage)
            #expect(try await stage.states(run).run == .success)
            #expect(try await stage.instances(run).filter { !$0.hasSuffix("removed") }.count == 4)
            try await stage.expectSound()
        }
    }

    @Test func `a list whose upstream is cleared before an instance has begun is worked out anew`() async throws {
        try await Stage.with { stage in
            try await stage.put(MappedTaskTests.pipeline, id: "files")
            let run = try await stage.trigger("files")
            try await MappedTaskTests.extract("[1, 2, 3]", stage)
            let request = ClearRequest(run: run, tasks: ["extract"])
            let plan = try await stage.operations.planClear(request)
            #expect(plan.items.map(\.task) == ["extract"])
            let also = plan.also.map { "\($0.task)[\($0.mapIndex ?? -1)] \($0.old?.rawValue ?? "new") \($0.new)" }
            #expect(
                also == [
                    "clean[-1] new waiting", "clean[0] queued removed", "clean[1] queued removed",
                    "clean[2] queued removed", "check[-1] new waiting", "check[0] waiting removed",
                    "check[1] waiting removed", "check[2] waiting removed",
                ]
            )
            _ = try await stage.operations.clear(request, planHash: plan.hash, actor: "test", reason: nil)
            #expect(
                try await stage.instances(run).filter { $0.hasSuffix("waiting") } == [
                    "clean waiting", "check waiting", "load waiting",
                ]
            )
            try await stage.expectSound()
            try await MappedTaskTests.extract("[1, 2]", stage)
            try await stage.play()
            #expect(try await stage.states(run).run == .success)
            #expect(try #require(try await stage.store.run(run)).taskCount == 6)
            try await stage.expectSound()
        }
    }

    @Test func `a task that is cleared while some of its instances run keeps its list`() async throws {
        try await Stage.with { stage in
            try await stage.put(MappedTaskTests.pipeline, id: "files")
            let run = try await stage.trigger("files")
            try await MappedTaskTests.extract("[1, 2]", stage)
            let claimed = try await stage.claim()
            try await stage.exit(claimed[0], code: 1)
            let plan = try await stage.operations.clear(
                ClearRequest(run: run, tasks: ["clean"], downstream: true),
                planHash: nil,
                actor: "test",
                reason: nil
            )
            #expect(plan.items.map { "\($0.task) \($0.mapIndex ?? -1)" } == ["clean 0", "check 0", "load -1"])
            try await stage.expectSound()
            try await stage.exit(claimed[1], code: 0)
            try await stage.play()
            #expect(try await stage.states(run).run == .success)
            try await stage.expectSound()
        }
    }

    @Test func `a follower that ended before there were instances gets its own when it is cleared`() async throws {
        try await Stage.with { stage in
            try await stage.put(MappedTaskTests.pipeline, id: "files")
            let run = try await stage.trigger("files")
            try await stage.operations.cancel(run: run, task: "check", mapIndex: nil, actor: "test", reason: nil)
            try await stage.expectSound()
            try await MappedTaskTests.extract("[1, 2]", stage)
            try await stage.expectSound()
            let claimed = try await stage.claim()
            try await stage.exit(claimed[0], code: 0)
            try await stage.expectSound()
            _ = try await stage.operations.clear(
                ClearRequest(run: run, tasks: ["check"], downstream: true),
                planHash: nil,
                actor: "test",
                reason: nil
            )
            #expect(
                try await stage.instances(run) == [
                    "extract success", "clean[0] success", "clean[1] queued", "check[0] queued", "check[1] waiting",
                    "load waiting",
                ]
            )
            try await stage.expectSound()
            try await stage.exit(claimed[1], code: 0)
            try await stage.play()
            #expect(try await stage.states(run).run == .success)
            try await stage.expectSound()
        }
    }
}
