package import Core
import Postgres

/// The states of all instances of a run, in one row of the answer: what counts, strip and graph are made of.
package struct RunStates: Hashable, Sendable {
    /// The instances of one task.
    package struct Task: Hashable, Sendable {
        /// The task's place in its version's file.
        package var index: Int
        /// By map index; one where the task is not mapped, or waits to be.
        package var states: [TaskState]
        /// Whether they are instances of a mapped task.
        package var isMapped: Bool

        /// The state that people should know of.
        package var worst: TaskState { MappedTask.ranked.first { states.contains($0) } ?? .removed }
    }

    /// In the file's order.
    package var tasks: [Task]
    /// How many failed instances were allowed to fail.
    package var allowedFailures: Int

    /// How many instances are in each state.
    package var counts: [TaskState: Int] {
        var counts: [TaskState: Int] = [:]
        for task in tasks {
            for state in task.states { counts[state, default: 0] += 1 }
        }
        return counts
    }

    /// How many failed whose failure counts.
    package var failures: Int { (counts[.failed] ?? 0) - allowedFailures }
}

extension Store {
    /// Reads the states of all instances of a run; of a task that waits to be expanded anew, not what was removed.
    package func states(ofRun run: Int) async throws -> RunStates {
        let row = try await pool.execute(Self.runStatesStatement, [run])[0]
        let codes: String = try row.decode(0)
        let (indexes, counts) = (try row.decode(1, as: [Int].self), try row.decode(2, as: [Int].self))
        let mapped = try row.decode(3, as: [Bool].self)
        var rest = codes.utf8[...]
        var tasks: [RunStates.Task] = []
        tasks.reserveCapacity(indexes.count)
        for place in indexes.indices {
            // Before the first instance of a mapped task stands what waits to be expanded, if it does.
            let wanted = mapped[place] ? counts[place] : 1
            let states = rest.prefix(wanted).map { MappedTask.ranked[Int($0) - 97] }
            tasks.append(RunStates.Task(index: indexes[place], states: states, isMapped: mapped[place]))
            rest = rest.dropFirst(counts[place])
        }
        return RunStates(tasks: tasks, allowedFailures: try row.decode(4))
    }

    // A letter for each state, by its rank.
    static let runStatesStatement = Statement(
        name: "run_states",
        sql: """
            SELECT coalesce(string_agg(codes, '' ORDER BY task_index), ''),
                coalesce(array_agg(task_index ORDER BY task_index), '{}'),
                coalesce(array_agg(instances ORDER BY task_index), '{}'),
                coalesce(array_agg(is_mapped ORDER BY task_index), '{}'), coalesce(sum(allowed), 0)::bigint
            FROM (
                SELECT task_index::bigint, count(*) AS instances, bool_and(map_index >= 0) AS is_mapped,
                    string_agg(chr(96 + array_position(ARRAY['failed', 'upstream_failed', 'up_for_retry', 'running',
                        'queued', 'waiting', 'cancelled', 'success', 'skipped', 'removed'], state)), ''
                        ORDER BY map_index) AS codes,
                    count(*) FILTER (WHERE state = 'failed' AND allows_failure) AS allowed
                FROM task_instance WHERE run_id = $1 GROUP BY task_index
            ) t
            """
    )
}
