import Core
import Postgres
import Scheduler
import Store
import Testing

/// What people are told of: written with the failure, once for each sort within a run.
struct IncidentTests {
    @Test func `failures of one sort within a run are one incident, and another run's are another`() async throws {
        try await Stage.with { stage in
            try await stage.put(
                """
                tasks:
                  a: {run: x}
                  b: {run: x}
                  allowed: {run: x, allow_failure: true}
                  retried: {run: x, retries: {limit: 1, delay: 1h}}
                  after: {needs: a, run: x}
                """,
                id: "sales"
            )
            let run = try await stage.trigger("sales")
            try await stage.play { _ in 3 }
            let first = try await stage.store.incidents(isOpen: true, limit: 10).items
            // Without a line that tells more, each task's failure is a sort of its own.
            #expect(first.map(\.task).sorted { $0 ?? "" < $1 ?? "" } == ["a", "b"], "\(first)")
            #expect(first.allSatisfy { $0.run == run && $0.exitCode == 3 && $0.attempt == 1 && $0.signature != nil })
            _ = try await stage.operations.clear(
                ClearRequest(run: run, tasks: ["a"]),
                planHash: nil,
                actor: "test",
                reason: nil
            )
            try await stage.play { _ in 3 }
            let again = try await stage.store.incidents(isOpen: true, limit: 10).items
            #expect(again.count == 2 && again.map(\.tasks) == [1, 1], "one task is one, however often: \(again)")
            _ = try await stage.operations.cancel(run: run, actor: "test", reason: nil)
            _ = try await stage.trigger("sales")
            try await stage.play { _ in 3 }
            #expect(try await stage.store.incidents(isOpen: true, limit: 10).items.count == 4)
        }
    }

