import Core
import Dispatch
import Scheduler
import Store
import Testing

/// The words of operators: what their dry runs say, what is recorded, and what acts once.
struct VerbTests {
    private static let chain = """
        tasks:
          extract: {run: "true"}
          load: {needs: extract, run: "true"}
          report: {needs: load, run: "true"}
          tidy: {needs: load, trigger_rule: all_done, run: "true"}
        """

    private static func words(_ plan: VerbPlan) -> [String] {
        plan.changes.map { change in
            let index = change.mapIndex.map { "[\($0)]" } ?? ""
            return "\(change.task)\(index) \(change.old?.rawValue ?? "none") \(change.new.rawValue)"
                + (change.isAsked ? " asked" : "")
        }
    }

    /// Everything that a dry run must leave as it is.
    private static func rows(_ stage: Stage) async throws -> [[String]] {
        try await stage.ask(
            """
            SELECT (SELECT string_agg(t::text, ';' ORDER BY t.id) FROM task_instance t),
                (SELECT string_agg(r::text, ';' ORDER BY r.id) FROM dag_run r),
                (SELECT string_agg(a::text, ';' ORDER BY a.id) FROM attempt a),
                (SELECT count(*)::text FROM transition), (SELECT count(*)::text FROM deed)
            """,
            columns: 5
        )
    }

