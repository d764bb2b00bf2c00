package import Core
import Postgres

/// The newest success of a task before some run.
package struct LastSuccess: Hashable, Sendable {
    package var run: RunName
    /// The number of the attempt that succeeded.
    package var attempt: Int
}

extension Store {
    /// Looks for a task's last success in the DAG's newest 100 runs before one; nil where there is none in them.
    package func lastSuccess(ofTask task: TaskRecord, before run: RunRecord) async throws -> LastSuccess? {
        let parameters: [any PostgresEncodable] = [
            run.name.dag, run.rowID, run.logicalDate, task.id, task.mapIndex ?? -1,
        ]
        return try await pool.execute(Self.lastSuccessStatement, parameters).first.map { row in
            LastSuccess(run: RunName(dag: run.name.dag, key: try row.decode(0)), attempt: try row.decode(1))
        }
    }

    static let lastSuccessStatement = Statement(
        name: "last_success",
        sql: """
            SELECT r.key, a.number
            FROM (
                SELECT id, key, logical_date FROM dag_run
                WHERE dag_id = (SELECT id FROM dag WHERE name = $1) AND (logical_date, id) < ($3, $2)
                ORDER BY logical_date DESC, id DESC LIMIT 100
            ) r
                JOIN task_instance t ON t.run_id = r.id AND t.task_id = $4 AND t.map_index = $5
                JOIN attempt a ON a.task_instance_id = t.id AND a.state = 'success'
            ORDER BY r.logical_date DESC, r.id DESC, a.number DESC LIMIT 1
            """
    )
}
