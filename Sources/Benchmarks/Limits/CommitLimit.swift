import Postgres

/// How fast this database commits one row, one statement at a time: the price of knowing something for certain.
struct CommitLimit {
    private static let make = Statement(
        name: "bench_make",
        sql: "CREATE TABLE IF NOT EXISTS bench_row (id integer PRIMARY KEY, value bigint NOT NULL)"
    )
    private static let fill = Statement(
        name: "bench_fill",
        sql: "INSERT INTO bench_row VALUES (1, 0) ON CONFLICT (id) DO UPDATE SET value = 0"
    )
    private static let update = Statement(
        name: "bench_update",
        sql: "UPDATE bench_row SET value = value + 1 WHERE id = 1"
    )
    private static let drop = Statement(name: "bench_drop", sql: "DROP TABLE bench_row")

    /// Milliseconds of single commits.
    static func measure(on connection: Connection, count: Int) async throws -> Samples {
        try await connection.perform { connection in
            _ = try connection.execute(make)
            _ = try connection.execute(fill)
            var samples = Samples()
            for index in 0..<(count + 20) {
                let start = ContinuousClock.now
                _ = try connection.execute(update)
                // The first ones find cold caches.
                if index >= 20 { samples.add(start.duration(to: .now) / .milliseconds(1)) }
            }
            _ = try connection.execute(drop)
            return samples
        }
    }
}
