import Postgres

extension Store {
    /// Notifies whoever listens on a channel, outside of any other transaction and without a wait for the disk.
    ///
    /// Who missed it looks by himself soon. `sender` is what they hear.
    package func announce(channel: String, sender: String) async throws {
        try await transaction(durability: .soon) { connection in
            _ = try connection.execute(Statement(name: "announce", sql: "SELECT pg_notify($1, $2)"), [channel, sender])
        }
    }
}
