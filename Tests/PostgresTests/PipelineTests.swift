import Postgres
import TestKit
import Testing

struct PipelineTests {
    private static let insert = Statement(name: "insert", sql: "INSERT INTO item VALUES ($1)")
    private static let count = Statement(name: "count", sql: "SELECT count(*) FROM item")
    private static let divide = Statement(name: "divide", sql: "SELECT 1 / $1::bigint")

    private func withItems<R>(_ body: (Connection) async throws -> R) async throws -> R {
        try await withSession { connection in
            try await connection.executeScript(
                "CREATE TEMP TABLE item (id bigint CONSTRAINT item_once UNIQUE DEFERRABLE INITIALLY DEFERRED)"
            )
            return try await body(connection)
        }
    }

    @Test func `a batch answers each statement in order`() async throws {
        try await withItems { connection in
            let results = try await connection.pipeline([
                (Self.insert, [1]), (Self.insert, [2]), (Self.count, []), (Self.insert, [3]), (Self.count, []),
            ])
            #expect(results.count == 5)
            #expect(results[0].affected == 1)
            #expect(try results[2][0].decode(0) == 2)
            #expect(try results[4][0].decode(0) == 3)
            #expect(try await connection.number(Self.count) == 3)
            #expect(try await connection.pipeline([]).isEmpty)
        }
    }

    @Test(arguments: [false, true])
    func `a failure undoes its batch and leaves the connection usable`(prepared: Bool) async throws {
        try await withItems { connection in
            if prepared { _ = try await connection.execute(Self.divide, [1]) }
            let error = await databaseError {
                _ = try await connection.pipeline([(Self.insert, [1]), (Self.divide, [0]), (Self.insert, [2])])
            }
            #expect(error?.description == "statement 'divide' failed: division by zero (SQLSTATE 22012)")
            #expect(try await connection.number(Self.count) == 0)
            #expect(try await connection.pipeline([(Self.divide, [1]), (Self.insert, [2])]).count == 2)
            #expect(try await connection.transaction { try $0.execute(Self.count)[0].decode(0, as: Int.self) } == 1)
        }
    }

    @Test func `a statement that cannot be prepared fails its batch by name`() async throws {
        try await withItems { connection in
            let error = await databaseError {
                _ = try await connection.pipeline([
                    (Self.insert, [1]), (Statement(name: "absent", sql: "SELECT * FROM absent"), []),
                ])
            }
            #expect(
                error?.description == """
                    statement 'absent' failed at line 1: relation "absent" does not exist (SQLSTATE 42P01)
                    """
            )
            let left = try await connection.number(Self.count)
            #expect(left == 0)
        }
    }

    @Test func `a constraint that fails at the end of a batch undoes it`() async throws {
        try await withItems { connection in
            let error = await databaseError {
                _ = try await connection.pipeline([(Self.insert, [7]), (Self.insert, [7])])
            }
            #expect(error?.isUniqueViolation(constraint: "item_once") == true)
            let left = try await connection.number(Self.count)
            #expect(left == 0)
        }
    }

    @Test func `a batch within a transaction belongs to it`() async throws {
        try await withItems { connection in
            await #expect(throws: DatabaseError.self) {
                try await connection.transaction { transaction in
                    _ = try transaction.pipeline([(Self.insert, [1]), (Self.insert, [2])])
                    _ = try transaction.pipeline([(Self.divide, [0])])
                }
            }
            #expect(try await connection.number(Self.count) == 0)
            try await connection.transaction { transaction in
                _ = try transaction.pipeline([(Self.insert, [1]), (Self.insert, [2])])
            }
            #expect(try await connection.number(Self.count) == 2)
        }
    }

    @Test func `a value that cannot be sent keeps its whole batch back`() async throws {
        try await withItems { connection in
            let echo = Statement(name: "echo", sql: "SELECT $1")
            try await connection.transaction { transaction in
                do throws(DatabaseError) {
                    _ = try transaction.pipeline([(Self.insert, [1]), (echo, ["\0"])])
                } catch {
                    #expect(error == .invalidParameter(statement: "echo", position: 1, problem: .textHoldsZeroByte))
                }
            }
            #expect(try await connection.number(Self.count) == 0)
        }
    }

    @Test func `more bytes than the socket holds pass in both directions`() async throws {
        try await withSession { connection in
            let echo = Statement(name: "echo_bytes", sql: "SELECT $1")
            let bytes = [UInt8](repeating: 7, count: 300_000)
            let results = try await connection.pipeline((0..<100).map { _ in (echo, [bytes]) })
            #expect(results.count == 100)
            #expect(try results[99][0].decode(0) == bytes)
        }
    }

    @Test func `a session that ends while its batch commits leaves the outcome unknown`() async throws {
        try await withOwnDatabase { configuration in
            let connection = try await Connection.connect(configuration)
            try await connection.executeScript(TransactionTests.treacherousTable)
            let error = await databaseError {
                _ = try await connection.pipeline([(TransactionTests.insertTreacherous, [1])])
            }
            guard case .commitUnknown = error else {
                Issue.record("not unknown: \(String(describing: error))")
                return
            }
        }
    }
}
