package import Core
import Postgres

/// A task in one run: what its history has a row for.
package struct TaskOutcome: Hashable, Sendable {
    package var run: Int
    /// All instances of a mapped task count as one, by the worst.
    package var state: TaskState
    package var instances: Int
    /// Attempts of all instances.
    package var attempts: Int
    package var queuedAt: Timestamp?
    package var startedAt: Timestamp?
    /// Nil while one has not ended.
    package var endedAt: Timestamp?
    /// How long the last attempt took, where the task is one instance and that is over.
    package var duration: Duration?
    /// Whether its failure counts as success.
    package var allowsFailure: Bool
    /// What the last attempt of an instance in that state says.
    package var cause: String?
    package var causeLine: Int?
    package var runner: String?
    package var exitCode: Int?
    package var signature: Int?
    /// Which instance that is; nil where the task is not mapped.
    package var mapIndex: Int?
}

/// A sort of failure among those of a task.
package struct TaskCause: Hashable, Sendable {
    package var signature: Int
    package var sample: String
    package var failures: Int
    package var lastSeen: Timestamp
    package var lastRun: RunName
}

extension Store {
    /// Reads a task in runs, given by their row ids, each with the task's place in its version's file; in no order.
    package func taskOutcomes(inRuns runs: [Int], places: [Int]) async throws -> [TaskOutcome] {
        guard !runs.isEmpty else { return [] }
        return try await pool.execute(Self.taskOutcomesStatement, [runs, places]).map { row in
            TaskOutcome(
                run: try row.decode(0),
                state: try row.decode(1),
                instances: try row.decode(2),
                attempts: try row.decode(3),
                queuedAt: try row.decode(4),
                startedAt: try row.decode(5),
                endedAt: try row.decode(6),
                duration: try row.decode(13, as: Int?.self).map { .microseconds($0) },
                allowsFailure: try row.decode(14),
                cause: try row.decode(7),
                causeLine: try row.decode(8),
                runner: try row.decode(9),
                exitCode: try row.decode(10),
                signature: try row.decode(11),
                mapIndex: try row.decode(12, as: Int.self).nonNegative
            )
        }
    }

    /// Groups the failures of a task in runs by their sort, most first, at most 20.
    package func taskCauses(inRuns runs: [Int], places: [Int]) async throws -> [TaskCause] {
        guard !runs.isEmpty else { return [] }
        return try await pool.execute(Self.taskCausesStatement, [runs, places]).map { row in
            TaskCause(
                signature: try row.decode(0),
                sample: try row.decode(1),
                failures: try row.decode(2),
                lastSeen: try row.decode(3),
                lastRun: RunName(dag: try row.decode(4), key: try row.decode(5))
            )
        }
    }

    static let taskOutcomesStatement = Statement(
        name: "task_outcomes",
        sql: """
            SELECT s.run_id, s.state, s.instances, s.attempts, s.queued, s.started, s.ended, a.cause_text, a.cause_line,
                a.runner, a.exit_code, a.signature_id, s.map_index,
                CASE WHEN s.map_index < 0 THEN coalesce(a.duration_us,
                    (extract(epoch FROM a.ended_at - a.started_at) * 1e6)::bigint) END,
                s.allows_failure
            FROM (
                SELECT t.run_id, (array_agg(t.state ORDER BY w.rank, t.map_index))[1] AS state,
                    (array_agg(t.id ORDER BY w.rank, t.map_index))[1] AS instance,
                    (array_agg(t.attempts ORDER BY w.rank, t.map_index))[1] AS number,
                    (array_agg(t.map_index ORDER BY w.rank, t.map_index))[1] AS map_index,
                    bool_or(t.allows_failure) AS allows_failure,
                    count(*) FILTER (WHERE t.state <> 'removed') AS instances, sum(t.attempts)::bigint AS attempts,
                    min(t.queued_at) AS queued, min(t.started_at) AS started,
                    CASE WHEN bool_and(t.ended_at IS NOT NULL) THEN max(t.ended_at) END AS ended
                FROM unnest($1::bigint[], $2::bigint[]) u (run, place)
                    JOIN task_instance t ON t.run_id = u.run AND t.task_index = u.place,
                    LATERAL (SELECT array_position(ARRAY['failed', 'upstream_failed', 'up_for_retry', 'running',
                        'queued', 'waiting', 'cancelled', 'success', 'skipped', 'removed'], t.state) AS rank) w
                GROUP BY t.run_id
            ) s
                LEFT JOIN attempt a ON a.task_instance_id = s.instance AND a.number = s.number
            """
    )

    static let taskCausesStatement = Statement(
        name: "task_causes",
        sql: """
            SELECT g.id, CASE WHEN g.sample = '' THEN g.subject ELSE g.sample END, c.failures, c.last, d.name, r.key
            FROM (
                SELECT a.signature_id, count(*) AS failures, max(coalesce(a.ended_at, a.intended_at)) AS last,
                    (array_agg(a.run_id ORDER BY a.id DESC))[1] AS run
                FROM unnest($1::bigint[], $2::bigint[]) u (run, place)
                    JOIN task_instance t ON t.run_id = u.run AND t.task_index = u.place
                    JOIN attempt a ON a.task_instance_id = t.id
                WHERE a.signature_id IS NOT NULL
                GROUP BY a.signature_id
            ) c
                JOIN signature g ON g.id = c.signature_id JOIN dag_run r ON r.id = c.run JOIN dag d ON d.id = r.dag_id
            ORDER BY c.failures DESC, c.last DESC, g.id LIMIT 20
            """
    )
}

extension Int {
    /// Itself, or nil where it is below zero: the map index of what is not mapped.
    fileprivate var nonNegative: Int? { self < 0 ? nil : self }
}
