import Core
import Postgres
import Scheduler
import Store
import Testing

struct MappedTaskTests {
    static let pipeline = """
        max_active_tasks: 1000
        tasks:
          extract: {run: "true", outputs: {files: json}}
          clean:
            needs: extract
            for_each: "{{ tasks.extract.outputs.files }}"
            run: "true"
            outputs: {rows: integer}
          check: {for_each: {same_as: clean}, run: "true"}
          load: {needs: [clean, check], run: "true"}
        """

    /// Plays `extract`, which publishes these files.
    static func extract(_ files: String, _ stage: Stage) async throws {
        let extract = try #require(try await stage.claim().first { $0.task == "extract" })
        try await stage.exit(extract, code: 0, outputs: ["files": files])
    }

    @Test func `a mapped task has one instance for each item, and what comes after needs them all`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.pipeline, id: "files")
            let run = try await stage.trigger("files")
            try await Self.extract(#"["a", "b", "c"]"#, stage)
            #expect(
                try await stage.instances(run) == [
                    "extract success", "clean[0] queued", "clean[1] queued", "clean[2] queued", "check[0] waiting",
                    "check[1] waiting", "check[2] waiting", "load waiting",
                ]
            )
            try await stage.expectSound()
            let claimed = try await stage.claim()
            try await stage.exit(claimed[1], code: 0)
            #expect(
                try await stage.instances(run).filter { $0.hasPrefix("check") } == [
                    "check[0] waiting", "check[1] queued", "check[2] waiting",
                ]
            )
            try await stage.expectSound()
            try await stage.exit(claimed[0], code: 0)
            try await stage.exit(claimed[2], code: 0)
            #expect(try await stage.play() == ["check", "check", "check", "load"])
            #expect(try await stage.states(run).run == .success)
            let detail = try #require(try await stage.store.run(run))
            #expect(detail.taskCount == 8)
            try await stage.expectSound()
        }
    }

    @Test(arguments: [
        (
            "[]",
            ["extract success", "clean skipped no_items", "check skipped trigger_rule", "load skipped trigger_rule"],
            RunState.success
        ),
        (
            "{}",
            [
                "extract success",
                "clean failed task 'clean' has no list to map over: its for_each gave '{}', which is JSON, but no list",
                "check upstream_failed", "load upstream_failed",
            ], RunState.failed
        ),
    ])
    func `without items a mapped task is skipped, and without a list it fails`(
        files: String,
        instances: [String],
        state: RunState
    ) async throws {
        try await Stage.with { stage in
            try await stage.put(Self.pipeline, id: "files")
            let run = try await stage.trigger("files")
            try await Self.extract(files, stage)
            #expect(try await stage.instances(run, reasons: true) == instances)
            #expect(try await stage.states(run).run == state)
            try await stage.expectSound()
        }
    }

    @Test func `max_parallel holds instances back, shows why, and lets them follow in order`() async throws {
        try await Stage.with { stage in
            let source = """
                tasks:
                  clean: {for_each: [1, 2, 3, 4, 5], max_parallel: 2, retries: {limit: 1, delay: 1h}, run: "true"}
                  load: {needs: clean, run: "true"}
                """
            try await stage.put(source, id: "files")
            let run = try await stage.trigger("files")
            let first = try await stage.claim()
            #expect(first.count == 2)
            let holds = try await stage.ask(
                "SELECT coalesce(hold, '') FROM task_instance ORDER BY task_index, map_index"
            )
            #expect(holds.map { $0[0] } == ["", "", "max_parallel 2", "max_parallel 2", "max_parallel 2", ""])
            // One that waits for its next attempt keeps its place.
            try await stage.exit(first[0], code: 1)
            #expect(try await stage.claim().isEmpty)
            try await stage.exit(first[1], code: 0)
            #expect(
                try await stage.instances(run) == [
                    "clean[0] up_for_retry", "clean[1] success", "clean[2] queued", "clean[3] waiting",
                    "clean[4] waiting",
                    "load waiting",
                ]
            )
            try await stage.expectSound()
            for index in 2...4 {
                let next = try await stage.claim()
                #expect(next.count == 1, "instance \(index)")
                try await stage.exit(try #require(next.first), code: 0)
            }
            try await stage.operations.mark(
                run: run,
                task: "clean",
                mapIndex: 0,
                state: .success,
                actor: "test",
                reason: nil
            )
            #expect(try await stage.play() == ["load"])
            #expect(try await stage.states(run).run == .success)
            try await stage.expectSound()
        }
    }

    @Test func `conditions far down a chain know their items`() async throws {
        try await Stage.with { stage in
            let source = """
                tasks:
                  a: {for_each: [{keep: true}, {keep: false}], run: "true", outputs: {go: boolean}}
                  b: {for_each: {same_as: a}, when: tasks.a.outputs.go, run: "true"}
                  c: {for_each: {same_as: b}, run: "true"}
                  d: {for_each: {same_as: c}, run: "true"}
                  e: {for_each: {same_as: d}, run: "true"}
                  f: {for_each: {same_as: e}, trigger_rule: all_done, when: item.keep, run: "true"}
                """
            try await stage.put(source, id: "chain")
            let run = try await stage.trigger("chain")
            for item in try await stage.claim() { try await stage.exit(item, code: 0, outputs: ["go": "false"]) }
            #expect(try await stage.instances(run, reasons: true).suffix(2) == ["f[0] queued", "f[1] skipped when"])
            try await stage.expectSound()
        }
    }

    @Test func `rules see every instance, allowed failures count as success, and when is judged for each`() async throws
    {
        try await Stage.with { stage in
            let source = """
                tasks:
                  clean: {for_each: [1, 2, 3], when: item > 1, run: "true"}
                  some: {needs: clean, trigger_rule: one_failed, run: "true"}
                  never: {needs: clean, trigger_rule: all_failed, run: "true"}
                  soft: {for_each: [1, 2], allow_failure: true, run: "true"}
                  after: {needs: soft, run: "true"}
                """
            try await stage.put(source, id: "rules")
            let run = try await stage.trigger("rules")
            #expect(
                try await stage.instances(run).prefix(3) == ["clean[0] skipped", "clean[1] queued", "clean[2] queued"]
            )
            for item in try await stage.claim() {
                try await stage.exit(item, code: item.task == "soft" || item.mapIndex == 2 ? 1 : 0)
            }
            try await stage.play()
            #expect(
                try await stage.instances(run, reasons: true).suffix(6) == [
                    "clean[2] failed", "some success", "never skipped trigger_rule", "soft[0] failed", "soft[1] failed",
                    "after success",
                ]
            )
            #expect(try await stage.states(run).run == .failed)
            try await stage.expectSound()
        }
    }

    @Test func `another server, started at any step, goes on with what is stored`() async throws {
        try await Stage.with { first in
            var stage = first
            try await stage.put(Self.pipeline, id: "files")
            let run = try await stage.trigger("files")
            try await Self.extract("[1, 2, 3, 4, 5]", stage)
            while true {
                let next = stage.restarted()
                if stage.store !== first.store { await stage.closePool() }
                stage = next
                try await stage.expectSound()
                guard let item = try await stage.claim(limit: 1).first else { break }
                try await stage.exit(item, code: 0)
            }
            #expect(try await first.states(run).run == .success)
            if stage.store !== first.store { await stage.closePool() }
        }
    }

    @Test func `three servers that report ends at once keep max_parallel and every count`() async throws {
        try await Stage.with { first in
            let source = """
                max_active_tasks: 1000
                params:
                  files: {type: json, default: []}
                tasks:
                  clean: {for_each: "{{ params.files }}", max_parallel: 10, run: "true"}
                  check: {for_each: {same_as: clean}, max_parallel: 5, run: "true"}
                  load: {needs: check, run: "true"}
                """
            try await first.put(source, id: "shared")
            let files = "[" + (0..<60).map(String.init).joined(separator: ",") + "]"
            let run = try await first.trigger("shared", params: ["files": files])
            let stages = [first, first.restarted(), first.restarted()]
            while true {
                let claimed = try await first.claim()
                guard !claimed.isEmpty else { break }
                #expect(claimed.count { $0.task == "clean" } <= 10)
                #expect(claimed.count { $0.task == "check" } <= 5)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for (place, item) in claimed.enumerated() {
                        group.addTask { try await stages[place % 3].exit(item, code: 0) }
                    }
                    try await group.waitForAll()
                }
                try await first.expectSound()
            }
            #expect(try await first.states(run).run == .success)
            #expect(try await first.instances(run).count == 121)
            for stage in stages.dropFirst() { await stage.closePool() }
        }
    }

    @Test func `ten thousand instances are made in one short transaction, and run to their end`() async throws {
        try await Stage.with { stage in
            let source = """
                max_active_tasks: 10000
                params:
                  files: {type: json, default: []}
                tasks:
                  clean: {for_each: "{{ params.files }}", max_parallel: 100, run: "true"}
                  load: {needs: clean, run: "true"}
                """
            try await stage.put(source, id: "many")
            let files = "[" + (0..<10_000).map(String.init).joined(separator: ",") + "]"
            let clock = ContinuousClock()
            let begin = clock.now
            let run = try await stage.trigger("many", params: ["files": files])
            let made = clock.now - begin
            #expect(try #require(try await stage.store.run(run)).taskCount == 10_001)
            let claimed = try await stage.claim()
            #expect(claimed.count == 100)
            let ends = clock.now
            for item in claimed { try await stage.exit(item, code: 0) }
            print("10,000 instances made in \(made), 100 ends in \(clock.now - ends)")
            #expect(try await stage.claim().count == 100)
            try await stage.expectSound()
            try await stage.operations.cancel(run: run, actor: "test", reason: nil)
            try await stage.expectSound()
        }
    }
}