    @Test func `an incident is solved by its task's success, in its run or a later one, and opens again`() async throws
    {
        try await Stage.with { stage in
            try await stage.put(
                """
                tasks:
                  a: {run: x}
                  b: {run: x}
                """,
                id: "sales"
            )
            func open() async throws -> [String] {
                try await stage.store.incidents(isOpen: true, limit: 10).items.compactMap(\.task).sorted()
            }
            let first = try await stage.trigger("sales")
            try await stage.play { _ in 3 }
            #expect(try await open() == ["a", "b"])
            let second = try await stage.trigger("sales")
            try await stage.play { $0 == "a" ? 0 : 3 }
            #expect(try await open() == ["b", "b"], "what solves it is its own task, whatever became of the run")
            let solved = try await stage.store.incidents(isOpen: false, limit: 10).items.last { $0.task == "a" }
            #expect(solved?.solvedBy == second && solved?.solvedAt != nil && solved?.run == first)
            func clear(_ task: String) async throws {
                _ = try await stage.operations.clear(
                    ClearRequest(run: second, tasks: [task]),
                    planHash: nil,
                    actor: "test",
                    reason: nil
                )
            }
            let known = try #require(
                try await stage.store.incidents(isOpen: true, limit: 10).items.first { $0.run == second }
            )
            try await stage.operations.acknowledge(incident: known.code, actor: "test")
            try await clear("b")
            try await stage.play { _ in 0 }
            #expect(try await open() == [])
            try await clear("b")
            try await stage.play { _ in 3 }
            #expect(try await open() == ["b"])
            let opened = try #require(try await stage.store.incidents(isOpen: true, limit: 10).items.first)
            #expect(opened.run == second && opened.tasks == 1 && opened.solvedBy == nil)
            #expect(opened.code == known.code && opened.at > known.at, "nobody has acknowledged that it fails again")
            try await stage.operations.mark(
                run: second,
                task: "b",
                mapIndex: nil,
                state: .success,
                actor: "test",
                reason: nil
            )
            #expect(try await open() == [], "a mark counts as well")
        }
    }

    @Test func `an incident of several tasks is solved once none of them is failed`() async throws {
        try await Stage.with { stage in
            try await stage.put("tasks:\n  a: {run: x}\n  b: {run: x}\n", id: "sales")
            let run = try await stage.trigger("sales")
            for claimed in try await stage.claim() {
                let record = ExitRecord(
                    ending: .exited(1),
                    startedAt: .epoch,
                    endedAt: .epoch,
                    duration: .zero,
                    logBytes: 0
                )
                try await stage.engine.submit(
                    AttemptReport(
                        attempt: claimed.attempt,
                        run: claimed.run,
                        end: .exited(record, outputProblem: nil),
                        logLength: 0,
                        cause: CauseLine(number: 1, text: "ERROR: the warehouse is down", rule: "error")
                    )
                )
            }
            func open() async throws -> [Int] {
                try await stage.store.incidents(isOpen: true, limit: 10).items.map(\.tasks)
            }
            #expect(try await open() == [2])
            for (task, left) in [("a", [2]), ("b", [])] {
                _ = try await stage.operations.clear(
                    ClearRequest(run: run, tasks: [task]),
                    planHash: nil,
                    actor: "test",
                    reason: nil
                )
                try await stage.play { _ in 0 }
                #expect(try await open() == left)
            }
        }
    }

    @Test func `what a run rested before it was cleared is no part of the time that it took`() async throws {
        try await Stage.with { stage in
            try await stage.put("tasks: {a: {run: x}, b: {run: x, needs: a}}", id: "sales")
            let run = try await stage.trigger("sales")
            try await stage.play { $0 == "a" ? 0 : 3 }
            _ = try await stage.ask(
                """
                WITH moved AS (
                    UPDATE dag_run SET created_at = created_at - interval '5 h', started_at = started_at - interval '5 h',
                        ended_at = ended_at - interval '5 h' RETURNING id
                ), told AS (UPDATE transition SET at = at - interval '5 h')
                SELECT count(*)::text FROM moved
                """
            )
            _ = try await stage.operations.clear(
                ClearRequest(run: run, tasks: ["b"]),
                planHash: nil,
                actor: "test",
                reason: nil
            )
            let waiting = try #require(try await stage.store.run(run))
            let now = try await stage.store.now()
            let before = try #require(waiting.took(now: now))
            #expect(before < .seconds(3_600), "it waits for its start: \(before)")
            try await stage.play { _ in 0 }
            let record = try #require(try await stage.store.run(run))
            let ended = try #require(record.endedAt)
            let took = try #require(record.took(now: ended))
            #expect(took < .seconds(3_600) && took > .zero && record.rested > .seconds(4 * 3_600), "\(record)")
            #expect(record.restsSince == nil)
            let task = try #require(try await stage.store.instance(ofRun: record.rowID, task: "b", mapIndex: nil))
            let rests = try await stage.store.rests(ofRun: record.rowID, instances: [task.rowID])
            #expect(rests.rests.count == 1 && rests.rests[0].to != nil, "\(rests)")
            #expect(rests.ready[task.rowID]?.count == 2, "\(rests)")
        }
    }

    @Test func `a run that does not start in time is told, and a backfill's failures are not`() async throws {
        let start = try #require(Timestamp(rfc3339: "2026-08-20T00:00:00Z"))
        try await Stage.with(clock: start) { stage in
            let file = "schedule: {cron: '0 * * * *', start_deadline: 10m}\ntasks: {a: {run: x}}"
            try await stage.put(file, id: "hourly")
            try await stage.set(clock: start + .seconds(3_600))
            _ = try await stage.engine.decideTicks(
                ofDAGs: try await stage.store.perform { try $0.dueDAGs(limit: 9) },
                tzdata: nil
            )
            try await stage.set(clock: start + .seconds(7_200))
            _ = try await stage.engine.decideTicks(
                ofDAGs: try await stage.store.perform { try $0.dueDAGs(limit: 9) },
                tzdata: nil
            )
            try await stage.set(clock: start + .seconds(7_200 + 660))
            try await stage.engine.startRuns(
                ofDAGs: try await stage.store.perform { try $0.dagsWithWaitingRuns(limit: 1_000).dags }
            )
            let missed = try await stage.store.incidents(isOpen: true, limit: 10).items
            #expect(missed.map(\.reason) == ["missed_deadline"] && missed.first?.task == nil, "\(missed)")
            let request = BackfillRequest(dag: "hourly", from: "2026-08-19", to: "2026-08-20", maxActive: 24)
            _ = try await stage.operations.backfill(request, actor: "test")
            try await stage.play { _ in 3 }
            #expect(try await stage.ask("SELECT count(*)::text FROM dag_run WHERE state = 'failed'") == [["25"]])
            #expect(
                try await stage.store.incidents(isOpen: true, limit: 100).items.count == 2,
                "the scheduled run's and the missed one"
            )
        }
    }

    @Test func `each message is taken by one server, and by another when that one dies`() async throws {
        try await Stage.with { stage in
            try await stage.put("tasks: {a: {run: x}}", id: "sales")
            for _ in 0..<3 {
                _ = try await stage.trigger("sales")
                try await stage.play { _ in 1 }
            }
            try await stage.store.transaction { connection in
                let new = try connection.undispatchedIncidents(limit: 10)
                #expect(new.count == 3)
                try connection.dispatch(new.map(\.id), to: new.flatMap { [($0.id, "ops"), ($0.id, "gone")] })
            }
            #expect(try await stage.store.perform { try $0.hasNews(for: ["ops"]) })
            let store = stage.store
            let taken = try await withThrowingTaskGroup(of: [DueDelivery].self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        try await store.transaction {
                            try $0.takeDueDeliveries(to: ["ops"], pause: .seconds(60), limit: 2)
                        }
                    }
                }
                return try await group.reduce([], +)
            }
            #expect(Set(taken.map(\.incident)).count == 3 && taken.count == 3 && taken.allSatisfy { $0.tries == 1 })
            #expect(try await !stage.store.perform { try $0.hasNews(for: ["ops"]) })
            // Nothing is heard of the first; the second was refused, the third was taken.
            try await stage.store.transaction { connection in
                try connection.noteNotDelivered(taken[1], error: "no", pause: .zero)
                try connection.noteDelivered(taken[2])
                try connection.executeScript(
                    "UPDATE delivery SET next_try_at = now() WHERE incident_id = \(taken[0].incident)"
                )
            }
            let second = try await stage.store.transaction {
                try $0.takeDueDeliveries(to: ["ops"], pause: .seconds(60), limit: 9)
            }
            #expect(Set(second.map(\.incident)) == [taken[0].incident, taken[1].incident])
            #expect(second.allSatisfy { $0.tries == 2 })
            let summary = try await stage.store.incidentSummary()
            #expect(
                summary.open == 3 && summary.undelivered.map(\.target) == ["ops"]
                    && summary.undelivered[0].error == "no"
            )
        }
    }

    @Test func `what is muted is told to nobody, until the mute ends`() async throws {
        try await Stage.with { stage in
            try await stage.put("tasks: {a: {run: x}}", id: "sales")
            func fail() async throws -> IncidentRecord {
                _ = try await stage.trigger("sales")
                try await stage.play { _ in 1 }
                try await stage.store.transaction { connection in
                    let new = try connection.undispatchedIncidents(limit: 10)
                    try connection.dispatch(new.map(\.id), to: new.map { ($0.id, "ops") })
                }
                return try #require(try await stage.store.incidents(isOpen: false, limit: 1).items.first)
            }
            let first = try await fail()
            #expect(!first.isMuted && first.deliveries.map(\.target) == ["ops"])
            for wholeDAG in [false, true] {
                let mute = try await stage.operations.mute(
                    incident: first.code,
                    wholeDAG: wholeDAG,
                    for: .seconds(3_600),
                    reason: "moving",
                    actor: "ana"
                )
                let second = try await fail()
                #expect(second.isMuted && second.deliveries.isEmpty)
                #expect(try await stage.store.mutes().map(\.id) == [mute])
                try await stage.operations.unmute(mute, actor: "ana")
                let third = try await fail()
                #expect(!third.isMuted && third.deliveries.count == 1)
            }
            try await stage.operations.acknowledge(incident: first.code, actor: "ana")
            #expect(try await stage.store.incident(first.code)?.acknowledgedBy == "ana")
            await #expect(throws: OperationError.self) {
                try await stage.operations.acknowledge(incident: first.code, actor: "bert")
            }
            await #expect(throws: OperationError.unknownIncident("none")) {
                try await stage.operations.acknowledge(incident: "none", actor: "bert")
            }
            await #expect(throws: OperationError.self) {
                try await stage.operations.mute(
                    incident: first.code,
                    wholeDAG: true,
                    for: .seconds(1),
                    reason: nil,
                    actor: "x"
                )
            }
        }
    }
}
