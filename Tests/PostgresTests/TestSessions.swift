import Postgres
import Synchronization
import TestKit

/// Lends a connection to a database that other tests use as well: for temporary tables and plain selects.
func withSession<R>(_ body: (Connection) async throws -> R) async throws -> R {
    let configuration = try await PrivateServer.shared().configuration(database: "postgres")
    let connection = try await Connection.connect(configuration)
    do {
        let value = try await body(connection)
        await connection.close()
        return value
    } catch {
        await connection.close()
        throw error
    }
}

/// Lends a configuration of a database of its own.
func withOwnDatabase<R>(_ body: (ConnectionConfiguration) async throws -> R) async throws -> R {
    try await PrivateServer.shared().withDatabase { try await body($0.configuration) }
}

/// What a failed operation threw, when it was a database error.
func databaseError(_ operation: () async throws -> Void) async -> DatabaseError? {
    do {
        try await operation()
        return nil
    } catch {
        return error as? DatabaseError
    }
}

extension Statement {
    static let backendID = Statement(name: "backend_id", sql: "SELECT pg_backend_pid()")
    static let terminate = Statement(name: "terminate", sql: "SELECT pg_terminate_backend($1, 10000)")
}

extension Connection {
    /// The process that serves this session.
    func backendID() throws -> Int32 { try execute(.backendID)[0].decode(0) }

    /// Ends another session, and returns when it has ended.
    func terminate(_ backend: Int32) throws {
        // The function takes an integer and a bigint.
        _ = try execute(.terminate, [backend])
    }

    /// The integer that a statement selects.
    func number(_ statement: Statement) throws -> Int { try execute(statement)[0].decode(0) }
}

/// Numbers in the order in which tasks added them.
final class Tally: Sendable {
    private let numbers = Mutex<[Int]>([])

    var all: [Int] { numbers.withLock { $0 } }

    func add(_ number: Int) { numbers.withLock { $0.append(number) } }
}
