import CLibPQ
import Glibc
import Synchronization

/// A session on the database, with a thread of its own on which everything it does happens, in order.
///
/// Its functions are synchronous inside: `perform` and `transaction` run a closure on the connection's thread, where
/// any number of statements follow each other without an await.
package actor Connection {
    private struct Prepared {
        let sql: String
        let types: ArraySlice<PostgresType>
    }

    private let thread: SerialThread
    private var prepared: [String: Prepared] = [:]
    var handle = ConnectionHandle()
    var arguments = ArgumentList()
    /// Statements of the open transaction that go with the next one whose answer is wanted.
    var unsent: [(Statement, [any PostgresEncodable])] = []
    /// What the pool asks without waiting for the connection's thread.
    nonisolated let health = ConnectionHealth()

    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe thread.asUnownedSerialExecutor() }

    private init(thread: SerialThread) { self.thread = thread }

    /// Connects on a thread of its own; fails after the configuration's `connectTimeout` for each host.
    package static func connect(
        _ configuration: ConnectionConfiguration
    ) async throws(DatabaseError) -> Connection {
        let connection = Connection(thread: SerialThread(name: "postgres"))
        try await connection.open(configuration)
        return connection
    }

    private func open(_ configuration: ConnectionConfiguration) throws(DatabaseError) {
        handle = try ConnectionHandle(configuration)
        health.socket.store(handle.socket, ordering: .relaxed)
        noteHealth()
    }

    /// Ends the session; later statements fail.
    ///
    /// An open transaction is rolled back by the server.
    package func close() {
        handle.close()
        noteHealth()
    }

    /// Runs a closure on the connection's thread, for several statements without a change of threads in between.
    package func perform<R: Sendable>(_ body: @Sendable (isolated Connection) throws -> R) throws -> R {
        try body(self)
    }

    /// Executes one statement, preparing it the first time; outside of a transaction it is committed at once.
    package func execute(
        _ statement: Statement,
        _ parameters: [any PostgresEncodable] = []
    ) throws(DatabaseError) -> Rows {
        guard unsent.isEmpty else {
            guard let rows = try sendAll(with: [(statement, parameters)]).last else {
                throw .misuse(statement: statement.name, reason: "it was not answered")
            }
            return rows
        }
        defer {
            arguments.reset()
            noteHealth()
        }
        let places = try arguments.append(parameters, of: statement)
        if try needsPreparing(statement, types: arguments.types(places)) {
            let sent = handle.sendPrepare(statement, types: arguments.types(places))
            _ = try receive(for: statement, sent: sent)
            notePrepared(statement, types: arguments.types(places))
        }
        let sent = handle.sendExecute(statement, arguments, places)
        return Rows(try receive(for: statement, sent: sent), statement: statement.name)
    }

    /// Executes SQL of several statements by the simple protocol, as migrations need; results are dropped.
    ///
    /// Outside of a transaction the whole script is one transaction, unless it says otherwise itself.
    /// Errors call the script by `name`.
    package func executeScript(_ sql: String, name: String = "script") throws(DatabaseError) {
        guard !sql.utf8.contains(0) else { throw .misuse(statement: name, reason: "its text holds a zero byte") }
        if !unsent.isEmpty { _ = try sendAll() }
        defer { noteHealth() }
        _ = try receive(for: Statement(name: name, sql: sql), sent: handle.send(script: sql))
    }

    func noteHealth() { health.isIdle.store(handle.standing == .idle, ordering: .releasing) }
}

// MARK: - Preparing

extension Connection {
    /// Whether this session has yet to prepare the statement; refuses a name or types that differ from before.
    func needsPreparing(
        _ statement: Statement,
        types: ArraySlice<PostgresType>
    ) throws(DatabaseError) -> Bool {
        guard let known = prepared[statement.name] else { return true }
        guard known.sql == statement.sql else {
            throw .misuse(statement: statement.name, reason: "another statement has the same name")
        }
        guard known.types == types else {
            let types = known.types.map(\.description).joined(separator: ", ")
            throw .misuse(
                statement: statement.name,
                reason: "its parameters were (\(types)) when it was prepared, and now have other types"
            )
        }
        return false
    }

    func notePrepared(_ statement: Statement, types: ArraySlice<PostgresType>) {
        prepared[statement.name] = Prepared(sql: statement.sql, types: ArraySlice(Array(types)))
    }
}

// MARK: - Receiving

extension Connection {
    /// Waits for the result of what was sent, and turns each kind of failure into an error.
    func receive(for statement: Statement, sent: Bool) throws(DatabaseError) -> QueryResult {
        guard sent else { throw sendFailure(statement) }
        guard let result = handle.result() else {
            throw .connectionLost(statement: statement.name, reason: handle.failure)
        }
        guard result.isFailure else { return result }
        throw failure(of: result, statement)
    }

    func failure(of result: QueryResult, _ statement: Statement) -> DatabaseError {
        if let error = result.serverError(statement: statement.name, sql: statement.sql) { return .server(error) }
        guard !result.startsCopy else {
            // The session waits for data that nobody sends: only closing it helps.
            handle.close()
            return .misuse(statement: statement.name, reason: "COPY is not supported")
        }
        guard !handle.isBroken else { return .connectionLost(statement: statement.name, reason: handle.failure) }
        return .misuse(statement: statement.name, reason: handle.failure)
    }

    func sendFailure(_ statement: Statement) -> DatabaseError {
        guard handle.isBroken else { return .misuse(statement: statement.name, reason: handle.failure) }
        return .connectionLost(statement: statement.name, reason: handle.failure)
    }
}

/// What is known of a connection without asking its thread.
final class ConnectionHealth: Sendable {
    /// The socket's descriptor, -1 before there is one; it stays open as long as the connection is referred to.
    let socket = Atomic<Int32>(-1)
    /// Whether the session is sound and in no transaction.
    let isIdle = Atomic<Bool>(false)

    /// Whether the server has sent something unasked: a notice, or that it ends the session.
    var hasUnreadInput: Bool {
        var descriptor = pollfd(fd: socket.load(ordering: .relaxed), events: Int16(POLLIN), revents: 0)
        return unsafe poll(&descriptor, 1, 0) != 0
    }
}
