import Postgres

extension Store {
    /// Notifies whoever listens on a channel; outside of any transaction.
    package func announce(channel: String) async throws {
        _ = try await perform { connection in
            try connection.execute(Statement(name: "announce", sql: "SELECT pg_notify($1, '')"), [channel])
        }
    }
}
