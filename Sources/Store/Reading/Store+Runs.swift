package import Core
import Postgres

extension Store {
    /// Lists runs, newest first: those of one DAG by logical date, those of all by creation; the limit is at least 1.
    package func runs(
        _ filter: RunFilter = RunFilter(),
        after cursor: RunCursor? = nil,
        limit: Int
    ) async throws -> Page<RunRecord, RunCursor> {
        let statement = Self.runsStatement(filter, isFirstPage: cursor == nil)
        let parameters: [any PostgresEncodable] = [cursor?.at, cursor?.rowID, filter.dag, limit + 1]
        let rows = try await pool.execute(statement, parameters + filter.values)
        var items = try rows.map { try RunRecord(row: $0) }
        guard items.count > limit else { return Page(items: items, next: nil) }
        items.removeLast()
        let last = items[items.count - 1]
        let at = filter.dag == nil ? last.createdAt : last.logicalDate
        return Page(items: items, next: RunCursor(at: at, rowID: last.rowID))
    }

    /// Reads one run by its name or by `latest` and `latest-failed`; nil where there is none.
    package func run(_ name: RunName) async throws -> RunRecord? {
        guard let name = try await resolve(name) else { return nil }
        let rows = try await pool.execute(Self.runStatement, [name.dag, name.key])
        return try rows.first.map { try RunRecord(row: $0) }
    }

    /// Reads one run with its tasks and their attempts, in the file's order; nil where there is none.
    package func runDetail(_ name: RunName) async throws -> RunDetail? {
        guard let run = try await run(name) else { return nil }
        return RunDetail(run: run, tasks: try await tasks(ofRun: run.rowID))
    }

    /// The run that a name means; nil where there is none.
    ///
    /// `latest` is the one with the latest logical date, `latest-failed` the latest failed one. Other names are taken
    /// at their word, without a look.
    package func resolve(_ name: RunName) async throws -> RunName? {
        let statement: Statement
        switch name.key {
        case "latest": statement = Self.latestStatement
        case "latest-failed": statement = Self.latestFailedStatement
        default: return name
        }
        guard let row = try await pool.execute(statement, [name.dag]).first else { return nil }
        return RunName(dag: name.dag, key: try row.decode(0))
    }

    /// Whether a DAG of that name was ever seen.
    package func hasDAG(_ name: String) async throws -> Bool {
        try await !pool.execute(Self.hasDAGStatement, [name]).isEmpty
    }

    /// The statement of one listing; there are as many as there are sets of states, 64 times.
    static func runsStatement(_ filter: RunFilter, isFirstPage: Bool) -> Statement {
        let order = filter.dag == nil ? "r.created_at" : "r.logical_date"
        let ofDAG = filter.dag == nil ? "$3::text IS NULL" : "r.dag_id = (SELECT id FROM dag WHERE name = $3)"
        let place = isFirstPage ? "$1::timestamptz IS NULL AND $2::bigint IS NULL" : "(\(order), r.id) < ($1, $2)"
        return Statement(
            name: "read_runs_\(filter.suffix)_\(isFirstPage ? "first" : "next")",
            sql: """
                SELECT \(RunRecord.columns)
                FROM \(RunRecord.tables)
                WHERE \(ofDAG) AND \(filter.condition) AND \(place)
                ORDER BY \(order) DESC, r.id DESC
                LIMIT $4
                """
        )
    }

    static let runStatement = Statement(
        name: "read_run",
        sql: "SELECT \(RunRecord.columns) FROM \(RunRecord.tables) WHERE d.name = $1 AND r.key = $2"
    )

    static let latestStatement = Statement(
        name: "read_run_latest",
        sql: """
            SELECT key FROM dag_run WHERE dag_id = (SELECT id FROM dag WHERE name = $1)
            ORDER BY logical_date DESC, id DESC LIMIT 1
            """
    )

    static let latestFailedStatement = Statement(
        name: "read_run_latest_failed",
        sql: """
            SELECT key FROM dag_run
            WHERE dag_id = (SELECT id FROM dag WHERE name = $1) AND state = '\(RunState.failed.rawValue)'
            ORDER BY logical_date DESC, id DESC LIMIT 1
            """
    )

    static let hasDAGStatement = Statement(name: "read_dag_exists", sql: "SELECT FROM dag WHERE name = $1")
}

/// A run with everything below it.
package struct RunDetail: Hashable, Sendable {
    package var run: RunRecord
    /// In the file's order, then by map index.
    package var tasks: [TaskRecord]
}
