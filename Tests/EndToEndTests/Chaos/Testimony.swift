import Core
import Postgres
import TestKit

/// What tasks and the tests themselves have to say, against which the invariants hold a database.
struct Testimony: Sendable {
    /// Lines of tasks: `s ATTEMPT TIME`, `a ATTEMPT TIME`, `e ATTEMPT TIME CODE BYTES`.
    var lines: [String]
    /// Runs whose trigger was answered.
    var acknowledged: [String] = []
    /// DAG, task, and a task that it needs.
    var needs: [(String, String, String)] = []
    /// How many tasks and runs of a DAG may be under way.
    var room: [(dag: String, tasks: Int?, runs: Int)] = []
    /// Attempts whose command a test has killed.
    var shot: [String] = []
    /// Runners whose keeper a test has killed, and when.
    var unkept: [(runner: String, at: String)] = []

    /// How many attempts began, by their own word.
    var starts: Int { lines.count { $0.hasPrefix("s ") } }

    /// Makes the tables for testimonies, once for a database.
    static func prepare(_ database: PrivateDatabase) async throws {
        try await database.execute(Invariant.preparation)
    }

    /// Puts it into its tables, and asks each invariant what is against it.
    func violations(in database: PrivateDatabase) async throws -> [(claim: String, found: [String])] {
        let tables = [
            "witness_start", "witness_alive", "witness_end", "acknowledged", "need", "room", "shot", "unkept",
        ]
        try await database.execute("TRUNCATE \(tables.map { "chk." + $0 }.joined(separator: ", "))")
        let words = lines.map { $0.split(separator: " ") }
        try await database.insert(
            "chk.witness_start",
            words.filter { $0.first == "s" && $0.count >= 3 }.map { "('\($0[1])', \($0[2]))" }
        )
        try await database.insert(
            "chk.witness_alive",
            words.filter { $0.first == "a" && $0.count == 3 }.map { "('\($0[1])', \($0[2]))" }
        )
        try await database.insert(
            "chk.witness_end",
            words.filter { $0.first == "e" && $0.count == 5 }.map { "('\($0[1])', \($0[2]), \($0[3]), \($0[4]))" }
        )
        try await database.insert("chk.acknowledged", acknowledged.map { "('\($0)')" })
        try await database.insert("chk.need", needs.map { "('\($0.0)', '\($0.1)', '\($0.2)')" })
        try await database.insert(
            "chk.room",
            room.map { "('\($0.dag)', \($0.tasks.map(String.init) ?? "NULL"), \($0.runs))" }
        )
        try await database.insert("chk.shot", shot.map { "('\($0)')" })
        try await database.insert("chk.unkept", unkept.map { "('\($0.runner)', \($0.at))" })
        var violations: [(claim: String, found: [String])] = []
        for invariant in Invariant.all {
            let found = try await database.rows(invariant.violations + " LIMIT 5")
            if !found.isEmpty { violations.append((invariant.claim, found)) }
        }
        return violations
    }
}

extension PrivateDatabase {
    /// The rows of a query with one column, as texts.
    func rows(_ sql: String) async throws -> [String] {
        let connection = try await Connection.connect(configuration)
        defer { withExtendedLifetime(connection) {} }
        do {
            let rows = try await connection.execute(
                Statement(name: "rows", sql: "SELECT x::text FROM (\(sql)) r (x)")
            )
            let texts = try rows.map { try $0.decode(0, as: String.self) }
            await connection.close()
            return texts
        } catch {
            await connection.close()
            throw error
        }
    }

    /// Puts rows, as SQL writes them, into a table.
    fileprivate func insert(_ table: String, _ values: [String]) async throws {
        for first in stride(from: 0, to: values.count, by: 1_000) {
            let part = values[first..<min(first + 1_000, values.count)]
            try await execute("INSERT INTO \(table) VALUES \(part.joined(separator: ", "))")
        }
    }
}
