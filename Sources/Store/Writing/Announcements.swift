import Postgres

extension Store {
    /// Notifies whoever listens on a channel; outside of any other transaction, and without a wait for the disk: who
    /// missed it looks by himself soon.
    package func announce(channel: String) async throws {
        try await transaction(durability: .soon) { connection in
            _ = try connection.execute(Statement(name: "announce", sql: "SELECT pg_notify($1, '')"), [channel])
        }
    }
}
