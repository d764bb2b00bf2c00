package import Core
package import Postgres

/// The program's memory in PostgreSQL, and the only place with SQL: one function, one statement, one name.
///
/// Functions on `Connection` in this module run inside a transaction that the caller opens; functions on `Store` are
/// whole by themselves.
package final class Store: Sendable {
    /// The connections; bounded.
    package let pool: Pool

    /// Stands on a pool, which the caller closes.
    package init(pool: Pool) {
        self.pool = pool
    }

    /// How often a transaction that met a deadlock, a lock timeout or a lost connection is begun anew.
    package static let attempts = 5

    /// Runs a transaction, and begins it anew when PostgreSQL says that another try may succeed.
    ///
    /// A commit whose outcome is unknown is not repeated: its error reaches the caller, who must look.
    package func transaction<R: Sendable>(
        isolation: Isolation = .readCommitted,
        planning: Planning = .automatic,
        durability: Durability = .atCommit,
        _ body: @escaping @Sendable (isolated Connection) throws -> R
    ) async throws -> R {
        var attempt = 1
        while true {
            do {
                return try await pool.withConnection { connection in
                    try await connection.transaction(
                        isolation: isolation,
                        planning: planning,
                        durability: durability,
                        body
                    )
                }
            } catch let error as DatabaseError where error.isRetryable && attempt < Self.attempts {
                attempt += 1
            }
        }
    }

    /// Runs statements outside of a transaction, each committed by itself.
    package func perform<R: Sendable>(
        _ body: @escaping @Sendable (isolated Connection) throws -> R
    ) async throws -> R {
        try await pool.withConnection { connection in try await connection.perform(body) }
    }

    /// The database's clock.
    package func now() async throws -> Timestamp {
        try await perform { try $0.clock() }
    }
}

extension Connection {
    /// Lets this transaction idle for a minute while the program thinks, as about a million ticks.
    package func allowLongThought() throws {
        _ = try execute(
            Statement(
                name: "allow_long_thought",
                sql: "SELECT set_config('idle_in_transaction_session_timeout', '60s', true)"
            )
        )
    }

    /// The database's clock at this moment, not at the transaction's beginning.
    package func clock() throws -> Timestamp {
        try execute(Statement(name: "clock", sql: "SELECT clock_timestamp()"))[0].decode(0)
    }
}
