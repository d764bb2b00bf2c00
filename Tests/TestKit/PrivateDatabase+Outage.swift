extension PrivateDatabase {
    /// Ends every session and lets no other begin, as a server that went down would.
    package func goDown() async throws {
        try await server.administer(
            """
            ALTER DATABASE "\(name)" ALLOW_CONNECTIONS false;
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '\(name)';
            """
        )
    }

    /// Lets sessions begin again.
    package func comeBack() async throws {
        try await server.administer("ALTER DATABASE \"\(name)\" ALLOW_CONNECTIONS true")
    }
}
