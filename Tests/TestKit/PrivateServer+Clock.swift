extension PrivateServer {
    /// Starts a server that reads the time of a test's own clock, lends it to the closure, and ends it.
    package static func with(clock: MovableClock, _ body: (PrivateServer) async throws -> Void) async throws {
        let starter = PrivateServerStarter()
        let (server, watchdog) = try await starter.start(clock: clock)
        do {
            try await body(server)
        } catch {
            await starter.end(watchdog)
            throw error
        }
        await starter.end(watchdog)
    }

    /// Asks the server by psql; the lines of the answer.
    package func ask(_ sql: String, database: String = "postgres") async throws -> [String] {
        let result = try await Program.run(
            "/usr/bin/env",
            ["psql", "-X", "-A", "-t", "-q", "-d", address(database: database), "-c", sql],
            environment: ["PATH": "/usr/local/bin:/usr/bin:/bin", "PGTZ": "UTC"]
        )
        guard result.exitCode == 0 else { throw ProgramError.ended(result) }
        return result.text.split(separator: "\n").map(String.init)
    }
}
