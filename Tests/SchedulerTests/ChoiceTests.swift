import Core
import Store
import Testing

@testable import Executor
@testable import Scheduler

/// Which runner takes a task, on a real database.
struct ChoiceTests {
    /// A runner that this test acts for; it is online and has answered.
    private static func runner(
        _ stage: Stage,
        _ name: String,
        kind: String = "http",
        slots: Int,
        labels: [String] = [],
        reserved: ReservedSlots? = nil
    ) async throws -> Claimer {
        let registration = RunnerRegistration(
            name: name,
            kind: kind,
            address: nil,
            labels: labels,
            slots: slots,
            reserved: reserved
        )
        let fence = try await stage.store.transaction { connection in
            try connection.register(registration)
            try connection.setOnline(
                runner: name,
                directoryID: name,
                bootID: "b",
                hostName: "h",
                version: "0",
                holder: "test:1",
                leaseSpan: .seconds(10)
            )
            return try connection.acquireLease("runner:\(name)", holder: "\(name):1", for: .seconds(600))
        }
        return Claimer(
            runner: ClaimingRunner(
                name: name,
                labels: labels,
                slots: slots,
                isLocal: kind == "local",
                reserved: reserved,
                fence: fence ?? 0,
                holder: "\(name):1"
            ),
            versions: stage.engine.versions,
            identity: nil
        )
    }

    private static func claim(_ stage: Stage, _ claimer: Claimer) async throws -> [String] {
        try await stage.store.transaction { try claimer.claim(except: FullLimits(), ClaimMemory(), on: $0) }
            .tasks.map(\.task.id).sorted()
    }

    private static func put(_ stage: Stage, _ tasks: String) async throws -> RunName {
        try await stage.put("max_active_tasks: 1000\ndefaults: {timeout: 1m, run: 'true'}\ntasks:\n" + tasks, id: "d")
        return try await stage.trigger("d")
    }

    /// However slow this machine is: nobody has waited.
    private static func justQueued(_ stage: Stage) async throws {
        try await stage.change("UPDATE task_instance SET queued_at = now() + interval '1 hour'")
    }

    @Test func `a task that is too large for the local runner goes to another, and hides no smaller one`() async throws
    {
        try await Stage.with { stage in
            let large = (0..<80).map { "  large\($0): {slots: 6, priority: 5}\n" }.joined()
            _ = try await Self.put(stage, large + "  small: {}\n")
            let local = try await Self.runner(stage, "here", kind: "local", slots: 4)
            let far = try await Self.runner(stage, "far", slots: 6)
            #expect(try await Self.claim(stage, local) == ["small"])
            #expect(try await Self.claim(stage, far).count == 1, "though the local runner has free slots")
        }
    }

    @Test func `what no runner could ever take says so, and only as long as that is so`() async throws {
        try await Stage.with { stage in
            _ = try await Self.put(
                stage,
                "  huge: {slots: 9}\n  low: {slots: 5}\n  high: {slots: 5, priority: 80}\n"
            )
            let holds = "SELECT coalesce(hold, '-') FROM task_instance ORDER BY task_index"
            _ = try await Self.runner(stage, "r", slots: 6, reserved: ReservedSlots(slots: 2, priority: 80))
            try await stage.store.transaction { try $0.holdUnplaceable() }
            #expect(try await stage.ask(holds).flatMap(\.self) == ["too_large 9 of 4", "too_large 5 of 4", "-"])
            _ = try await Self.runner(stage, "r", slots: 12, reserved: ReservedSlots(slots: 2, priority: 80))
            try await stage.store.transaction { try $0.holdUnplaceable() }
            #expect(try await stage.ask(holds).flatMap(\.self) == ["-", "-", "-"])
        }
    }

    @Test func `reserved slots stay free for important tasks`() async throws {
        try await Stage.with { stage in
            let tasks = (0..<4).map { "  low\($0): {}\n" }.joined() + "  high0: {priority: 80}\n"
            _ = try await Self.put(stage, tasks)
            let runner = try await Self.runner(stage, "r", slots: 3, reserved: ReservedSlots(slots: 1, priority: 80))
            #expect(try await Self.claim(stage, runner).filter { $0.hasPrefix("low") }.count == 2)
            #expect(try await stage.ask("SELECT count(*)::text FROM attempt")[0][0] == "3")
            #expect(try await Self.claim(stage, runner) == [])
        }
    }

