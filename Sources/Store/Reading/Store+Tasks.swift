import Core
import Postgres

extension Store {
    /// Reads the tasks of a run with their attempts, in the file's order, then by map index.
    package func tasks(ofRun run: Int) async throws -> [TaskRecord] {
        try gather(try await pool.execute(Self.tasksStatement, [run]))
    }

    /// Reads one task of a run with all its instances, by map index; empty where there is none.
    package func instances(ofRun run: Int, task: String) async throws -> [TaskRecord] {
        try gather(try await pool.execute(Self.instancesStatement, [run, task]))
    }

    /// The names of a run's tasks, each once, in the file's order.
    package func taskNames(ofRun run: Int) async throws -> [String] {
        try await pool.execute(Self.taskNamesStatement, [run]).map { try $0.decode(0) }
    }

    /// Puts the attempts, one a row, below their tasks; rows of one task follow each other.
    func gather(_ rows: Rows) throws(DatabaseError) -> [TaskRecord] {
        var tasks: [TaskRecord] = []
        for row in rows {
            if try row.decode(0, as: Int.self) != tasks.last?.rowID { tasks.append(try TaskRecord(row: row)) }
            guard try row.decode(TaskRecord.columnCount, as: AttemptID?.self) != nil else { continue }
            tasks[tasks.count - 1].attempts.append(try AttemptRecord(row: row, from: TaskRecord.columnCount))
        }
        return tasks
    }

    static let tasksStatement = Statement(
        name: "read_tasks_of_run",
        sql: """
            SELECT \(TaskRecord.columns), \(AttemptRecord.columns)
            FROM task_instance t LEFT JOIN attempt a ON a.task_instance_id = t.id
            WHERE t.run_id = $1
            ORDER BY t.task_index, t.map_index, a.number
            """
    )

    static let instancesStatement = Statement(
        name: "read_task_instances",
        sql: """
            SELECT \(TaskRecord.columns), \(AttemptRecord.columns)
            FROM task_instance t LEFT JOIN attempt a ON a.task_instance_id = t.id
            WHERE t.run_id = $1 AND t.task_id = $2
            ORDER BY t.map_index, a.number
            """
    )

    static let taskNamesStatement = Statement(
        name: "read_task_names_of_run",
        sql: "SELECT task_id FROM task_instance WHERE run_id = $1 GROUP BY task_index, task_id ORDER BY task_index"
    )
}
