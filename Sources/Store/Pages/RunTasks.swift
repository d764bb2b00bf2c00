package import Core
import Postgres

extension Store {
    /// Reads those tasks of a run that are one instance, with their attempts, by their places in the file.
    package func wholeTasks(ofRun run: Int, at places: [Int]) async throws -> [TaskRecord] {
        guard !places.isEmpty else { return [] }
        return try gather(try await pool.execute(Self.wholeTasksAtStatement, [run, places]))
    }

    /// Reads those mapped tasks of a run that have instances, folded, by their places in the file.
    package func mappedTasks(ofRun run: Int, at places: [Int]) async throws -> [MappedTask] {
        guard !places.isEmpty else { return [] }
        return try fold(try await pool.execute(Self.mappedTasksAtStatement, [run, places]))
    }

    /// Reads the instances of a run that failed first, of those whose failure counts, with their attempts.
    package func rootFailures(ofRun run: Int, limit: Int) async throws -> [TaskRecord] {
        try gather(try await pool.execute(Self.rootFailuresStatement, [run, limit]))
    }

    static let wholeTasksAtStatement = Statement(
        name: "read_whole_tasks_at",
        sql: """
            SELECT \(TaskRecord.columns), \(AttemptRecord.columns)
            FROM task_instance t LEFT JOIN attempt a ON a.task_instance_id = t.id
            WHERE t.run_id = $1 AND t.task_index = ANY ($2) AND t.map_index = -1
            ORDER BY t.task_index, a.number
            """
    )

    static let mappedTasksAtStatement = Statement(
        name: "read_mapped_tasks_at",
        sql: """
            SELECT task_id, task_index, state, count(*), sum(attempts)::bigint, min(started_at), max(ended_at),
                bool_or(allows_failure)
            FROM task_instance WHERE run_id = $1 AND task_index = ANY ($2) AND map_index >= 0
            GROUP BY task_index, task_id, state ORDER BY task_index
            """
    )

    static let rootFailuresStatement = Statement(
        name: "root_failures",
        sql: """
            SELECT \(TaskRecord.columns), \(AttemptRecord.columns)
            FROM (SELECT * FROM task_instance WHERE run_id = $1 AND state = 'failed' AND NOT allows_failure
                ORDER BY ended_at, id LIMIT $2) t
                LEFT JOIN attempt a ON a.task_instance_id = t.id
            ORDER BY t.ended_at, t.id, a.number
            """
    )
}

/// When the tasks of a run waited and ran: what its critical path and its longest tasks are found by.
package struct RunTimes: Hashable, Sendable {
    /// One task; of a mapped one from its first instance's start to its last one's end.
    package struct Task: Hashable, Sendable {
        /// The task's place in its version's file.
        package var index: Int
        package var startedAt: Timestamp?
        /// Nil while it has not ended.
        package var endedAt: Timestamp?

        /// Joins the facts.
        package init(index: Int, startedAt: Timestamp?, endedAt: Timestamp?) {
            self.index = index
            self.startedAt = startedAt
            self.endedAt = endedAt
        }
    }

    /// In the file's order.
    package var tasks: [Task]

    /// Holds tasks.
    package init(tasks: [Task]) {
        self.tasks = tasks
    }
}

extension Store {
    /// Reads when the tasks of a run ran, in one row of the answer.
    package func times(ofRun run: Int) async throws -> RunTimes {
        let row = try await pool.execute(Self.runTimesStatement, [run])[0]
        let indexes = try row.decode(0, as: [Int].self)
        let starts = try row.decode(1, as: [Timestamp?].self)
        let ends = try row.decode(2, as: [Timestamp?].self)
        return RunTimes(
            tasks: indexes.indices.map { RunTimes.Task(index: indexes[$0], startedAt: starts[$0], endedAt: ends[$0]) }
        )
    }

    static let runTimesStatement = Statement(
        name: "run_times",
        sql: """
            SELECT coalesce(array_agg(task_index), '{}'), coalesce(array_agg(started), '{}'),
                coalesce(array_agg(ended), '{}')
            FROM (
                SELECT task_index::bigint, min(started_at) AS started,
                    CASE WHEN bool_and(ended_at IS NOT NULL) THEN max(ended_at) END AS ended
                FROM task_instance WHERE run_id = $1 AND state <> 'removed'
                GROUP BY task_index ORDER BY task_index
            ) t
            """
    )
}
