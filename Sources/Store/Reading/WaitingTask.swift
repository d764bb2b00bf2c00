package import Core
import Postgres

/// A task instance with everything that tells why it is not further on.
package struct WaitingTask: Hashable, Sendable {
    package var rowID: Int
    package var id: String
    /// The task's place in its version's file.
    package var index: Int
    /// Nil where the task is not mapped.
    package var mapIndex: Int?
    package var state: TaskState
    package var reason: String?
    /// Why it is not claimed, as whoever decided about it wrote it; nil: nobody has, or others before it are told.
    package var hold: String?
    package var heldAt: Timestamp?
    package var pool: String?
    package var slots: Int
    package var priority: Int
    /// The runner that it names.
    package var runner: String?
    /// The labels that it asks for; nil: none.
    package var labels: [String]?
    package var queuedAt: Timestamp?
    package var retryAt: Timestamp?
    package var endedAt: Timestamp?
    package var retriesUsed: Int
    /// How many of its attempts were lost.
    package var losses: Int
    package var attempts: Int
    package var attempt: LiveAttempt?

    /// The attempt that has not ended.
    package struct LiveAttempt: Hashable, Sendable {
        package var number: Int
        package var state: AttemptState
        package var reason: String?
        package var runner: String
        package var intendedAt: Timestamp
        package var startedAt: Timestamp?
        package var isCancelRequested: Bool
        /// After how long a silence of its runner it is over; nil: never.
        package var silenceLimit: Duration?
        /// When it was last found to be unreachable.
        package var unreachableAt: Timestamp?
    }
}

extension WaitingTask {
    init(row: Row) throws(DatabaseError) {
        rowID = try row.decode(0)
        id = try row.decode(1)
        index = try row.decode(2)
        let mapIndex = try row.decode(3, as: Int.self)
        self.mapIndex = mapIndex < 0 ? nil : mapIndex
        state = try row.decode(4)
        reason = try row.decode(5)
        hold = try row.decode(6)
        heldAt = hold == nil ? nil : try row.decode(7)
        pool = try row.decode(8)
        slots = try row.decode(9)
        priority = try row.decode(10)
        runner = try row.decode(11)
        labels = try row.decode(12)
        queuedAt = try row.decode(13)
        retryAt = try row.decode(14)
        endedAt = try row.decode(15)
        retriesUsed = try row.decode(16)
        attempts = try row.decode(17)
        losses = try row.decode(27)
        guard let number = try row.decode(18, as: Int?.self) else { return }
        attempt = LiveAttempt(
            number: number,
            state: try row.decode(19),
            reason: try row.decode(20),
            runner: try row.decode(21),
            intendedAt: try row.decode(22),
            startedAt: try row.decode(23),
            isCancelRequested: try row.decode(24),
            silenceLimit: try row.decode(25, as: Int?.self).map { .microseconds($0) },
            unreachableAt: try row.decode(26)
        )
    }
}

extension Store {
    private static let waitingColumns = """
        t.id, t.task_id, t.task_index, t.map_index, t.state, t.reason, t.hold, t.hold_at, t.pool, t.slots, t.priority,
        t.runner, t.labels, t.queued_at, t.retry_at, t.ended_at, t.retries_used, t.attempts, a.number, a.state, a.reason,
        a.runner, a.intended_at, a.started_at, a.cancel_requested, a.silence_limit_us, a.unreachable_at, t.losses
        """

    /// What a run's own tasks are about: those that are queued, run or are to be tried again; those that wait for others
    /// are left out.
    package func tasksInFlight(ofRun run: Int, limit: Int) async throws -> [WaitingTask] {
        try await pool.execute(
            Statement(
                name: "tasks_in_flight",
                sql: """
                    SELECT \(Self.waitingColumns) FROM task_instance t LEFT JOIN attempt a ON a.id = t.attempt_id
                    WHERE t.run_id = $1 AND t.state IN ('queued', 'running', 'up_for_retry')
                    ORDER BY t.task_index, t.map_index LIMIT $2
                    """
            ),
            [run, limit]
        ).map { try WaitingTask(row: $0) }
    }

    /// The instances of one task, whatever their states; with a map index, that one only.
    package func waitingTasks(ofRun run: Int, task: String, mapIndex: Int?, limit: Int) async throws -> [WaitingTask] {
        try await pool.execute(
            Statement(
                name: "waiting_tasks",
                sql: """
                    SELECT \(Self.waitingColumns) FROM task_instance t LEFT JOIN attempt a ON a.id = t.attempt_id
                    WHERE t.run_id = $1 AND t.task_id = $2 AND ($4::bigint IS NULL OR t.map_index = $4)
                    ORDER BY t.ended_at IS NOT NULL, t.map_index LIMIT $3
                    """
            ),
            [run, task, limit, mapIndex]
        ).map { try WaitingTask(row: $0) }
    }

    /// How many instances of each of a run's tasks are in each state, by the task's place in the file.
    package func stateCounts(ofRun run: Int) async throws -> [Int: [TaskState: Int]] {
        let rows = try await pool.execute(
            Statement(
                name: "state_counts_of_run",
                sql: """
                    SELECT task_index, state, count(*) FROM task_instance WHERE run_id = $1 GROUP BY task_index, state
                    """
            ),
            [run]
        )
        var counts: [Int: [TaskState: Int]] = [:]
        for row in rows { counts[try row.decode(0), default: [:]][try row.decode(1)] = try row.decode(2) }
        return counts
    }
}
