import Postgres
import Store
import TestKit
import Testing

struct MigrationTests {
    private static func withEmptyDatabase(_ body: (Store) async throws -> Void) async throws {
        let server = try await PrivateServer.shared()
        try await server.withDatabase { database in
            let pool = Pool(database.configuration, size: 4)
            do {
                try await body(Store(pool: pool))
            } catch {
                await pool.close()
                throw error
            }
            await pool.close()
        }
    }

    @Test func `every file in migrations is embedded, in ascending numbers without a gap`() {
        let files = SourceTree.files(in: "migrations", ending: [".sql"]).filter { $0 != "migrations/schema.sql" }
        #expect(Migration.all.map { "migrations/\($0.name).sql" } == files)
        #expect(Migration.all.map(\.number) == Array(1...max(1, files.count)))
        for migration in Migration.all {
            #expect(SourceTree.text("migrations/\(migration.name).sql") == migration.sql)
        }
    }

    @Test func `migrating twice does nothing the second time`() async throws {
        try await Self.withEmptyDatabase { store in
            let before = try await store.schemaStatus()
            #expect(before.applied.isEmpty)
            let first = try await store.migrate()
            #expect(first.count == Migration.all.count)
            let second = try await store.migrate()
            #expect(second.isEmpty)
            let after = try await store.schemaStatus()
            #expect(after.pending.isEmpty)
        }
    }

    @Test func `three programs that migrate at once do it once`() async throws {
        try await Self.withEmptyDatabase { store in
            let applied = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<3 { group.addTask { try await store.migrate().count } }
                return try await group.reduce(0, +)
            }
            #expect(applied == Migration.all.count)
        }
    }

    @Test func `a database newer than the program is refused`() async throws {
        try await Self.withEmptyDatabase { store in
            try await store.migrate()
            try await store.perform {
                try $0.executeScript("INSERT INTO schema_migration VALUES (9000, 'V9000_future', '\\x00', now())")
            }
            await #expect(throws: MigrationError.databaseIsNewer(found: 9_000, known: Migration.all.last?.number ?? 0))
            {
                try await store.migrate()
            }
        }
    }

    @Test func `schema.sql is what the migrations make`() async throws {
        try await Self.withEmptyDatabase { store in
            try await store.migrate()
            let lines = try await store.schemaLines()
            let committed = SourceTree.text("migrations/schema.sql")?.split(separator: "\n").map(String.init) ?? []
            #expect(lines.filter { !committed.contains($0) } == [], "made by the migrations, not in schema.sql")
            #expect(committed.filter { !lines.contains($0) } == [], "in schema.sql, not made by the migrations")
        }
    }
}

extension Store {
    /// The schema in a canonical form, a line for each column, constraint, index and view; partitions of months,
    /// which depend on the day, are left out.
    func schemaLines() async throws -> [String] {
        let sql = """
            SELECT line FROM (
                SELECT format('column %s.%s %s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
                    CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END,
                    coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '')) AS line
                FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
                WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname !~ '_[0-9]{6}$'
                UNION ALL
                SELECT format('constraint %s %s %s', c.relname, k.conname, pg_get_constraintdef(k.oid))
                FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
                WHERE c.relnamespace = 'public'::regnamespace AND c.relname !~ '_[0-9]{6}$'
                UNION ALL
                SELECT 'index ' || pg_get_indexdef(i.indexrelid)
                FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
                WHERE c.relnamespace = 'public'::regnamespace AND c.relname !~ '_[0-9]{6}$'
                UNION ALL
                SELECT format('view %s %s', c.relname, regexp_replace(pg_get_viewdef(c.oid), '\\s+', ' ', 'g'))
                FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'v'
            ) AS lines ORDER BY line COLLATE "C"
            """
        return try await perform { connection in
            try connection.execute(Statement(name: "schema_lines", sql: sql)).map { try $0.decode(0) }
        }
    }
}
