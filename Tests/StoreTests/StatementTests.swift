import Postgres
import Store
import TestKit
import Testing

/// Every statement of the store, read from its source text, so that none can be forgotten.
struct StatementTests {
    /// A statement as the source writes it.
    struct Written: Sendable, CustomTestStringConvertible {
        var file: String
        var name: String
        var sql: String

        var testDescription: String { name }
    }

    @Test func `every statement has a name of its own`() {
        let names = Self.all.map(\.name)
        #expect(names.count > 80, "the statements were found")
        for (name, statements) in Dictionary(grouping: Self.all, by: \.name) where statements.count > 1 {
            Issue.record("\(name) stands in \(statements.map(\.file))")
        }
    }

    @Test func `every statement can be prepared against the migrated schema`() async throws {
        try await Self.withMigratedDatabase { connection in
            for statement in Self.all {
                do {
                    try await connection.executeScript("PREPARE p AS \(statement.sql); DEALLOCATE p")
                } catch {
                    Issue.record("\(statement.name) in \(statement.file): \(error)")
                }
            }
        }
    }

    /// Runs a body with a session on a database that the migrations have made.
    static func withMigratedDatabase(_ body: (Connection) async throws -> Void) async throws {
        let server = try await PrivateServer.shared()
        let template = try await server.template("rota") { configuration in
            let pool = Pool(configuration, size: 1)
            try await Store(pool: pool).migrate()
            await pool.close()
        }
        try await server.withDatabase(template: template) { database in
            let connection = try await Connection.connect(database.configuration)
            try await body(connection)
            await connection.close()
        }
    }

    @Test func `no statement escapes the test but those made of conditions`() {
        // Each combination of conditions is executed by the tests of the listing itself.
        let unread = [
            "chart_runs_\\(filter.suffix)", "count_runs_\\(filter.suffix)",
            "read_runs_\\(filter.suffix)_\\(isFirstPage ? ", "read_run_latest_failed",
        ]
        #expect(Self.unread.sorted() == unread.sorted())
    }

    private static let files = SourceTree.files(in: "Sources/Store")
    private static let fragments = Fragments(files: files)
    private static let written = files.flatMap(statements)
    static let all = written.filter { !$0.sql.isEmpty }
    static let unread = written.filter(\.sql.isEmpty).map(\.name)

    private static func statements(in file: String) -> [Written] {
        guard let text = SourceTree.text(file) else { return [] }
        return text.components(before: "name: \"").dropFirst().compactMap { rest in
            guard let end = rest.firstIndex(of: "\""), let mark = rest.range(ofText: "sql:") else { return nil }
            let name = String(rest[..<end])
            let after = rest[mark.upperBound...].drop { $0.isWhitespace }
            guard let sql = literal(after) else { return nil }
            return Written(file: file, name: name, sql: fragments.filled(sql, file: file) ?? "")
        }
    }

    /// The text of a string literal at the beginning; nil where there is none.
    static func literal(_ text: Substring) -> String? {
        if text.hasPrefix("\"\"\"") {
            let body = text.dropFirst(3)
            guard let end = body.range(ofText: "\"\"\"") else { return nil }
            return String(body[..<end.lowerBound])
        }
        guard text.hasPrefix("\"") else { return nil }
        let body = text.dropFirst()
        guard let end = body.firstIndex(of: "\"") else { return nil }
        return String(body[..<end])
    }
}

extension StringProtocol {
    /// Where a text occurs first.
    func range(ofText wanted: String) -> Range<Index>? { firstRange(of: wanted) }

    /// What follows each occurrence of a text, and what stands before the first.
    func components(before mark: String) -> [SubSequence] {
        var parts: [SubSequence] = []
        var rest = self[...]
        while let found = rest.firstRange(of: mark) {
            parts.append(rest[..<found.lowerBound])
            rest = rest[found.upperBound...]
        }
        return parts + [rest]
    }
}
