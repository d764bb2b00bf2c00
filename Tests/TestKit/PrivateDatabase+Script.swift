import Postgres

extension PrivateDatabase {
    /// Executes a script in this database.
    package func execute(_ sql: String) async throws {
        let connection = try await Connection.connect(configuration)
        defer { withExtendedLifetime(connection) {} }
        try await connection.executeScript(sql, name: "script")
        await connection.close()
    }
}