    @Test func `the dry run of a mark tells what becomes ready, and changes nothing`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.chain, id: "sales")
            let run = try await stage.trigger("sales")
            try await stage.play { $0 == "load" ? 1 : 0 }
            #expect(try await stage.states(run).run == .failed)
            let before = try await Self.rows(stage)
            let plan = try await stage.operations.plan(.mark("load", mapIndex: nil, as: .success), run: run)
            #expect(Self.words(plan) == ["load failed success", "report upstream_failed queued"])
            #expect(plan.oldState == .failed && plan.newState == .queued)
            #expect(try await Self.rows(stage) == before)
            let none = try await stage.operations.plan(.mark("load", mapIndex: nil, as: .skipped), run: run)
            #expect(none.hash != plan.hash)
        }
    }

    @Test func `the dry run of a mark tells how the run ends where nothing is left to be done`() async throws {
        try await Stage.with { stage in
            let source = """
                tasks:
                  bad: {run: "true"}
                  after: {needs: bad, run: "true"}
                """
            try await stage.put(source, id: "sales")
            let run = try await stage.trigger("sales")
            try await stage.play { _ in 1 }
            let verb = RunVerb.mark("bad", mapIndex: nil, as: .skipped)
            let plan = try await stage.operations.plan(verb, run: run)
            #expect(Self.words(plan) == ["bad failed skipped", "after upstream_failed skipped"])
            #expect(plan.newState == .success)
            try await stage.operations.perform(verb, run: run, planHash: plan.hash, actor: "ana", reason: nil)
            let end = try await stage.states(run)
            #expect(end.run == .success && end.tasks == ["bad": .skipped, "after": .skipped])
        }
    }

    @Test func `a mark is done as it was shown, and recorded with who and why`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.chain, id: "sales")
            let run = try await stage.trigger("sales")
            let extract = try #require(try await stage.claim().first)
            try await stage.exit(extract, code: 1)
            let verb = RunVerb.mark("extract", mapIndex: nil, as: .success)
            let plan = try await stage.operations.plan(verb, run: run)
            #expect(plan.oldState == .running && plan.newState == .running)
            #expect(
                Self.words(plan) == [
                    "extract failed success", "load upstream_failed queued", "report upstream_failed waiting",
                ]
            )
            await #expect(throws: OperationError.planChanged) {
                try await stage.operations.perform(verb, run: run, planHash: "0", actor: "ana", reason: nil)
            }
            #expect(try await stage.states(run).tasks["extract"] == .failed)
            try await stage.operations.perform(verb, run: run, planHash: plan.hash, actor: "ana", reason: "by hand")
            #expect(try await stage.states(run).tasks["load"] == .queued)
            try await stage.expectSound()
            let id = try #require(try await stage.store.run(run)).rowID
            let deed = try #require(try await stage.store.deeds(ofRun: id, limit: 10).first)
            #expect(deed.verb == .mark && deed.subject == "extract" && deed.detail == ["state": "success"])
            #expect(deed.actor == "ana" && deed.reason == "by hand" && deed.tasks == 1)
        }
    }

    @Test func `the dry run of a cancel tells what is asked to end, and what that blocks`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.chain, id: "sales")
            let run = try await stage.trigger("sales")
            let extract = try #require(try await stage.claim().first)
            let before = try await Self.rows(stage)
            let one = try await stage.operations.plan(.cancelTask("extract", mapIndex: nil), run: run)
            #expect(
                Self.words(one) == [
                    "extract queued cancelled asked", "load waiting upstream_failed",
                    "report waiting upstream_failed", "tidy waiting queued",
                ]
            )
            #expect(one.newState == .running, "what comes after in any case still runs")
            let all = try await stage.operations.plan(.cancelRun, run: run)
            #expect(Self.words(all).map { $0.split(separator: " ")[2] }.allSatisfy { $0 == "cancelled" })
            #expect(all.changes.count == 4 && all.changes.count(where: \.isAsked) == 1)
            #expect(all.newState == .cancelled)
            #expect(try await Self.rows(stage) == before)
            try await stage.operations.perform(
                .cancelTask("extract", mapIndex: nil),
                run: run,
                planHash: one.hash,
                actor: "ana",
                reason: "wrong input"
            )
            #expect(try await stage.attempt(extract) == "t")
            try await stage.exit(extract, code: 1)
            #expect(try await stage.play() == ["tidy"])
            #expect(try await stage.states(run).run == .failed)
            let id = try #require(try await stage.store.run(run)).rowID
            #expect(try await stage.store.deeds(ofRun: id, limit: 10).map(\.reason) == ["wrong input"])
        }
    }

    @Test func `a form acts once, whether it is sent twice in turn or at once`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.chain, id: "sales")
            let run = try await stage.trigger("sales")
            try await stage.play()
            let request = ClearRequest(run: run, tasks: ["report"])
            let results = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        do {
                            let form = stage.operations.once("form-1")
                            _ = try await form.clear(request, planHash: nil, actor: "ana", reason: nil)
                            return true
                        } catch OperationError.sentBefore {
                            return false
                        }
                    }
                }
                return try await group.reduce(into: [Bool]()) { $0.append($1) }
            }
            #expect(results.count(where: \.self) == 1)
            #expect(try await stage.play() == ["report"])
            await #expect(throws: OperationError.sentBefore(nil), "later, too") {
                try await stage.operations.once("form-1").clear(request, planHash: nil, actor: "ana", reason: nil)
            }
            #expect(try await stage.play().isEmpty)
            let refused = stage.operations.once("form-2")
            await #expect(throws: OperationError.planChanged) {
                try await refused.clear(request, planHash: "0", actor: "ana", reason: nil)
            }
            let second = try await refused.clear(request, planHash: nil, actor: "ana", reason: nil)
            #expect(second.items.count == 1, "what was refused has not used the form")
        }
    }

    @Test func `one key makes one run, also where both requests come at once`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.chain, id: "sales")
            let names = try await withThrowingTaskGroup(of: RunName.self) { group in
                for _ in 0..<4 { group.addTask { try await stage.trigger("sales", key: "k") } }
                return try await group.reduce(into: Set<RunName>()) { $0.insert($1) }
            }
            #expect(names.count == 1)
        }
    }

    @Test func `a pause is recorded with who and why, and its plan tells what it holds back`() async throws {
        try await Stage.with(clock: Timestamp(rfc3339: "2026-08-21T10:00:00Z")) { stage in
            try await stage.put("schedule: \"0 4 * * *\"\n" + Self.chain, id: "sales")
            _ = try await stage.trigger("sales")
            let plan = try await stage.operations.planPause(dag: "sales")
            #expect(plan.nextRun == Timestamp(rfc3339: "2026-08-22T04:00:00Z"))
            #expect(plan.running == 1 && plan.queued == 0 && !plan.isPaused)
            try await stage.operations.setPaused(dag: "sales", true, actor: "ana", reason: "warehouse moves")
            try await stage.operations.setPaused(dag: "sales", true, actor: "ben", reason: "again")
            let id = try #require(try await stage.store.dag("sales")).rowID
            let deeds = try await stage.store.deeds(ofDAG: id, limit: 10)
            #expect(deeds.map(\.actor) == ["ana"] && deeds.map(\.reason) == ["warehouse moves"])
            #expect(try await stage.operations.planPause(dag: "sales").isPaused)
        }
    }

    @Test func `a run whose tasks go on ending can be cancelled, and a busy DAG paused, as it was agreed`() async throws
    {
        try await Stage.with { stage in
            try await stage.put(Self.chain, id: "sales")
            let run = try await stage.trigger("sales")
            let cancel = try await stage.operations.plan(.cancelRun, run: run).hash
            let pause = try await stage.operations.planPause(dag: "sales").hash
            let extract = try #require(try await stage.claim().first)
            try await stage.exit(extract, code: 0)
            _ = try await stage.trigger("sales")
            try await stage.operations.perform(.cancelRun, run: run, planHash: cancel, actor: "ana", reason: nil)
            try await stage.operations.setPaused(dag: "sales", true, planHash: pause, actor: "ana")
            #expect(try await stage.states(run).run == .cancelled)
            #expect(try await stage.ask("SELECT paused::text FROM dag") == [["true"]])
        }
    }

    @Test func `a run whose DAG's file is gone is not opened again, for nothing would start it`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.chain, id: "sales")
            let run = try await stage.trigger("sales")
            try await stage.play { $0 == "load" ? 1 : 0 }
            try await stage.change("UPDATE dag SET state = 'retired', retired_at = now()")
            let request = ClearRequest(run: run, tasks: ["load"])
            await #expect(throws: OperationError.self) {
                try await stage.operations.clear(request, planHash: nil, actor: "ana", reason: nil)
            }
            await #expect(throws: OperationError.self, "the dry run says so too") {
                try await stage.operations.planClear(request)
            }
            #expect(try await stage.states(run).run == .failed)
            try await stage.expectSound()
        }
    }

    @Test func `the dry run of a clear refuses a run that is being cancelled, as the clear does`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.chain, id: "sales")
            let run = try await stage.trigger("sales")
            let extract = try #require(try await stage.claim().first)
            try await stage.operations.cancel(run: run, actor: "ana", reason: nil)
            await #expect(throws: OperationError.self) {
                try await stage.operations.planClear(ClearRequest(run: run))
            }
            try await stage.exit(extract, code: 143)
            #expect(try await stage.operations.planClear(ClearRequest(run: run)).items.isEmpty == false)
        }
    }

    @Test func `a run that was cancelled stays so when one of its tasks is marked, until all are well`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.chain, id: "sales")
            let run = try await stage.trigger("sales")
            try await stage.operations.cancel(run: run, actor: "ana", reason: "wrong input")
            let tasks = try await stage.instances(run).map { String($0.prefix { $0 != " " }) }
            for (index, task) in tasks.enumerated() {
                let mark = RunVerb.mark(task, mapIndex: nil, as: .success)
                try await stage.operations.perform(mark, run: run, actor: "ana", reason: "done by hand")
                let record = try #require(try await stage.store.run(run))
                let isLast = index == tasks.count - 1
                #expect(record.state == (isLast ? .success : .cancelled))
                #expect(record.reason == (isLast ? nil : "wrong input"))
            }
            try await stage.expectSound()
        }
    }

    @Test func `no person gives a reason that is Rota's own`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.chain, id: "sales")
            let run = try await stage.trigger("sales")
            for word in RunState.calledReasons {
                await #expect(throws: OperationError.self) {
                    try await stage.operations.cancel(run: run, actor: "ana", reason: word)
                }
            }
            #expect(try await stage.states(run).run == .running)
        }
    }

    @Test func `a run that has failed says by which of its tasks`() async throws {
        try await Stage.with { stage in
            let source = """
                tasks:
                  one: {run: "true"}
                  two: {run: "true"}
                  allowed: {run: "true", allow_failure: true}
                  after: {needs: [one, two], run: "true"}
                """
            try await stage.put(source, id: "sales")
            let run = try await stage.trigger("sales")
            try await stage.play { _ in 1 }
            #expect(try await stage.store.run(run)?.reason == "one and 1 other failed")
            let mark = RunVerb.mark("one", mapIndex: nil, as: .success)
            try await stage.operations.perform(mark, run: run, actor: "ana", reason: nil)
            #expect(try await stage.store.run(run)?.reason == "two failed")
            _ = try await stage.operations.clear(
                ClearRequest(run: run, tasks: ["two"], downstream: true),
                planHash: nil,
                actor: "ana",
                reason: nil
            )
            #expect(try await stage.store.run(run)?.reason == nil)
            try await stage.play()
            #expect(try await stage.states(run).run == .success)

            let other = try await stage.trigger("sales")
            try await stage.operations.cancel(run: other, task: "two", mapIndex: nil, actor: "ana", reason: nil)
            try await stage.play()
            #expect(try await stage.states(other).run == .failed)
            #expect(try await stage.store.run(other)?.reason == "two was cancelled")
        }
    }

    @Test func `the check of counts waits for no lock, and sees each commit whole`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.chain, id: "sales")
            let run = try await stage.trigger("sales")
            try await stage.play { _ in 1 }
            let id = try #require(try await stage.store.run(run)).rowID
            let store = stage.store
            let versions = stage.engine.versions
            // Another session is in the middle of its change; it goes on once the check has returned.
            let (isLocked, lock) = AsyncStream<Void>.makeStream()
            let checked = DispatchSemaphore(value: 0)
            let change = Task {
                try await store.transaction { connection in
                    _ = try connection.lockRuns([id])
                    let rows = try connection.lockInstances(run: id)
                    try connection.rewrite(rows.map { (id: $0.id, state: .success) }, reason: nil)
                    lock.finish()
                    checked.wait()
                    throw CancellationError()
                }
            }
            for await _ in isLocked {}
            #expect(try await store.check(versions: versions) == [])
            checked.signal()
            await #expect(throws: CancellationError.self) { try await change.value }
        }
    }

    @Test func `an end says how long the log is, also where not all of it is stored`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.chain, id: "sales")
            _ = try await stage.trigger("sales")
            let extract = try #require(try await stage.claim().first)
            try await stage.engine.submit(
                AttemptReport(attempt: extract.attempt, run: extract.run, end: .lost(proof: "p"), logLength: 70)
            )
            let log = try await stage.ask("SELECT log_length::text, log_sealed::text FROM attempt", columns: 2)
            #expect(log == [["70", "false"]])
        }
    }
}
