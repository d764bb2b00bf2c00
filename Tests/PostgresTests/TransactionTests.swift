import Postgres
import TestKit
import Testing

struct TransactionTests {
    private struct Change: Error {}

    private static let insert = Statement(name: "insert", sql: "INSERT INTO item VALUES ($1)")
    private static let count = Statement(name: "count", sql: "SELECT count(*) FROM item")

    private func withItems<R>(_ body: (Connection) async throws -> R) async throws -> R {
        try await withSession { connection in
            try await connection.executeScript(
                "CREATE TEMP TABLE item (id bigint CONSTRAINT item_once UNIQUE DEFERRABLE INITIALLY DEFERRED)"
            )
            return try await body(connection)
        }
    }

    @Test func `what a transaction wrote stays`() async throws {
        try await withItems { connection in
            let counted = try await connection.transaction { transaction in
                _ = try transaction.execute(Self.insert, [1])
                _ = try transaction.execute(Self.insert, [2])
                return try transaction.execute(Self.count)[0].decode(0, as: Int.self)
            }
            #expect(counted == 2)
            #expect(try await connection.number(Self.count) == 2)
        }
    }

    @Test func `a transaction whose body throws leaves nothing behind`() async throws {
        try await withItems { connection in
            await #expect(throws: Change.self) {
                try await connection.transaction { transaction in
                    _ = try transaction.execute(Self.insert, [1])
                    throw Change()
                }
            }
            let left = try await connection.number(Self.count)
            #expect(left == 0)
        }
    }

    @Test func `a transaction reads what others committed meanwhile`() async throws {
        try await withSession { connection in
            let level = Statement(name: "level", sql: "SHOW transaction_isolation")
            let word = try await connection.transaction { try $0.execute(level)[0].decode(0, as: String.self) }
            #expect(word == "read committed")
        }
    }

    @Test func `a failure at COMMIT is the constraint's, and the connection goes on`() async throws {
        try await withItems { connection in
            let error = await databaseError {
                try await connection.transaction { transaction in
                    _ = try transaction.execute(Self.insert, [1])
                    _ = try transaction.execute(Self.insert, [1])
                }
            }
            #expect(error?.isUniqueViolation(constraint: "item_once") == true)
            let left = try await connection.number(Self.count)
            #expect(left == 0)
        }
    }

    @Test func `a swallowed failure is not taken for a commit`() async throws {
        try await withItems { connection in
            let error = await databaseError {
                try await connection.transaction { transaction in
                    _ = try transaction.execute(Self.insert, [1])
                    // Swallowing the error is what this test is about.
                    _ = try? transaction.execute(Statement(name: "bad", sql: "SELECT 1/0"))
                }
            }
            #expect(error == .transactionRolledBack)
            #expect(
                error?.description == """
                    the transaction was rolled back at its end, because one of its statements had failed
                    """
            )
            let left = try await connection.number(Self.count)
            #expect(left == 0)
        }
    }

    @Test func `a transaction within a transaction is refused`() async throws {
        try await withItems { connection in
            let error = await databaseError {
                try await connection.transaction { outer in try outer.transaction { _ in } }
            }
            #expect(error?.description == "statement 'begin' was not sent: a transaction is open already")
            let left = try await connection.number(Self.count)
            #expect(left == 0)
        }
    }

    /// A table whose deferred trigger ends its own session while COMMIT runs.
    static let treacherousTable = """
        CREATE TABLE treacherous (id bigint);
        CREATE FUNCTION leave() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_terminate_backend(pg_backend_pid());
            RETURN NULL;
        END $$;
        CREATE CONSTRAINT TRIGGER leaving AFTER INSERT ON treacherous DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION leave();
        """
    static let insertTreacherous = Statement(name: "insert_treacherous", sql: "INSERT INTO treacherous VALUES ($1)")

    @Test func `a connection lost during COMMIT leaves the outcome unknown`() async throws {
        try await withOwnDatabase { configuration in
            let connection = try await Connection.connect(configuration)
            try await connection.executeScript(Self.treacherousTable)
            let error = await databaseError {
                try await connection.transaction { _ = try $0.execute(Self.insertTreacherous, [1]) }
            }
            guard case .commitUnknown = error else {
                Issue.record("not unknown: \(String(describing: error))")
                return
            }
            #expect(error?.isRetryable == false)
            #expect(
                error?.description == """
                    the connection to PostgreSQL broke while a transaction was being committed: statement 'commit' \
                    failed: terminating connection due to administrator command (SQLSTATE 57P01). The transaction may or \
                    may not have taken effect; look before repeating it
                    """
            )
        }
    }

    @Test func `a connection lost before COMMIT is no unknown outcome`() async throws {
        try await withSession { connection in
            let error = await databaseError {
                try await connection.transaction { transaction in
                    let leave = Statement(name: "leave", sql: "SELECT pg_terminate_backend(pg_backend_pid())")
                    _ = try transaction.execute(leave)
                }
            }
            #expect(error?.sqlState == "57P01")
            #expect(error?.isRetryable == true)
        }
    }
}
