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
    /// How its pool's tasks are spread over runners; nil: whoever comes takes them.
    package var placement: Placement?
    /// What its runner must have.
    package var labels: [String]
    package var namesRunner: Bool
}

/// A part of the queue.
package struct QueueWindow: Sendable {
    /// In no order.
    package var tasks: [QueuedTask]
    /// The last DAG whose head was looked for; 0: there are no more DAGs behind it.
    package var lastDAG: Int
}

extension QueueOrder: StoredWord {}
extension Placement: StoredWord {}

/// The place in the queue, as the indexes have it.
private let queueRank = "t.queued_at - '2026-01-01 00:00:00+00'::timestamptz - t.priority * interval '1 minute'"

/// What is read of a task in the queue.
private let queueColumns = """
    t.id, t.run_id, t.dag_id, t.task_index, t.attempts, t.pool, t.slots, t.hold, t.priority, t.queued_at, t.labels,
    t.runner
    """

/// The lane of the queue in which a task waits, as the indexes have it: that of the runner that it names, else whether
/// it is true that it names no labels.
private let lane = "coalesce(t.runner, '#' || (t.labels IS NULL)::text)"

/// Whether a task waits to be taken.
private let isQueued = "t.state = 'queued' AND t.attempt_id IS NULL"

/// Whether a task of one of its lanes may be taken by the runner that asks, and is of no DAG and pool that is full.
///
/// A task that is larger than the runner is none of its. Of tasks for any runner one that is not local leaves those to
/// the local ones that fit them, unless their pool spreads them.
private let isTakeable = """
    (t.labels IS NULL OR t.runner IS NOT NULL OR t.labels <@ $2::text[])
        AND NOT t.dag_id = ANY($4::bigint[]) AND (t.pool IS NULL OR NOT t.pool = ANY($5::text[]))
        AND t.slots <= CASE WHEN t.priority >= $8::bigint THEN $7::bigint ELSE $9::bigint END
        AND ($10::bigint IS NULL OR t.runner IS NOT NULL OR t.labels IS NOT NULL OR t.slots > $10
            OR t.pool = ANY($11::text[]))
    """

