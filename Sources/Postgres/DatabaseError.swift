/// What can go wrong between Rota and PostgreSQL.
package enum DatabaseError: Error, Equatable {
    /// The server refused a statement; the connection goes on.
    case server(ServerError)
    /// No connection could be made.
    case connectionFailed(address: String, reason: String)
    /// The connection broke while a statement ran outside of COMMIT; a statement outside of a transaction may have
    /// taken effect.
    case connectionLost(statement: String, reason: String)
    /// The connection broke while COMMIT was on its way: the transaction is either wholly done or wholly undone, and
    /// only a look into the database can tell which.
    case commitUnknown(reason: String)
    /// COMMIT was answered by a rollback, because the body ignored the failure of a statement.
    case transactionRolledBack
    /// A value cannot be sent; positions count from 1, as in `$1`.
    case invalidParameter(statement: String, position: Int, problem: EncodingProblem)
    /// A column cannot be read as the type asked for.
    case invalidColumn(statement: String, column: String, problem: DecodingProblem)
    /// The text that says where the database is cannot be read.
    case invalidAddress(reason: String)
    /// The program uses this module against its rules.
    case misuse(statement: String, reason: String)
    /// The pool was closed before a connection was free.
    case poolClosed
}

extension DatabaseError {
    /// The SQLSTATE, where the server gave one.
    package var sqlState: String? {
        if case .server(let error) = self { error.sqlState } else { nil }
    }

    /// Whether the same transaction, run again from its start, may succeed without anyone's help.
    ///
    /// True for lost deadlocks and serialization, a lock not had in time, a server that is starting, stopping or
    /// full, and connections that failed or broke. Never true for `commitUnknown`.
    package var isRetryable: Bool {
        switch self {
        case .connectionFailed, .connectionLost: true
        case .server(let error):
            switch error.sqlState {
            case "40001", "40P01", "55P03", "57P01", "57P02", "57P03", "57P05", "53300", "25P03": true
            default: error.sqlState.hasPrefix("08")
            }
        default: false
        }
    }

    /// Whether the statement itself is refused, so that waiting changes nothing: bad data, a violated constraint, a
    /// missing table or right, something not supported.
    package var isRefusal: Bool {
        guard let sqlState else { return false }
        return ["0A", "22", "23", "26", "42"].contains { sqlState.hasPrefix($0) }
    }

    /// Whether a unique constraint refused the row; with a name, whether that one did.
    package func isUniqueViolation(constraint: String? = nil) -> Bool {
        guard case .server(let error) = self, error.sqlState == "23505" else { return false }
        return constraint == nil || constraint == error.constraint
    }
}

extension DatabaseError: CustomStringConvertible, CustomDebugStringConvertible {
    package var description: String {
        switch self {
        case .server(let error): error.description
        case .connectionFailed(let address, let reason): Self.sentence(failedAt: address, reason)
        case .connectionLost(let statement, let reason):
            "the connection to PostgreSQL broke during statement '\(statement)': \(reason)"
        case .commitUnknown(let reason):
            "the connection to PostgreSQL broke while a transaction was being committed: \(reason). "
                + "The transaction may or may not have taken effect; look before repeating it"
        case .transactionRolledBack:
            "the transaction was rolled back at its end, because one of its statements had failed"
        case .invalidParameter(let statement, let position, let problem):
            "parameter $\(position) of statement '\(statement)' cannot be sent: \(problem)"
        case .invalidColumn(let statement, let column, let problem):
            "column \(column) of statement '\(statement)' cannot be read: \(problem)"
        case .invalidAddress(let reason):
            "the database address cannot be read: \(reason). "
                + "Write it as postgresql://USER@HOST:PORT/DATABASE or as host=... dbname=..."
        case .misuse(let statement, let reason): "statement '\(statement)' was not sent: \(reason)"
        case .poolClosed: "the pool of database connections is closed, because the program is stopping"
        }
    }

    package var debugDescription: String { description }

    private static func sentence(failedAt address: String, _ reason: String) -> String {
        "cannot connect to PostgreSQL at \(address): \(reason). \(advice(for: reason))"
    }

    private static func advice(for reason: String) -> String {
        // libpq gives no code for a failed connection, so its English words decide.
        if reason.contains("password") || reason.contains("authentication failed") || reason.contains("pg_hba") {
            return "Check the user and the password, and that pg_hba.conf on the server lets this user in"
        }
        if reason.contains("database \""), reason.contains("does not exist") {
            return "Create the database with createdb, or correct its name in the address"
        }
        if reason.contains("role \""), reason.contains("does not exist") {
            return "Create the user with createuser, or correct its name in the address"
        }
        if reason.contains("could not translate host name") {
            return "Correct the host in the address, or mend name resolution"
        }
        if reason.contains("too many clients") || reason.contains("connection slots") {
            return "Raise max_connections on the server, or make the pools of its clients smaller"
        }
        if reason.contains("read-only") || reason.contains("not in recovery") || reason.contains("hot standby") {
            return "None of the hosts accepts what target_session_attrs asks for; promote one, or wait"
        }
        if reason.contains("starting up") || reason.contains("shutting down") {
            return "Wait until the server is up"
        }
        return "Check that the server runs, that it listens there, and that the address is right"
    }
}

extension EncodingProblem: CustomStringConvertible {
    package var description: String {
        switch self {
        case .textHoldsZeroByte:
            "the text holds a zero byte, which PostgreSQL cannot store. Remove it, or store the text as bytes"
        case .timestampOutOfRange: "the instant lies before the first one that PostgreSQL knows"
        case .arrayTooLong: "the array has more than 2147483647 elements"
        case .valueTooLong: "the value is longer than 2 GiB"
        }
    }
}

extension DecodingProblem: CustomStringConvertible {
    package var description: String {
        switch self {
        case .null: "it is NULL, and the program expects a value"
        case .unexpectedType(let type, let wanted): "it is \(type), which does not read as \(wanted); cast it in SQL"
        case .malformed(let type): "its bytes are not those of \(type)"
        case .outOfRange(let wanted): "its value does not fit \(wanted)"
        case .noSuchColumn(let count): "the result has \(count) columns"
        }
    }
}
