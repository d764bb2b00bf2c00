import Core
import Postgres
import Store
import Testing

/// What is written about why something waits.
struct HoldTests {
    private static let source = """
        tasks:
          only: {run: "true", timeout: 1m}
        """

    @Test func `a run that its DAG's limit holds back says so, until it starts`() async throws {
        try await Stage.with { stage in
            try await stage.put(Self.source, id: "one")
            let first = try await stage.trigger("one")
            let second = try await stage.trigger("one")
            let hold =
                "SELECT coalesce(hold, '-') || CASE WHEN hold_at IS NULL THEN '' ELSE ' at' END FROM dag_run ORDER BY id"
            #expect(try await stage.ask(hold).flatMap(\.self) == ["-", "max_active_runs 1 at"])
            let row = try #require(try await stage.store.run(second))
            let told = try #require(try await stage.store.hold(ofRun: row.rowID))
            #expect(told.hold == "max_active_runs 1")
            #expect(told.running.map(\.name) == [first])
            #expect(told.ahead == 0)
            try await stage.play()
            #expect(try await stage.states(second).run == .success)
        }
    }

    @Test func `tasks that no runner can take say why, and say it no longer once one can`() async throws {
        try await Stage.with { stage in
            let source = """
                tasks:
                  any: {run: "true", timeout: 1m}
                  named: {run: "true", runner: far, timeout: 1m}
                  labelled: {run: "true", runner: {labels: [gpu]}, timeout: 1m}
                """
            try await stage.put(source, id: "placed")
            _ = try await stage.trigger("placed")
            let holds = "SELECT coalesce(hold, '-') FROM task_instance ORDER BY task_index"
            try await stage.store.transaction { try $0.holdUnplaceable() }
            #expect(
                try await stage.ask(holds).flatMap(\.self)
                    == ["no_runner_answers", "unknown_runner far", "no_runner_with_labels gpu"]
            )
            try await stage.change(
                "INSERT INTO runner (name, kind, labels, slots) VALUES ('far', 'ssh', '{gpu}', 1)"
            )
            try await stage.store.transaction { try $0.holdUnplaceable() }
            #expect(
                try await stage.ask(holds).flatMap(\.self)
                    == ["no_runner_answers", "no_runner_answers far", "no_runner_answers gpu"]
            )
            try await stage.change(
                """
                UPDATE runner SET state = 'online';
                INSERT INTO lease VALUES ('runner:far', 'a:b', 1, clock_timestamp() + interval '1 hour');
                """
            )
            try await stage.store.transaction { try $0.holdUnplaceable() }
            #expect(try await stage.ask(holds).flatMap(\.self) == ["-", "-", "-"])
        }
    }
}

extension Stage {
    /// Changes the database behind the engine's back.
    func change(_ sql: String) async throws {
        try await store.pool.withConnection { try await $0.executeScript(sql, name: "test") }
    }
}
