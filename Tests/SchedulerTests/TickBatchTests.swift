import Core
import Postgres
import Scheduler
import Store
import TestKit
import Testing

/// Ticks of many DAGs at once.
struct TickBatchTests {
    private static let start = Timestamp(seconds: 1_767_225_600)
    private static let file = "schedule: {every: 1m}\ntasks: {only: {run: 'true', timeout: 1m}}"

    /// DAGs of each minute, a minute later.
    private static func with(_ count: Int, _ body: (Stage, _ dags: [Int]) async throws -> Void) async throws {
        try await Stage.with(clock: start) { stage in
            for number in 0..<count { try await stage.put(file, id: "dag_\(number)") }
            try await stage.set(clock: start + .seconds(61))
            try await body(stage, try await stage.store.perform { try $0.dueDAGs(limit: 1_000) })
        }
    }

    private static func runs(_ stage: Stage) async throws -> [[String]] {
        try await stage.ask("SELECT state, count(*)::text FROM dag_run GROUP BY state", columns: 2)
    }

    @Test func `few DAGs start with their tick, and many once all have their line`() async throws {
        try await Self.with(101) { stage, dags in
            #expect(dags.count == 101)
            _ = try await stage.engine.decideTicks(ofDAGs: Array(dags.prefix(2)), tzdata: nil)
            #expect(try await Self.runs(stage) == [["running", "2"]])
            let before = try await stage.ask("SELECT count(*)::text FROM tick")[0][0]
            #expect(before == "2")
            _ = try await stage.engine.decideTicks(ofDAGs: dags, tzdata: nil)
            #expect(try await stage.ask("SELECT count(*)::text FROM tick")[0][0] == "101")
            #expect(Set(try await Self.runs(stage)) == [["running", "2"], ["queued", "99"]])
            let waiting = try await stage.store.perform { try $0.dagsWithWaitingRuns(limit: 50) }
            #expect(waiting.dags.count == 50 && waiting.hasMore)
            try await stage.engine.startRuns(ofDAGs: dags)
            #expect(try await Self.runs(stage) == [["running", "101"]])
            try await stage.expectSound()
        }
    }

    @Test func `servers that decide at the same time share the DAGs out`() async throws {
        try await Self.with(40) { stage, dags in
            let another = stage.restarted()
            async let mine = stage.engine.decideTicks(ofDAGs: dags, tzdata: nil)
            async let theirs = another.engine.decideTicks(ofDAGs: dags, tzdata: nil)
            _ = try await (mine, theirs)
            await another.closePool()
            #expect(try await stage.ask("SELECT count(*)::text FROM tick")[0][0] == "40")
            #expect(try await Self.runs(stage) == [["running", "40"]])
        }
    }

    @Test func `a DAG that another has locked is waited for when the others are decided`() async throws {
        try await Self.with(3) { stage, dags in
            let decided = try await stage.store.transaction { connection in
                _ = try connection.lockDAGs([dags[1]])
                let deciding = Task { try await stage.engine.decideTicks(ofDAGs: dags, tzdata: nil) }
                var seen = 0
                for _ in 0..<1_000_000 where seen < 2 {
                    seen = try connection.execute(
                        Statement(name: "test_count_ticks", sql: "SELECT count(*) FROM tick")
                    )[0].decode(0)
                }
                return deciding
            }
            _ = try await decided.value
            #expect(try await stage.ask("SELECT count(*)::text FROM tick")[0][0] == "3")
        }
    }

    @Test func `a DAG that cannot be decided holds up no other`() async throws {
        try await Self.with(3) { stage, dags in
            try await stage.change(
                "INSERT INTO tick (dag_id, tick_at, decision) SELECT id, next_tick, 'catchup' FROM dag WHERE id = \(dags[1])"
            )
            _ = try await stage.engine.decideTicks(ofDAGs: dags, tzdata: nil)
            #expect(try await Self.runs(stage) == [["running", "2"]])
        }
    }

    @Test func `of many that are due some of the youngest are looked at`() async throws {
        try await Self.with(12) { stage, dags in
            try await stage.change(
                "UPDATE dag SET next_tick = next_tick - (13 - id % 13) * interval '1 s' WHERE id <> \(dags[5])"
            )
            let due = try await stage.store.perform { try $0.dueDAGs(limit: 5) }
            #expect(due.count == 5)
            #expect(due.contains(dags[5]))
        }
    }
}
