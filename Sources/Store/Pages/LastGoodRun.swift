import Core
import Postgres

extension Store {
    /// Looks for the last run that succeeded, among the DAG's newest 200 before one; nil where there is none in them.
    package func lastGoodRun(before run: RunRecord) async throws -> RunRecord? {
        let parameters: [any PostgresEncodable] = [run.name.dag, run.rowID, run.logicalDate]
        return try await pool.execute(Self.lastGoodRunStatement, parameters).first.map { try RunRecord(row: $0) }
    }

    static let lastGoodRunStatement = Statement(
        name: "last_good_run",
        sql: """
            SELECT \(RunRecord.columns) FROM \(RunRecord.tables)
            WHERE r.id = (
                SELECT id FROM (
                    SELECT id, state, logical_date FROM dag_run
                    WHERE dag_id = (SELECT id FROM dag WHERE name = $1) AND (logical_date, id) < ($3, $2)
                    ORDER BY logical_date DESC, id DESC LIMIT 200
                ) newest
                WHERE state = 'success' ORDER BY logical_date DESC, id DESC LIMIT 1)
            """
    )
}
