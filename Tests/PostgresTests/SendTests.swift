import Postgres
import TestKit
import Testing

/// Statements that wait for company.
struct SendTests {
    private struct Change: Error {}

    private static let insert = Statement(name: "insert", sql: "INSERT INTO item VALUES ($1)")
    private static let count = Statement(name: "count", sql: "SELECT count(*) FROM item")
    private static let sum = Statement(name: "sum", sql: "SELECT coalesce(sum(id), 0)::bigint FROM item")
    private static let divide = Statement(name: "divide", sql: "SELECT 1 / $1::bigint")

    private func withItems<R>(_ body: (Connection) async throws -> R) async throws -> R {
        try await withSession { connection in
            try await connection.executeScript("CREATE TEMP TABLE item (id bigint)")
            return try await body(connection)
        }
    }

    @Test func `what was sent comes before what is executed after it`() async throws {
        try await withItems { connection in
            let counts = try await connection.transaction { transaction in
                try transaction.send(Self.insert, [1])
                try transaction.send(Self.insert, [2])
                let first: Int = try transaction.number(Self.count)
                try transaction.send(Self.insert, [4])
                let batch = try transaction.pipeline([(Self.count, []), (Self.sum, [])])
                try transaction.send(Self.insert, [8])
                return [first] + (try batch.map { try $0[0].decode(0, as: Int.self) })
            }
            #expect(counts == [2, 3, 7])
            #expect(try await connection.number(Self.sum) == 15)
        }
    }

    @Test func `a transaction that only sends commits it`() async throws {
        try await withItems { connection in
            try await connection.transaction { try $0.send(Self.insert, [1]) }
            #expect(try await connection.number(Self.count) == 1)
        }
    }

    @Test func `outside of a transaction it is executed at once`() async throws {
        try await withItems { connection in
            try await connection.send(Self.insert, [1])
            #expect(try await connection.number(Self.count) == 1)
            let error = await databaseError { try await connection.send(Self.divide, [0]) }
            #expect(error?.description.contains("division by zero") == true)
        }
    }

    @Test func `its failure reaches the next answer, or the commit, and undoes all`() async throws {
        try await withItems { connection in
            for asks in [true, false] {
                let error = await databaseError {
                    try await connection.transaction { transaction in
                        try transaction.send(Self.insert, [1])
                        try transaction.send(Self.divide, [0])
                        if asks { _ = try transaction.execute(Self.count) }
                    }
                }
                guard case .server(let refusal)? = error else {
                    Issue.record("no refusal: \(String(describing: error))")
                    continue
                }
                #expect(refusal.statement == "divide")
                let left = try await connection.number(Self.count)
                #expect(left == 0, "the session goes on")
            }
        }
    }

    @Test func `nothing that was sent survives a body that throws`() async throws {
        try await withItems { connection in
            await #expect(throws: Change.self) {
                try await connection.transaction { transaction in
                    try transaction.send(Self.insert, [1])
                    throw Change()
                }
            }
            let left = try await connection.number(Self.count)
            #expect(left == 0)
        }
    }

    @Test func `a rehearsal takes back what it sent, and nothing else`() async throws {
        try await withItems { connection in
            try await connection.transaction { transaction in
                try transaction.send(Self.insert, [1])
                try transaction.rehearse { rehearsal in try rehearsal.send(Self.insert, [2]) }
                try? transaction.rehearse { rehearsal in
                    try rehearsal.send(Self.insert, [4])
                    throw Change()
                }
                try transaction.send(Self.insert, [8])
            }
            #expect(try await connection.number(Self.sum) == 9)
        }
    }

    @Test func `a value that cannot be sent lets nothing run outside of its transaction`() async throws {
        try await withItems { connection in
            let echo = Statement(name: "echo", sql: "SELECT $1")
            await #expect(throws: Change.self) {
                try await connection.transaction { transaction in
                    // Swallowing the error is what this test is about.
                    _ = try? transaction.execute(echo, ["\0"])
                    _ = try transaction.execute(Self.insert, [1])
                    throw Change()
                }
            }
            let left = try await connection.number(Self.count)
            #expect(left == 0)
        }
    }

    @Test func `a connection that was lost before anything was sent leaves nothing unknown`() async throws {
        try await withItems { connection in
            let backend = try await connection.backendID()
            try await withSession { try await $0.terminate(backend) }
            // The first attempt finds the session gone; from then on it is known to be.
            _ = await databaseError { _ = try await connection.number(Self.count) }
            let error = await databaseError { try await connection.transaction { try $0.send(Self.insert, [1]) } }
            guard case .connectionLost? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    @Test func `a value that cannot be sent leaves a session that goes on`() async throws {
        try await withItems { connection in
            let echo = Statement(name: "echo", sql: "SELECT $1")
            let error = await databaseError { try await connection.transaction { try $0.send(echo, ["\0"]) } }
            #expect(error == .invalidParameter(statement: "echo", position: 1, problem: .textHoldsZeroByte))
            try await connection.transaction { try $0.send(Self.insert, [1]) }
            let left = try await connection.number(Self.count)
            #expect(left == 1)
        }
    }

    @Test func `a connection lost before the last statement is no unknown commit`() async throws {
        try await withItems { connection in
            let leave = Statement(name: "leave", sql: "SELECT pg_terminate_backend(pg_backend_pid())")
            let error = await databaseError {
                try await connection.transaction { transaction in
                    try transaction.send(leave)
                    try transaction.send(Self.insert, [1])
                }
            }
            #expect(error?.sqlState == "57P01")
            #expect(error?.isRetryable == true)
        }
    }

    @Test func `what is sent over a connection that breaks within a transaction is refused`() async throws {
        try await withItems { connection in
            let leave = Statement(name: "leave", sql: "SELECT pg_terminate_backend(pg_backend_pid())")
            await #expect(throws: DatabaseError.self) {
                try await connection.transaction { transaction in
                    // Swallowing the error is what this test is about.
                    _ = try? transaction.execute(leave)
                    try transaction.send(Self.insert, [1])
                    throw Change()
                }
            }
        }
    }
}
