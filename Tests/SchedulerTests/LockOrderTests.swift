import Core
import Postgres
import Store
import TestKit
import Testing

/// Whoever writes to tasks and attempts locks tasks first; a deadlock costs a second and a repetition.
struct LockOrderTests {
    @Test func `an end waits for its task before it locks its attempt`() async throws {
        try await Stage.with { stage in
            try await stage.put("tasks: {only: {run: 'true'}}", id: "one")
            let run = try await stage.trigger("one")
            let claimed = try #require(try await stage.claim().first)
            let ending = try await stage.store.transaction { connection in
                _ = try connection.execute(Self.lock("task_instance", "attempt_id = '\(claimed.attempt)'"))
                let ending = Task { try await stage.exit(claimed, code: 0) }
                while try connection.execute(Self.waiters).isEmpty {}
                _ = try connection.execute(Self.lock("attempt", "id = '\(claimed.attempt)'"))
                return ending
            }
            try await ending.value
            #expect(try await stage.states(run).run == .success)
        }
    }

    @Test func `an end waits for a start that is on its way, and follows it in the history`() async throws {
        try await Stage.with { stage in
            try await stage.put("tasks: {only: {run: 'true'}}", id: "one")
            let run = try await stage.trigger("one")
            let claimed = try #require(try await stage.claim().first)
            let ending = try await stage.store.transaction { connection in
                try connection.setRunning([(claimed.attempt, 0, 1)])
                let ending = Task { try await stage.exit(claimed, code: 0) }
                while try connection.execute(Self.waiters).isEmpty {}
                return ending
            }
            try await ending.value
            #expect(try await stage.states(run).run == .success)
            let history = try await stage.ask(
                """
                SELECT old_state || ' to ' || new_state FROM transition
                WHERE attempt_id IS NOT NULL ORDER BY id
                """
            )
            #expect(history == [["intended to running"], ["running to success"]])
        }
    }

    private static func lock(_ table: String, _ condition: String) -> Statement {
        Statement(name: "test \(table)", sql: "SELECT FROM \(table) WHERE \(condition) FOR NO KEY UPDATE NOWAIT")
    }

    /// One row as soon as somebody waits for a lock in this database; a look takes a hundredth of a second.
    private static let waiters = Statement(
        name: "test waiters",
        sql: """
            SELECT 1 FROM pg_sleep(0.01) WHERE EXISTS (
                SELECT FROM pg_locks l JOIN pg_locks h ON h.pid = l.pid AND h.locktype = 'virtualxid'
                WHERE NOT l.granted AND l.locktype = 'transactionid' AND pg_backend_pid() = ANY(pg_blocking_pids(l.pid)))
            """
    )
}
