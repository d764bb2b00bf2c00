import Core
import Postgres
import TestKit

/// What tasks and the tests themselves have to say, against which the invariants hold a database.
struct Testimony: Sendable {
    /// Lines of tasks: `s ATTEMPT TIME`, `w ATTEMPT FILE`, `a ATTEMPT TIME`, `e ATTEMPT TIME CODE BYTES`; the file is
    /// one in the folder of the runner where it runs.
    var lines: [String]
    /// Runs whose trigger was answered.
    var acknowledged: [String] = []
    /// Marks of triggers that were refused; that of a trigger is its param `once`.
    var refused: [String] = []
    /// DAGs and instants that a backfill was asked for.
    var wished: [(dag: String, at: String)] = []
    /// Runs whose cancel was answered.
    var cancelled: [String] = []
    /// DAG, task, and a task that it needs.
    var needs: [(String, String, String)] = []
    /// Tasks that also start after what they need has failed.
    var lenient: [(dag: String, task: String)] = []
    /// How many tasks and runs of a DAG may be under way, and how often a task of it may be tried.
    var room: [(dag: String, tasks: Int?, runs: Int, tries: Int)] = []
    /// Runners, and the folder that each has for itself.
    var homes: [(runner: String, folder: String)] = []
    /// Secrets that nobody may see.
    var canaries: [String] = []
    /// Attempts whose command a test has killed.
    var shot: [String] = []
    /// Runners whose keeper a test has killed, and when.
    var unkept: [(runner: String, at: String)] = []

    /// How many attempts began, by their own word.
    var starts: Int { lines.count { $0.hasPrefix("s ") } }

    /// Makes the tables for testimonies, once for a database, as soon as it has the program's own.
    static func prepare(_ database: PrivateDatabase) async throws {
        try await database.execute(Invariant.preparation)
        try await database.execute(Invariant.watch)
    }

    /// Puts it into its tables, and asks each invariant what is against it.
    func violations(in database: PrivateDatabase) async throws -> [(claim: String, found: [String])] {
        let tables = [
            "witness_start", "witness_place", "witness_alive", "witness_end", "acknowledged", "refused", "wished",
            "word", "need", "lenient", "room", "home", "canary", "shot", "unkept",
        ]
        try await database.execute("TRUNCATE \(tables.map { "chk." + $0 }.joined(separator: ", "))")
        let words = lines.map { $0.split(separator: " ") }
        try await database.insert(
            "chk.witness_start",
            words.filter { $0.first == "s" && $0.count >= 3 }.map { "('\($0[1])', \($0[2]))" }
        )
        try await database.insert(
            "chk.witness_place",
            words.filter { $0.first == "w" && $0.count == 3 }.map { "('\($0[1])', '\($0[2])')" }
        )
        try await database.insert(
            "chk.witness_alive",
            words.filter { $0.first == "a" && $0.count == 3 }.map { "('\($0[1])', \($0[2]))" }
        )
        try await database.insert(
            "chk.witness_end",
            words.filter { $0.first == "e" && $0.count == 5 }.map { "('\($0[1])', \($0[2]), \($0[3]), \($0[4]))" }
        )
        try await insertPromises(into: database)
        var violations: [(claim: String, found: [String])] = []
        for invariant in Invariant.all {
            let found = try await database.rows(invariant.violations + " LIMIT 5")
            if !found.isEmpty { violations.append((invariant.claim, found)) }
        }
        return violations
    }

    /// What the test asked for, what it was answered, and what it did.
    private func insertPromises(into database: PrivateDatabase) async throws {
        try await database.insert("chk.acknowledged", acknowledged.map { "('\($0)')" })
        try await database.insert("chk.refused", refused.map { "('\($0)')" })
        try await database.insert("chk.wished", wished.map { "('\($0.dag)', '\($0.at)')" })
        try await database.insert("chk.word", cancelled.map { "('\($0)', 'cancel')" })
        try await database.insert("chk.need", needs.map { "('\($0.0)', '\($0.1)', '\($0.2)')" })
        try await database.insert(
            "chk.room",
            room.map { "('\($0.dag)', \($0.tasks.map(String.init) ?? "NULL"), \($0.runs), \($0.tries))" }
        )
        try await database.insert("chk.lenient", lenient.map { "('\($0.dag)', '\($0.task)')" })
        try await database.insert("chk.home", homes.map { "('\($0.runner)', '\($0.folder)')" })
        try await database.insert("chk.canary", canaries.map { "('\($0)')" })
        try await database.insert("chk.shot", shot.map { "('\($0)')" })
        try await database.insert("chk.unkept", unkept.map { "('\($0.runner)', \($0.at))" })
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