extension Connection {
    /// Looks, without locking, at queued tasks that fit the runner: a window of the queue, never all of it.
    ///
    /// The window is the head of the queue by priority and age, the heads of up to `limit / 4` DAGs, beginning after
    /// `dag`, so that every DAG comes into view however long another's queue is, and the oldest of each pool whose order
    /// is not by priority: a thousand where it is not by age either. A task that names no runner goes to a local one as
    /// long as one has a free slot.
    package func queuedTasks(
        for runner: ClaimingRunner,
        limit: Int,
        except full: FullLimits,
        afterDAG dag: Int = 0
    ) throws -> QueueWindow {
        let local = runner.isLocal || !runner.takesAny ? LocalRoom() : try localRoom()
        let mayTakeAny = local.largest.map { $0 < runner.slots || !local.spreadPools.isEmpty } ?? true
        let takesAny = runner.takesAny && mayTakeAny
        let lanes = [runner.name] + (takesAny ? ["#true"] : []) + (runner.labels.isEmpty ? [] : ["#false"])
        let rows = try execute(
            Self.queuedTasksStatement,
            [
                lanes, runner.labels, limit, full.dags.sorted(), full.pools.sorted(), dag, runner.slots,
                runner.reserved?.priority ?? Int(Int32.min), runner.slots - (runner.reserved?.slots ?? 0),
                local.largest,
                local.spreadPools,
            ]
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
                order: try row.decode(12),
                placement: try row.decode(14),
                labels: try row.decode(15) ?? [],
                namesRunner: try row.decode(16)
            )
        }
        return QueueWindow(tasks: tasks, lastDAG: try rows.first?.decode(13) ?? 0)
    }

    // That slots are above nought holds always: it says which index gives the head of a lane, which all others must not
    // be searched for in. A DAG's head is asked for by a range of one, so that its index gives the order. The runs are
    // looked up one by one, by the limit of one: for what may be seen all runs of all time would be read.
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
                    ORDER BY t.queued_at, t.id LIMIT CASE WHEN p.ordering = 'fifo' THEN $3 ELSE 1000 END) oldest
                WHERE p.ordering NOT IN ('priority', 'fair') AND NOT p.name = ANY($5::text[]))
            SELECT t.id, t.run_id, t.dag_id, r.version_id, t.task_index, t.attempts, t.pool, t.slots, t.hold,
                t.priority, coalesce(t.queued_at, r.created_at), coalesce(r.start_by, r.end_by), p.ordering,
                (SELECT coalesce(min(last) FILTER (WHERE looked_for >= $3 / 4), 0) FROM (
                    SELECT count(dag_id) AS looked_for, max(dag_id) AS last FROM dags GROUP BY lane) lasts),
                p.placement, t.labels, t.runner IS NOT NULL
            FROM seen t LEFT JOIN pool p ON p.name = t.pool CROSS JOIN LATERAL (
                SELECT version_id, created_at, start_by, end_by FROM dag_run WHERE id = t.run_id LIMIT 1) r
            """
    )

    /// What local runners would rather take themselves.
    private struct LocalRoom {
        /// The size of the largest local one that takes what fits and has a free slot; nil: none has.
        var largest: Int?
        /// Pools whose tasks are spread over all runners, whether or not they are local.
        var spreadPools: [String] = []
    }

    /// What local runners that a server acts for have room for.
    private func localRoom() throws -> LocalRoom {
        let row = try execute(
            Statement(
                name: "local_room",
                sql: """
                    SELECT (
                        SELECT max(l.slots - coalesce(l.reserved_slots, 0)) FROM runner l
                            JOIN lease h ON h.name = 'runner:' || l.name AND h.expires_at > clock_timestamp()
                        WHERE l.kind = 'local' AND l.state = 'online' AND l.drained_at IS NULL AND l.busy_since IS NULL
                            AND l.slots - coalesce(l.reserved_slots, 0) > (
                                SELECT coalesce(sum(a.slots), 0) FROM attempt a
                                WHERE a.runner = l.name AND a.ended_at IS NULL)),
                        (SELECT coalesce(array_agg(name ORDER BY name), '{}') FROM pool WHERE placement IS NOT NULL)
                    """
            )
        )[0]
        return LocalRoom(largest: try row.decode(0), spreadPools: try row.decode(1))
    }

    /// The runners that take what fits, and how much of them is in use, for spreading tasks over them.
    package func placementPeers() throws -> [PlacementPeer] {
        try execute(
            Statement(
                name: "placement_peers",
                sql: """
                    SELECT r.name, r.labels, r.slots, coalesce(u.slots, 0)::bigint, r.reserved_slots,
                        r.reserved_priority, coalesce(u.ordinary, 0)::bigint
                    FROM runner r JOIN lease h ON h.name = 'runner:' || r.name AND h.expires_at > clock_timestamp()
                        LEFT JOIN LATERAL (
                            SELECT sum(a.slots) AS slots,
                                sum(a.slots) FILTER (WHERE t.priority < r.reserved_priority) AS ordinary
                            FROM attempt a JOIN task_instance t ON t.id = a.task_instance_id
                            WHERE a.runner = r.name AND a.ended_at IS NULL) u ON true
                    WHERE r.kind <> 'requests' AND r.state = 'online' AND r.drained_at IS NULL AND r.busy_since IS NULL
                    ORDER BY r.name
                    """
            )
        ).map { row in
            let slots: Int = try row.decode(2)
            return PlacementPeer(
                name: try row.decode(0),
                labels: try row.decode(1),
                totalSlots: slots,
                freeSlots: slots - (try row.decode(3) as Int),
                reserved: try row.decode(4, as: Int?.self).map {
                    ReservedSlots(slots: $0, priority: try row.decode(5))
                },
                ordinarySlotsInUse: try row.decode(6)
            )
        }
    }

    /// Slots that tasks below a priority hold on a runner.
    package func ordinarySlots(ofRunner runner: String, below priority: Int) throws -> Int {
        try execute(
            Statement(
                name: "ordinary_slots_of_runner",
                sql: """
                    SELECT coalesce(sum(a.slots), 0)::bigint FROM attempt a
                        JOIN task_instance t ON t.id = a.task_instance_id
                    WHERE a.runner = $1 AND a.ended_at IS NULL AND t.priority < $2
                    """
            ),
            [runner, priority]
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
