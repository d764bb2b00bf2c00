import Postgres
import Store
import TestKit
import Testing

/// How PostgreSQL finds the rows of each statement, whatever its statistics say.
struct PlanTests {
    /// The tables that grow with time.
    private static let kept: Set<String> = [
        "task_instance", "attempt", "dag_run", "transition", "attempt_log", "tick", "deed", "incident",
    ]

    /// Those that may read all of such a table, and why.
    private static let whole = [
        "check_run_counts": "`rota db check` counts everything",
        "check_tick_overlap": "`rota db check` looks at everything",
        "latest_change": "it takes the last row of the key and no other",
        "newest_log_beyond_budget": "it adds up all logs, every five minutes where there is a budget",
        "old_amounts": "the dry run of a removal counts what is old",
        "remove_old_idempotency_keys": "a removal, once an hour, under a limit of age",
    ]

    @Test func `no statement must read all of what is kept`() async throws {
        let server = try await PrivateServer.shared()
        let template = try await server.template("rota") { configuration in
            let pool = Pool(configuration, size: 1)
            try await Store(pool: pool).migrate()
            await pool.close()
        }
        try await server.withDatabase(template: template) { database in
            let connection = try await Connection.connect(database.configuration)
            // A whole table is read then only where no index can be used.
            try await connection.executeScript("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan")
            var found: Set<String> = []
            for statement in StatementTests.all {
                let tables = try await Self.readWhole(statement, on: connection)
                if !tables.isEmpty { found.insert(statement.name) }
                if !tables.isEmpty, Self.whole[statement.name] == nil {
                    Issue.record("\(statement.name) in \(statement.file) reads all of \(tables.sorted())")
                }
            }
            #expect(Set(Self.whole.keys).subtracting(found) == [], "these need no exception")
            await connection.close()
        }
    }

    /// The tables that grow with time of which a statement reads all.
    private static func readWhole(
        _ statement: StatementTests.Written,
        on connection: Connection
    ) async throws -> Set<String> {
        try await connection.executeScript("PREPARE p AS \(statement.sql)")
        let count: Int = try await connection.execute(
            Statement(
                name: "parameters",
                sql: "SELECT cardinality(parameter_types)::bigint FROM pg_prepared_statements WHERE name = 'p'"
            )
        )[0].decode(0)
        let values = count == 0 ? "" : "(\(Array(repeating: "NULL", count: count).joined(separator: ", ")))"
        let plan = try await connection.execute(
            Statement(name: "explain_\(statement.name)", sql: "EXPLAIN (COSTS OFF) EXECUTE p\(values)")
        )
        let lines: [String] = try plan.map { try $0.decode(0) }
        try await connection.executeScript("DEALLOCATE p")
        let partial = try await Set(
            connection.execute(
                Statement(
                    name: "partial_indexes",
                    sql: "SELECT indexrelid::regclass::text FROM pg_index WHERE indpred IS NOT NULL"
                )
            ).map { try $0.decode(0) as String }
        )
        var tables: Set<String> = []
        for (number, line) in lines.enumerated() {
            guard let mark = line.range(ofText: " on "), line.contains("Scan") else { continue }
            // An index from its one end to the other is all of the table too, unless it is one of some rows only.
            if let using = line.range(ofText: " using ") {
                let index = String(line[using.upperBound...].prefix { $0 != " " })
                let next = number + 1 < lines.count ? lines[number + 1] : ""
                if partial.contains(index) || next.contains("Index Cond") { continue }
            } else if !line.contains("Seq Scan") {
                continue
            }
            let name = line[mark.upperBound...].prefix { $0 != " " }
            // A month of a table that is kept by months has the month's name, or `other`.
            let isMonth = name.split(separator: "_").last.map { $0.allSatisfy(\.isNumber) || $0 == "other" } == true
            let table = isMonth ? name.prefix(upTo: name.lastIndex(of: "_") ?? name.endIndex) : name
            if kept.contains(String(table)) { tables.insert(String(table)) }
        }
        return tables
    }
}
