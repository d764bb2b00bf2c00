package import Core
package import Postgres

extension Connection {
    /// Makes the classes in the store those of `rota.yaml`; tasks that wait already get the priority of theirs.
    package func setPriorityClasses(_ classes: [PriorityClass]) throws {
        _ = try execute(
            Statement(
                name: "set_priority_classes",
                sql: """
                    WITH given AS (
                        SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS u (name, priority, grace)),
                    gone AS (DELETE FROM priority_class WHERE name NOT IN (SELECT name FROM given))
                    INSERT INTO priority_class (name, priority, grace_us) SELECT name, priority, grace FROM given
                    ON CONFLICT (name) DO UPDATE SET priority = excluded.priority, grace_us = excluded.grace_us
                    """
            ),
            [
                classes.map(\.name), classes.map(\.priority),
                classes.map { $0.grace.map { Int($0.clampedMicroseconds) } },
            ]
        )
        _ = try execute(
            Statement(
                name: "apply_priority_classes",
                sql: """
                    WITH chosen AS (
                        SELECT t.id, coalesce(c.priority, 0) AS priority FROM task_instance t
                            LEFT JOIN priority_class c ON c.name = t.priority_class
                        WHERE t.state IN ('waiting', 'queued') AND t.attempt_id IS NULL AND t.priority_class IS NOT NULL
                            AND t.priority <> coalesce(c.priority, 0)
                        ORDER BY t.id FOR NO KEY UPDATE OF t SKIP LOCKED)
                    UPDATE task_instance t SET priority = chosen.priority FROM chosen WHERE t.id = chosen.id
                    """
            )
        )
    }

    /// Runs with tasks that have waited for a runner longer than their class lets them.
    package func runsWithMissedTasks(limit: Int) throws -> [Int] {
        try execute(
            Statement(
                name: "runs_with_missed_tasks",
                sql: """
                    SELECT DISTINCT t.run_id FROM priority_class c JOIN task_instance t ON t.priority_class = c.name
                    WHERE t.state = 'queued' AND t.attempt_id IS NULL AND t.priority_class IS NOT NULL
                        AND t.started_at IS NULL AND c.grace_us IS NOT NULL
                        AND t.queued_at <= clock_timestamp() - c.grace_us * interval '1 microsecond'
                    ORDER BY t.run_id LIMIT $1
                    """
            ),
            [limit]
        ).map { try $0.decode(0) }
    }

    /// The tasks of locked runs that wait for a runner, have never run, and are of a class with a grace period.
    package func gracedTasks(ofRuns runs: [Int]) throws -> [(row: InstanceRow, wait: GracedWait)] {
        try execute(
            Statement(
                name: "graced_tasks",
                sql: """
                    SELECT \(InstanceRow.columns), t.queued_at, c.grace_us
                    FROM task_instance t JOIN priority_class c ON c.name = t.priority_class
                    WHERE t.run_id = ANY($1::bigint[]) AND t.state = 'queued' AND t.attempt_id IS NULL
                        AND t.started_at IS NULL AND c.grace_us IS NOT NULL
                    ORDER BY t.id FOR NO KEY UPDATE OF t
                    """
            ),
            [runs]
        ).map { row in
            let instance = try InstanceRow(row)
            let wait = GracedWait(
                id: instance.id,
                queuedAt: try row.decode(InstanceRow.columnCount),
                grace: .microseconds(Int64(try row.decode(InstanceRow.columnCount + 1) as Int))
            )
            return (instance, wait)
        }
    }

    /// Ends queued tasks that no runner took in time.
    package func endMissed(_ ids: [Int], reason: String) throws {
        guard !ids.isEmpty else { return }
        _ = try execute(
            Statement(
                name: "end_missed_tasks",
                sql: """
                    UPDATE task_instance SET state = 'cancelled', reason = $2, ended_at = clock_timestamp(), hold = NULL
                    WHERE id = ANY($1::bigint[]) AND state = 'queued' AND attempt_id IS NULL
                    """
            ),
            [ids, reason]
        )
    }
}
