import CAssets
import Postgres

/// A numbered step of the schema, embedded in the program; it never changes once released.
package struct Migration: Sendable {
    package let number: Int
    package let name: String
    package let sql: String

    /// All of them, ascending.
    package static let all: [Migration] = embedded().sorted { $0.number < $1.number }

    private static func embedded() -> [Migration] {
        (0..<rota_asset_count()).compactMap { index in
            guard let asset = unsafe rota_asset_at(index)?.pointee else { return nil }
            let path = unsafe String(cString: asset.name)
            guard path.hasPrefix("migrations/V"), path.hasSuffix(".sql"),
                let number = Int(path.dropFirst(12).prefix(4))
            else { return nil }
            let bytes = unsafe UnsafeBufferPointer(start: asset.bytes, count: asset.count)
            return Migration(
                number: number,
                name: String(path.dropFirst(11).dropLast(4)),
                sql: unsafe String(decoding: bytes, as: UTF8.self)
            )
        }
    }
}

/// Where a database stands.
package struct SchemaStatus: Sendable {
    /// A step that was applied.
    package struct Applied: Sendable {
        package var number: Int
        package var name: String
    }

    /// Steps that were applied, ascending.
    package var applied: [Applied]
    /// Steps of this program that were not.
    package var pending: [Migration]
}

/// Why the schema was left as it is.
package enum MigrationError: Error, Hashable, Sendable {
    /// The database has steps that this program does not know.
    case databaseIsNewer(found: Int, known: Int)
    /// An applied step is not what this program has under its number.
    case changed(number: Int, name: String)
}

extension MigrationError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .databaseIsNewer(let found, let known):
            """
            the database is newer than this program: it has schema step \(found), and this program knows steps up to \
            \(known). Start the newer program, or give this one another database.
            """
        case .changed(let number, let name):
            """
            schema step \(number) (\(name)) of the database is not the one in this program. Was the database made by a \
            development build? Give this program another database.
            """
        }
    }
}

extension Store {
    /// Brings the schema up to date: each step in a transaction of its own, under a lock that other programs wait for.
    ///
    /// - Returns: The steps that were applied now.
    @discardableResult
    package func migrate() async throws -> [Migration] {
        var applied: [Migration] = []
        while let next = try await migrateOnce() { applied.append(next) }
        try await createPartitions()
        return applied
    }

    private func migrateOnce() async throws -> Migration? {
        try await transaction { connection in
            _ = try connection.execute(
                Statement(name: "lock_migrations", sql: "SELECT pg_advisory_xact_lock(7238190231)")
            )
            try connection.executeScript(
                """
                CREATE TABLE IF NOT EXISTS schema_migration (
                    number integer PRIMARY KEY,
                    name text NOT NULL,
                    hash bytea NOT NULL,
                    applied_at timestamptz NOT NULL DEFAULT now()
                )
                """,
                name: "create_schema_migration"
            )
            guard let next = try connection.schemaStatus().pending.first else { return nil }
            try connection.executeScript(next.sql, name: next.name)
            _ = try connection.execute(
                Statement(
                    name: "note_migration",
                    sql: "INSERT INTO schema_migration (number, name, hash) VALUES ($1, $2, sha256($3::bytea))"
                ),
                [Int32(clamping: next.number), next.name, Array(next.sql.utf8)]
            )
            return next
        }
    }

    /// Says which steps were applied and which are pending; changes nothing.
    package func schemaStatus() async throws -> SchemaStatus {
        try await perform { connection in
            let exists: Bool = try connection.execute(
                Statement(name: "has_migrations", sql: "SELECT to_regclass('schema_migration') IS NOT NULL")
            )[0].decode(0)
            guard exists else { return SchemaStatus(applied: [], pending: Migration.all) }
            return try connection.schemaStatus()
        }
    }

    /// Makes the partitions of this month and the next two; older and later rows go to the tables' own rest.
    package func createPartitions() async throws {
        try await perform { connection in
            let months = try connection.execute(
                Statement(
                    name: "months_ahead",
                    sql: """
                        SELECT to_char(m, 'YYYYMM'), to_char(m, 'YYYY-MM-DD'),
                            to_char(m + interval '1 month', 'YYYY-MM-DD'),
                            lpad(to_hex((extract(epoch FROM m) * 1000)::bigint), 12, '0'),
                            lpad(to_hex((extract(epoch FROM m + interval '1 month') * 1000)::bigint), 12, '0')
                        FROM generate_series(date_trunc('month', now() AT TIME ZONE 'UTC'),
                            date_trunc('month', now() AT TIME ZONE 'UTC') + interval '2 months', interval '1 month') AS m
                        """
                )
            )
            for row in months {
                let name: String = try row.decode(0)
                let dates = (from: try row.decode(1) as String, to: try row.decode(2) as String)
                let ids = (from: try row.decode(3) as String, to: try row.decode(4) as String)
                let times = "FROM ('\(dates.from) 00:00:00+00') TO ('\(dates.to) 00:00:00+00')"
                for table in ["tick", "transition"] {
                    try connection.createPartition("\(table)_\(name)", of: table, times)
                }
                try connection.createPartition(
                    "attempt_log_\(name)",
                    of: "attempt_log",
                    "FROM ('\(Self.lowestID(ids.from))') TO ('\(Self.lowestID(ids.to))')"
                )
            }
        }
    }

    /// The lowest attempt id of a millisecond, given as twelve hexadecimal digits.
    private static func lowestID(_ milliseconds: String) -> String {
        "\(milliseconds.prefix(8))-\(milliseconds.dropFirst(8))-0000-0000-000000000000"
    }
}

extension Connection {
    fileprivate func schemaStatus() throws -> SchemaStatus {
        let rows = try execute(
            Statement(
                name: "applied_migrations",
                sql: "SELECT number, name, hash FROM schema_migration ORDER BY number"
            )
        )
        var status = SchemaStatus(applied: [], pending: [])
        let known = Dictionary(Migration.all.map { ($0.number, $0) }) { first, _ in first }
        for row in rows {
            let number: Int = try row.decode(0)
            guard let migration = known[number] else {
                throw MigrationError.databaseIsNewer(found: number, known: known.keys.max() ?? 0)
            }
            let same: Bool = try execute(
                Statement(name: "same_migration", sql: "SELECT $1::bytea = sha256($2::bytea)"),
                [try row.decode(2) as [UInt8], Array(migration.sql.utf8)]
            )[0].decode(0)
            guard same else { throw MigrationError.changed(number: number, name: migration.name) }
            status.applied.append(.init(number: number, name: try row.decode(1)))
        }
        let applied = Set(status.applied.map(\.number))
        status.pending = Migration.all.filter { !applied.contains($0.number) }
        return status
    }

    /// Makes a partition unless it is there, or its rows are in the rest already.
    fileprivate func createPartition(_ name: String, of table: String, _ bounds: String) throws {
        let exists: Bool = try execute(
            Statement(name: "has_relation", sql: "SELECT to_regclass($1) IS NOT NULL"),
            [name]
        )[0].decode(0)
        guard !exists else { return }
        do throws(DatabaseError) {
            try executeScript(
                "CREATE TABLE IF NOT EXISTS \(name) PARTITION OF \(table) FOR VALUES \(bounds)",
                name: "create_partition"
            )
        } catch {
            // Rows of that month went to the rest before it had a partition (a tick of the far future did), or another
            // server was faster. Both are only slower, or nothing at all.
            guard error.sqlState == "23514" || error.sqlState == "42P07" else { throw error }
        }
    }
}
