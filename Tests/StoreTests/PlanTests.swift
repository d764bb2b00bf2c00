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

    /// Those that may read all of an index of some rows: what is in flight, what waits to be told, what has failed.
    private static let inFlight: Set<String> = [
        "dag_strips", "failed_tasks_of_runs", "fleet", "graced_tasks", "has_news", "next_due", "open_incident_count",
        "queue_due_retries", "queue_place", "read_dag_heads", "read_pools", "running_on", "running_runs",
        "runs_with_missed_tasks", "schedules_ahead", "set_unreachable_without_server", "silent_attempts",
        "solve_incidents", "stuck_tasks", "take_due_deliveries", "tell_wish", "undispatched_incidents",
        "wishes_to_tell",
    ]

    @Test func `no statement must read a whole table that grows, or a whole index of some rows`() async throws {
        try await StatementTests.withMigratedDatabase { connection in
            // A whole table is read then only where no index can be used.
            try await connection.executeScript("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan")
            let partial = try await connection.execute(
                Statement(
                    name: "partial_indexes",
                    sql: "SELECT indexrelid::regclass::text FROM pg_index WHERE indpred IS NOT NULL"
                )
            ).map { try $0.decode(0) as String }
            var found: (whole: Set<String>, inFlight: Set<String>) = ([], [])
            for statement in StatementTests.all {
                let plan = Plan(try await Self.plan(statement, on: connection), partial: Set(partial))
                if !plan.tables.isDisjoint(with: Self.kept) { found.whole.insert(statement.name) }
                if !plan.partialIndexes.isEmpty { found.inFlight.insert(statement.name) }
            }
            #expect(found.whole.subtracting(Self.whole.keys).sorted() == [], "they read a whole table")
            #expect(Set(Self.whole.keys).subtracting(found.whole).sorted() == [], "they need no exception")
            #expect(found.inFlight.subtracting(Self.inFlight).sorted() == [], "they read all that is in flight")
            #expect(Self.inFlight.subtracting(found.inFlight).sorted() == [], "they need no exception")
        }
    }

    /// The plan of a statement for any arguments, line by line.
    private static func plan(
        _ statement: StatementTests.Written,
        on connection: Connection
    ) async throws -> [String] {
        try await connection.executeScript("PREPARE p AS \(statement.sql)")
        let count: Int = try await connection.execute(
            Statement(
                name: "parameters",
                sql: "SELECT cardinality(parameter_types)::bigint FROM pg_prepared_statements WHERE name = 'p'"
            )
        )[0].decode(0)
        let values = count == 0 ? "" : "(\(Array(repeating: "NULL", count: count).joined(separator: ", ")))"
        let lines = try await connection.execute(
            Statement(name: "explain_\(statement.name)", sql: "EXPLAIN (COSTS OFF) EXECUTE p\(values)")
        ).map { try $0.decode(0) as String }
        try await connection.executeScript("DEALLOCATE p")
        return lines
    }

    /// What a plan reads from its one end to the other.
    private struct Plan {
        /// Tables, also those whose key is walked.
        private(set) var tables: Set<String> = []
        /// Indexes of some of a table's rows.
        private(set) var partialIndexes: Set<String> = []

        init(_ lines: [String], partial: Set<String>) {
            for (number, line) in lines.enumerated() {
                guard let mark = line.range(ofText: " on "), line.contains("Scan") else { continue }
                if let using = line.range(ofText: " using ") {
                    let next = number + 1 < lines.count ? lines[number + 1] : ""
                    if next.contains("Index Cond") { continue }
                    let index = String(line[using.upperBound...].prefix { $0 != " " })
                    if partial.contains(index) {
                        partialIndexes.insert(index)
                        continue
                    }
                } else if !line.contains("Seq Scan") {
                    continue
                }
                let name = line[mark.upperBound...].prefix { $0 != " " }
                // A month of a table that is kept by months has the month's name, or `other`.
                let isMonth = name.split(separator: "_").last.map { $0.allSatisfy(\.isNumber) || $0 == "other" } == true
                let table = isMonth ? name.prefix(upTo: name.lastIndex(of: "_") ?? name.endIndex) : name
                tables.insert(String(table))
            }
        }
    }
}
