import Core
import Scheduler
import Store
import Testing

struct RerunTests {
    private static let old = """
        params:
          region: {type: string, default: emea}
          limit: {type: integer, default: 5}
        tasks:
          extract: {run: "true"}
          audit: {needs: extract, run: "true"}
          load: {needs: [extract, audit], run: "true"}
        """

    private static let new = """
        params:
          region: {type: string, default: amer}
          depth: {type: integer, default: 2}
        tasks:
          check: {run: "true"}
          extract: {needs: check, run: "true"}
          load: {needs: extract, run: "true", priority: 7, allow_failure: true}
        """

    private static func rerun(_ run: RunName, _ mode: RerunMode, _ stage: Stage, plan: String? = nil) async throws {
        _ = try await stage.operations.rerun(run: run, mode: mode, planHash: plan, actor: "ana", reason: "mended")
    }

    @Test func `as it was, everything begins anew by the run's own version`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.old, id: "sales")
            let run = try await stage.trigger("sales", params: ["region": "apac"])
            try await stage.play { $0 == "audit" ? 1 : 0 }
            try await stage.put(Self.new, id: "sales")
            let plan = try await stage.operations.planRerun(run: run, mode: .asItWas)
            #expect(plan.oldVersion == 1 && plan.newVersion == 1 && plan.params.isEmpty)
            #expect(plan.tasks.map(\.change) == [.same, .same, .same])
            try await Self.rerun(run, .asItWas, stage, plan: plan.hash)
            try await stage.expectSound()
            #expect(try await stage.play() == ["extract", "audit", "load"])
            #expect(try await stage.states(run).run == .success)
            #expect(try await stage.store.run(run)?.version == 1)
        }
    }

    @Test func `the dry run refuses a move that the act would refuse`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.old, id: "sales")
            let run = try await stage.trigger("sales")
            try await stage.play()
            try await stage.put(
                Self.old.replacing("extract: {run: \"true\"}", with: "extract: {run: \"true\", for_each: [1, 2]}"),
                id: "sales"
            )
            await #expect(throws: OperationError.self) {
                try await stage.operations.planRerun(run: run, mode: .asItIsNow)
            }
            #expect(try await stage.operations.planRerun(run: run, mode: .asItWas).starting == 3)
        }
    }

    @Test func `as it is now, the run moves to today's version, and its history stays`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.old, id: "sales")
            let run = try await stage.trigger("sales", params: ["region": "apac"])
            try await stage.play { $0 == "audit" ? 1 : 0 }
            try await stage.put(Self.new, id: "sales")
            let plan = try await stage.operations.planRerun(run: run, mode: .asItIsNow)
            #expect(plan.oldVersion == 1 && plan.newVersion == 2)
            #expect(
                plan.tasks.map { "\($0.task) \($0.change.rawValue) \($0.instances)" } == [
                    "check added 0", "extract changed 1", "load changed 1", "audit removed 1",
                ]
            )
            #expect(
                plan.params.map { "\($0.name) \($0.old ?? "-") \($0.new ?? "-")" } == ["depth - 2", "limit 5 -"]
            )
            try await Self.rerun(run, .asItIsNow, stage, plan: plan.hash)
            try await stage.expectSound()
            #expect(
                try await stage.instances(run) == [
                    "audit removed", "check queued", "extract waiting", "load waiting",
                ]
            )
            #expect(try await stage.play { $0 == "load" ? 1 : 0 } == ["check", "extract", "load"])
            #expect(try await stage.states(run).run == .success, "its failure is allowed today")
            try await stage.expectSound()
            let record = try #require(try await stage.store.run(run))
            #expect(record.version == 2 && record.taskCount == 3)
            #expect(record.params.contains("apac") && !record.params.contains("limit"))
            #expect(try await stage.attemptStates(run, "audit") == [.failed])
            #expect(try await stage.attemptStates(run, "extract") == [.success, .success])
            let versions = try await stage.ask(
                """
                SELECT t.task_id || ' ' || a.number || ' ' || coalesce(v.number::text, 'of the run')
                FROM attempt a JOIN task_instance t ON t.id = a.task_instance_id
                    LEFT JOIN dag_version v ON v.id = a.version_id ORDER BY 1
                """
            )
            #expect(
                versions.map { $0[0] } == [
                    "audit 1 1", "check 1 of the run", "extract 1 1", "extract 2 of the run", "load 1 of the run",
                ]
            )
            let deed = try #require(try await stage.store.deeds(ofRun: record.rowID, limit: 1).first)
            #expect(deed.verb == .rerun && deed.actor == "ana" && deed.reason == "mended")
            #expect(deed.detail["from_version"] == "1" && deed.detail["to_version"] == "2")
            #expect(deed.detail["param_before.limit"] == "5")
            #expect(try await stage.ask("SELECT priority::text FROM task_instance WHERE task_id = 'load'") == [["7"]])
        }
    }

    @Test func `a task that comes back finds its attempts, and the run may move as often as one likes`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.old, id: "sales")
            let run = try await stage.trigger("sales")
            try await stage.play()
            for (number, text) in [Self.new, Self.old, Self.new, Self.old].enumerated() {
                try await stage.put(text + "\n# \(number)", id: "sales")
                try await Self.rerun(run, .asItIsNow, stage)
                try await stage.expectSound()
                try await stage.play()
                #expect(try await stage.states(run).run == .success)
                try await stage.expectSound()
            }
            #expect(try await stage.attemptStates(run, "audit").count == 3)
            #expect(try await stage.attemptStates(run, "load").count == 5)
            try await stage.operations.mark(
                run: run,
                task: "load",
                mapIndex: nil,
                state: .failed,
                actor: "ana",
                reason: nil
            )
            try await stage.expectSound()
        }
    }

    @Test func `mapped tasks are expanded anew by today's list`() async throws {
        try await Stage.with { stage in
            let text = { (list: String, name: String) in
                """
                tasks:
                  first: {run: "true"}
                  \(name): {needs: first, for_each: \(list), run: "true"}
                  last: {needs: \(name), run: "true"}
                """
            }
            try await stage.put(text("[1, 2, 3]", "each"), id: "files")
            let run = try await stage.trigger("files")
            try await stage.play()
            try await stage.put(text("[1]", "each"), id: "files")
            try await Self.rerun(run, .asItIsNow, stage)
            try await stage.expectSound()
            #expect(try await stage.play() == ["first", "each", "last"])
            try await stage.expectSound()
            try await stage.put(text("[1, 2]", "other"), id: "files")
            try await Self.rerun(run, .asItIsNow, stage)
            try await stage.expectSound()
            #expect(try await stage.play() == ["first", "other", "other", "last"])
            #expect(try await stage.states(run).run == .success)
            try await stage.expectSound()
            #expect(try #require(try await stage.store.run(run)).taskCount == 4)
        }
    }

    @Test func `what is under way, gone, or does not fit is refused and left as it is`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.old, id: "sales")
            let run = try await stage.trigger("sales")
            await #expect(throws: OperationError.self, "it runs") { try await Self.rerun(run, .asItWas, stage) }
            try await stage.play()
            let changed = Self.new.replacing("default: amer", with: "enum: [amer]")
            try await stage.put(changed, id: "sales")
            let refused = await #expect(throws: OperationError.self) {
                try await Self.rerun(run, .asItIsNow, stage)
            }
            #expect(refused?.description.contains("do not fit") ?? false, "\(String(describing: refused))")
            let mapped = Self.old.replacing("{needs: extract, run", with: "{needs: extract, for_each: [1, 2], run")
            try await stage.put(mapped, id: "sales")
            await #expect(throws: OperationError.self, "audit ran as one") {
                try await Self.rerun(run, .asItIsNow, stage)
            }
            await #expect(throws: OperationError.planChanged) {
                try await Self.rerun(run, .asItWas, stage, plan: "0")
            }
            #expect(try await stage.states(run).run == .success)
            #expect(try await stage.store.run(run)?.version == 1)
            try await stage.expectSound()
        }
    }
}

extension String {
    /// The text with another in place of one that occurs in it.
    fileprivate func replacing(_ old: String, with new: String) -> String {
        guard let range = firstRange(of: old) else { return self }
        var text = self
        text.replaceSubrange(range, with: new)
        return text
    }
}