    @Test(arguments: [Placement.leastLoaded, .roundRobin])
    func `tasks are spread over runners, local or not`(placement: Placement) async throws {
        try await Stage.with { stage in
            try await stage.store.transaction {
                try $0.setPools([(name: "p", slots: 100, order: .fair)])
                try $0.setPlacements([(pool: "p", placement: placement)])
            }
            _ = try await Self.put(stage, (0..<6).map { "  t\($0): {pool: p}\n" }.joined())
            try await Self.justQueued(stage)
            let local = try await Self.runner(stage, "a", kind: "local", slots: 10)
            let far = try await Self.runner(stage, "b", slots: 10)
            #expect(try await Self.claim(stage, local).count == 3)
            #expect(try await Self.claim(stage, far).count == 3)
        }
    }

    @Test func `packed tasks fill one runner before the next`() async throws {
        try await Stage.with { stage in
            try await stage.store.transaction {
                try $0.setPools([(name: "p", slots: 100, order: .fair)])
                try $0.setPlacements([(pool: "p", placement: .packed)])
            }
            _ = try await Self.put(stage, (0..<6).map { "  t\($0): {pool: p}\n" }.joined())
            try await Self.justQueued(stage)
            let small = try await Self.runner(stage, "small", slots: 4)
            let large = try await Self.runner(stage, "large", slots: 10)
            #expect(try await Self.claim(stage, large).count == 2)
            #expect(try await Self.claim(stage, small).count == 4)
        }
    }

    @Test func `a class says a task's priority, also to those that wait when it changes`() async throws {
        try await Stage.with { stage in
            let classes = [PriorityClass(name: "nightly", priority: 50)]
            try await stage.store.transaction { try $0.setPriorityClasses(classes) }
            _ = try await Self.put(stage, "  a: {priority: nightly}\n  b: {priority: other}\n  c: {priority: 7}\n")
            let priorities = "SELECT priority::text FROM task_instance ORDER BY task_index"
            #expect(try await stage.ask(priorities).flatMap(\.self) == ["50", "0", "7"])
            try await stage.store.transaction {
                try $0.setPriorityClasses([PriorityClass(name: "other", priority: 3)])
            }
            #expect(try await stage.ask(priorities).flatMap(\.self) == ["0", "3", "7"])
        }
    }

    @Test func `a task that no runner took within its grace is missed, and its run fails`() async throws {
        try await Stage.with { stage in
            let classes = [PriorityClass(name: "nightly", priority: 50, grace: .seconds(3_600))]
            try await stage.store.transaction { try $0.setPriorityClasses(classes) }
            let run = try await Self.put(
                stage,
                "  a: {priority: nightly}\n  after: {needs: a}\n  clean: {needs: a, trigger_rule: all_done}\n"
            )
            let scheduler = SchedulerService(engine: stage.engine, tzdata: { nil }, logger: stage.engine.logger)
            _ = try await scheduler.runOnce()
            #expect(try await stage.states(run).tasks["a"] == .queued)
            try await stage.change("UPDATE task_instance SET queued_at = queued_at - interval '1 hour'")
            _ = try await scheduler.runOnce()
            let states = try await stage.instances(run, reasons: true)
            #expect(states == ["a cancelled missed_deadline", "after upstream_failed", "clean queued"])
            try await stage.play()
            #expect(try await stage.states(run).run == .failed)
            #expect(try await stage.ask("SELECT reason FROM incident")[0][0] == "missed_deadline")
            try await stage.expectSound()
        }
    }

    @Test func `a task that has begun once is not missed`() async throws {
        try await Stage.with { stage in
            let classes = [PriorityClass(name: "nightly", priority: 50, grace: .seconds(3_600))]
            try await stage.store.transaction { try $0.setPriorityClasses(classes) }
            let run = try await Self.put(stage, "  a: {priority: nightly, retries: {limit: 1, delay: 0s}}\n")
            try await stage.exit(try #require(try await stage.claim().first), code: 1)
            let scheduler = SchedulerService(engine: stage.engine, tzdata: { nil }, logger: stage.engine.logger)
            _ = try await scheduler.runOnce()
            try await stage.change("UPDATE task_instance SET queued_at = queued_at - interval '1 hour'")
            _ = try await scheduler.runOnce()
            #expect(try await stage.states(run).tasks["a"] == .queued)
        }
    }
}
