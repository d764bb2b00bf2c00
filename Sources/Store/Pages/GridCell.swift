package import Core
import Postgres

/// The state of one task in one run, for the grid: all instances of a mapped task count as one, by the worst.
package struct GridCell: Hashable, Sendable {
    package var run: Int
    package var task: String
    package var state: TaskState
    package var instances: Int
    /// How many of them are in that state.
    package var inState: Int
}

/// A column of the grid: a run, and between which places of its version's file the wanted tasks lie.
package struct GridColumn: Hashable, Sendable {
    /// The run's row.
    package var run: Int
    package var places: ClosedRange<Int>

    /// Pairs a run with its places.
    package init(run: Int, places: ClosedRange<Int>) {
        self.run = run
        self.places = places
    }
}

extension Store {
    /// Reads the cells of the named tasks; by run and by the task's place in its file.
    package func gridCells(_ columns: [GridColumn], tasks: [String]) async throws -> [GridCell] {
        let parameters: [any PostgresEncodable] = [
            columns.map(\.run), columns.map(\.places.lowerBound), columns.map(\.places.upperBound), tasks,
        ]
        return try await pool.execute(Self.gridStatement, parameters).map { row in
            GridCell(
                run: try row.decode(0),
                task: try row.decode(1),
                state: try row.decode(2),
                instances: try row.decode(3),
                inState: try row.decode(4)
            )
        }
    }

    /// The names of tasks that failed in any of some runs, given by their row ids.
    package func failedTasks(ofRuns runs: [Int]) async throws -> [String] {
        try await pool.execute(Self.failedTasksStatement, [runs]).map { try $0.decode(0) }
    }

    static let gridStatement = Statement(
        name: "grid_cells",
        sql: """
            SELECT run_id, task_id, (array_agg(state ORDER BY rank))[1],
                sum(count) FILTER (WHERE state <> 'removed' OR count = whole)::bigint,
                (array_agg(count ORDER BY rank))[1]
            FROM (
                SELECT t.run_id, t.task_index, t.task_id, t.state, count(*),
                    sum(count(*)) OVER (PARTITION BY t.run_id, t.task_index, t.task_id) AS whole,
                    array_position(ARRAY['failed', 'upstream_failed', 'up_for_retry', 'running', 'queued', 'waiting',
                        'cancelled', 'success', 'skipped', 'removed'], t.state) AS rank
                FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) u (run, first, last)
                    CROSS JOIN LATERAL (
                        SELECT run_id, task_index, task_id, state FROM task_instance
                        WHERE run_id = u.run AND task_index BETWEEN u.first AND u.last AND task_id = ANY ($4::text[])
                        -- Each run is looked into by itself, never all of them for what fits.
                        OFFSET 0
                    ) t
                GROUP BY t.run_id, t.task_index, t.task_id, t.state
            ) s
            GROUP BY run_id, task_index, task_id
            ORDER BY run_id, task_index
            """
    )

    static let failedTasksStatement = Statement(
        name: "failed_tasks_of_runs",
        sql: """
            SELECT DISTINCT task_id FROM task_instance WHERE run_id = ANY ($1::bigint[]) AND state = 'failed'
            """
    )
}
