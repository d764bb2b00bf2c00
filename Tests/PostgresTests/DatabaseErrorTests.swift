import Postgres
import Testing

struct DatabaseErrorTests {
    private static func refusal(_ sqlState: String) -> DatabaseError {
        .server(ServerError(statement: "s", sqlState: sqlState, message: "m"))
    }

    @Test(arguments: ["40001", "40P01", "55P03", "57P01", "57P02", "57P03", "08006", "53300", "25P03"])
    func `what passes by itself is worth another try`(sqlState: String) {
        #expect(Self.refusal(sqlState).isRetryable)
        #expect(Self.refusal(sqlState).sqlState == sqlState)
    }

    @Test(arguments: ["23505", "42601", "57014", "53100", "22P02"])
    func `what does not pass by itself is not worth another try`(sqlState: String) {
        #expect(!Self.refusal(sqlState).isRetryable)
    }

    @Test(arguments: [
        (
            DatabaseError.server(
                ServerError(statement: "s", sqlState: "42703", message: "no column", hint: "Did you mean x?")
            ),
            "statement 's' failed: no column (SQLSTATE 42703). Hint: Did you mean x?"
        ),
        (
            .connectionLost(statement: "s", reason: "server closed the connection unexpectedly"),
            "the connection to PostgreSQL broke during statement 's': server closed the connection unexpectedly"
        ),
        (
            .connectionFailed(address: "host a port 1, database b", reason: "password authentication failed"),
            """
            cannot connect to PostgreSQL at host a port 1, database b: password authentication failed. Check the user \
            and the password, and that pg_hba.conf on the server lets this user in
            """
        ),
        (
            .connectionFailed(address: "host a port 1", reason: "could not translate host name \"a\" to address"),
            """
            cannot connect to PostgreSQL at host a port 1: could not translate host name "a" to address. Correct the \
            host in the address, or mend name resolution
            """
        ),
        (
            .connectionFailed(address: "host a port 1", reason: "session is read-only"),
            """
            cannot connect to PostgreSQL at host a port 1: session is read-only. None of the hosts accepts what \
            target_session_attrs asks for; promote one, or wait
            """
        ),
        (
            .connectionFailed(address: "host a port 1", reason: "sorry, too many clients already"),
            """
            cannot connect to PostgreSQL at host a port 1: sorry, too many clients already. Raise max_connections on \
            the server, or make the pools of its clients smaller
            """
        ),
        (
            .connectionFailed(address: "host a port 1", reason: "the database system is starting up"),
            """
            cannot connect to PostgreSQL at host a port 1: the database system is starting up. Wait until the server \
            is up
            """
        ),
        (.poolClosed, "the pool of database connections is closed, because the program is stopping"),
        (
            .invalidColumn(statement: "s", column: "0 (id)", problem: .malformed(.int8)),
            "column 0 (id) of statement 's' cannot be read: its bytes are not those of bigint"
        ),
    ])
    func `an error is a sentence that says what to do`(error: DatabaseError, sentence: String) {
        #expect(error.description == sentence)
        #expect(String(reflecting: error) == sentence)
    }
}
