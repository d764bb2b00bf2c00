package import Core
package import Postgres

/// A queued task that fits a runner, before any lock.
package struct QueuedTask: Sendable {
    package var id: Int
    package var run: Int
    package var dag: Int
    package var version: Int
    package var task: Int
    package var attempts: Int
    package var pool: String?
    package var slots: Int
    /// Why it was not taken before, as stored.
    package var hold: String?
    package var priority: Int
    package var queuedAt: Timestamp
    /// By when its run is to have started, else by when it is to have ended.
    package var deadline: Timestamp?
    /// The order of its pool; nil: it names none, or one that does not exist.
    package var order: QueueOrder?
}

/// A part of the queue.
package struct QueueWindow: Sendable {
    /// In no order.
    package var tasks: [QueuedTask]
    /// The last DAG whose head was looked for; 0: there are no more DAGs behind it.
    package var lastDAG: Int
}

extension QueueOrder: StoredWord {}

/// The place in the queue, as the indexes have it.
private let queueRank = "t.queued_at - '2026-01-01 00:00:00+00'::timestamptz - t.priority * interval '1 minute'"

/// What is read of a task in the queue.
private let queueColumns = """
    t.id, t.run_id, t.dag_id, t.task_index, t.attempts, t.pool, t.slots, t.hold, t.priority, t.queued_at
    """

/// The lane of the queue in which a task waits, as the indexes have it: that of the runner that it names, else whether
/// it is true that it names no labels.
private let lane = "coalesce(t.runner, '#' || (t.labels IS NULL)::text)"

/// Whether a task waits to be taken.
private let isQueued = "t.state = 'queued' AND t.attempt_id IS NULL"

/// Whether a task of one of its lanes may be taken by the runner that asks, and is of no DAG and pool that is full.
private let isTakeable = """
    (t.labels IS NULL OR t.runner IS NOT NULL OR t.labels <@ $2::text[])
        AND NOT t.dag_id = ANY($4::bigint[]) AND (t.pool IS NULL OR NOT t.pool = ANY($5::text[]))
    """

extension Connection {
    /// Looks, without locking, at queued tasks that fit the runner: a window of the queue, never all of it.
    ///
    /// The window is the head of the queue by priority and age, the heads of up to `limit / 4` DAGs, beginning after
    /// `dag`, so that every DAG comes into view however long another's queue is, and the oldest of each pool whose order
    /// is not by priority. A task that names no runner goes to a local one as long as one has a free slot.
    package func queuedTasks(
        for runner: ClaimingRunner,
        limit: Int,
        except full: FullLimits,
        afterDAG dag: Int = 0
    ) throws -> QueueWindow {
        let takesAny = try runner.takesAny && (runner.isLocal || !hasFreeLocalRunner())
        let lanes = [runner.name] + (takesAny ? ["#true"] : []) + (runner.labels.isEmpty ? [] : ["#false"])
        let rows = try execute(
            Self.queuedTasksStatement,
            [lanes, runner.labels, limit, full.dags.sorted(), full.pools.sorted(), dag]
        )
        let tasks = try rows.map { row in
            QueuedTask(
                id: try row.decode(0),
                run: try row.decode(1),
                dag: try row.decode(2),
                version: try row.decode(3),
                task: try row.decode(4),
                attempts: try row.decode(5),
                pool: try row.decode(6),
                slots: try row.decode(7),
                hold: try row.decode(8),
                priority: try row.decode(9),
                queuedAt: try row.decode(10),
                deadline: try row.decode(11),
                order: try row.decode(12)
            )
        }
        return QueueWindow(tasks: tasks, lastDAG: try rows.first?.decode(13) ?? 0)
    }

