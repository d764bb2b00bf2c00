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

extension Store {
    /// Reads the cells of the named tasks in runs, given by their row ids; by run and by the task's place in its file.
    package func gridCells(runs: [Int], tasks: [String]) async throws -> [GridCell] {
        try await pool.execute(Self.gridStatement, [runs, tasks]).map { row in
            GridCell(
                run: try row.decode(0),
                task: try row.decode(1),
                state: try row.decode(2),
                instances: try row.decode(3),
                inState: try row.decode(4)
            )
        }
    }

    static let gridStatement = Statement(
        name: "grid_cells",
        sql: """
            SELECT run_id, task_id, (array_agg(state ORDER BY rank))[1],
                sum(count) FILTER (WHERE state <> 'removed' OR count = whole)::bigint,
                (array_agg(count ORDER BY rank))[1]
            FROM (
                SELECT run_id, task_index, task_id, state, count(*),
                    sum(count(*)) OVER (PARTITION BY run_id, task_index, task_id) AS whole,
                    array_position(ARRAY['failed', 'upstream_failed', 'up_for_retry', 'running', 'queued', 'waiting',
                        'cancelled', 'success', 'skipped', 'removed'], state) AS rank
                FROM task_instance WHERE run_id = ANY ($1) AND task_id = ANY ($2)
                GROUP BY run_id, task_index, task_id, state
            ) s
            GROUP BY run_id, task_index, task_id
            ORDER BY run_id, task_index
            """
    )
}