    // That slots are above nought holds always: it says which index gives the head of a lane, which all others must not
    // be searched for in. A DAG's head is asked for by a range of one, so that its index gives the order.
    /// The look at the queue, for tests that ask how PostgreSQL does it.
    package static let queuedTasksStatement = Statement(
        name: "queued_tasks",
        sql: """
            WITH RECURSIVE lanes AS (SELECT * FROM unnest($1::text[]) AS l (lane)),
            dags AS (
                SELECT lanes.lane, first.dag_id, 1 AS place FROM lanes CROSS JOIN LATERAL (
                    SELECT t.dag_id FROM task_instance t
                    WHERE \(isQueued) AND \(lane) = lanes.lane AND t.dag_id > $6
                    ORDER BY t.dag_id LIMIT 1) first
                UNION ALL
                SELECT dags.lane, (SELECT t.dag_id FROM task_instance t
                    WHERE \(isQueued) AND \(lane) = dags.lane AND t.dag_id > dags.dag_id
                    ORDER BY t.dag_id LIMIT 1), place + 1
                FROM dags WHERE dags.dag_id IS NOT NULL AND place < $3 / 4),
            seen AS (
                SELECT head.* FROM lanes CROSS JOIN LATERAL (
                    SELECT \(queueColumns) FROM task_instance t
                    WHERE \(isQueued) AND \(lane) = lanes.lane AND t.slots > 0 AND \(isTakeable)
                    ORDER BY \(queueRank), t.id LIMIT $3) head
                UNION
                SELECT head.* FROM dags CROSS JOIN LATERAL (
                    SELECT \(queueColumns) FROM task_instance t
                    WHERE \(isQueued) AND \(lane) = dags.lane AND t.dag_id >= dags.dag_id AND t.dag_id <= dags.dag_id
                        AND \(isTakeable)
                    ORDER BY t.dag_id, \(queueRank), t.id LIMIT 4) head
                WHERE NOT dags.dag_id = ANY($4::bigint[])
                UNION
                SELECT oldest.* FROM pool p CROSS JOIN lanes CROSS JOIN LATERAL (
                    SELECT \(queueColumns) FROM task_instance t
                    WHERE \(isQueued) AND \(lane) = lanes.lane AND t.pool = p.name AND \(isTakeable)
                    ORDER BY t.queued_at, t.id LIMIT $3) oldest
                WHERE p.ordering NOT IN ('priority', 'fair') AND NOT p.name = ANY($5::text[]))
            SELECT t.id, t.run_id, t.dag_id, r.version_id, t.task_index, t.attempts, t.pool, t.slots, t.hold,
                t.priority, coalesce(t.queued_at, r.created_at), coalesce(r.start_by, r.end_by), p.ordering,
                (SELECT coalesce(min(last) FILTER (WHERE looked_for >= $3 / 4), 0) FROM (
                    SELECT count(dag_id) AS looked_for, max(dag_id) AS last FROM dags GROUP BY lane) lasts)
            FROM seen t JOIN dag_run r ON r.id = t.run_id LEFT JOIN pool p ON p.name = t.pool
            """
    )

    /// Whether a local runner that a server acts for has a free slot.
    private func hasFreeLocalRunner() throws -> Bool {
        try execute(
            Statement(
                name: "has_free_local_runner",
                sql: """
                    SELECT EXISTS (
                        SELECT FROM runner l JOIN lease h ON h.name = 'runner:' || l.name
                            AND h.expires_at > clock_timestamp()
                        WHERE l.kind = 'local' AND l.state = 'online' AND l.slots > (
                            SELECT coalesce(sum(a.slots), 0) FROM attempt a
                            WHERE a.runner = l.name AND a.ended_at IS NULL))
                    """
            )
        )[0].decode(0)
    }

    /// How long each task of a DAG usually takes: the median of its successes in the newest runs, by the task's id.
    package func usualDurations(dag: Int) throws -> [String: Duration] {
        let rows = try execute(
            Statement(
                name: "usual_durations_of_dag",
                sql: """
                    SELECT t.task_id, percentile_cont(0.5) WITHIN GROUP (ORDER BY a.duration_us)
                    FROM (SELECT id FROM dag_run WHERE dag_id = $1 ORDER BY logical_date DESC, id DESC LIMIT 6) r
                        JOIN task_instance t ON t.run_id = r.id
                        JOIN attempt a ON a.task_instance_id = t.id AND a.state = 'success'
                    WHERE a.duration_us IS NOT NULL GROUP BY t.task_id
                    """
            ),
            [dag]
        )
        var durations: [String: Duration] = [:]
        for row in rows { durations[try row.decode(0)] = .microseconds(Int64(try row.decode(1) as Double)) }
        return durations
    }
}
