package import Core
package import Postgres

/// A runner as the claims for it see it.
package struct ClaimingRunner: Sendable {
    package var name: String
    package var labels: [String]
    package var slots: Int
    /// Local runners come first for tasks that name no runner.
    package var isLocal: Bool
    /// Whether it takes tasks that name neither a runner nor labels.
    package var takesAny: Bool
    /// Slots that wait for important tasks; nil: none do.
    package var reserved: ReservedSlots?
    /// The lease under which this process acts for the runner.
    package var fence: Int
    package var holder: String

    /// Joins the facts.
    package init(
        name: String,
        labels: [String],
        slots: Int,
        isLocal: Bool,
        takesAny: Bool = true,
        reserved: ReservedSlots? = nil,
        fence: Int,
        holder: String
    ) {
        self.name = name
        self.labels = labels
        self.slots = slots
        self.isLocal = isLocal
        self.takesAny = takesAny
        self.reserved = reserved
        self.fence = fence
        self.holder = holder
    }
}

/// DAGs, pools and runners that can take nothing more at present, so that tasks behind theirs are looked at.
package struct FullLimits: Sendable, Hashable {
    package var dags: Set<Int> = []
    package var pools: Set<String> = []
    package var runners: Set<String> = []

    /// Nothing is full.
    package init() {}

    /// Adds others.
    package mutating func formUnion(_ other: FullLimits) {
        dags.formUnion(other.dags)
        pools.formUnion(other.pools)
        runners.formUnion(other.runners)
    }
}

/// The intent to start an attempt.
package struct Intent: Sendable {
    package var id: AttemptID
    package var task: QueuedTask
    /// After how long a silence of its runner it is over, which the runner sees to; nil: never.
    package var silenceLimit: Duration?

    /// Joins the facts.
    package init(id: AttemptID, task: QueuedTask, silenceLimit: Duration? = nil) {
        self.id = id
        self.task = task
        self.silenceLimit = silenceLimit
    }
}

extension Connection {
    /// Notes whose turn it was last in locked pools.
    package func noteLastRunners(_ runners: [String: String]) throws {
        guard !runners.isEmpty else { return }
        let pools = runners.keys.sorted()
        try send(
            Statement(
                name: "note_last_runners",
                sql: """
                    UPDATE pool p SET last_runner = u.runner FROM unnest($1::text[], $2::text[]) AS u (name, runner)
                    WHERE p.name = u.name AND p.last_runner IS DISTINCT FROM u.runner
                    """
            ),
            [pools, pools.map { runners[$0] ?? "" }]
        )
    }

    /// Locks those of the tasks that are still queued and that nobody else is locking; returns them with the facts about
    /// their runs from which the environments of attempts are made.
    package func lockQueued(
        _ ids: [Int],
        ofRuns runs: [Int]
    ) throws -> (ids: Set<Int>, facts: [Int: OrderFacts]) {
        guard !ids.isEmpty else { return ([], [:]) }
        let locking = Statement(
            name: "lock_queued",
            sql: """
                SELECT id FROM task_instance WHERE id = ANY($1::bigint[]) AND state = 'queued'
                    AND attempt_id IS NULL ORDER BY id FOR UPDATE SKIP LOCKED
                """
        )
        let answers = try pipeline([(locking, [ids]), (OrderFacts.statement, [runs])])
        return (Set(try answers[0].map { try $0.decode(0) }), try OrderFacts.read(answers[1]))
    }

    /// Writes the intents: attempts that will be sent once this is committed.
    package func write(_ intents: [Intent], runner: ClaimingRunner, bootID: String?, directoryID: String?) throws {
        guard !intents.isEmpty else { return }
        try send(
            Statement(
                name: "write_intents",
                sql: """
                    WITH claimed AS (
                        UPDATE task_instance t SET attempt_id = u.attempt_id, attempts = t.attempts + 1, hold = NULL,
                            reason = NULL
                        FROM unnest($1::bigint[], $2::uuid[], $7::bigint[]) AS u (id, attempt_id, silence)
                        WHERE t.id = u.id AND t.state = 'queued' AND t.attempt_id IS NULL
                        RETURNING t.id, t.run_id, t.dag_id, t.attempts, t.pool, t.slots, t.attempt_id, u.silence)
                    INSERT INTO attempt (id, task_instance_id, run_id, dag_id, number, state, runner, fence, boot_id,
                        directory_id, pool, slots, silence_limit_us)
                    SELECT attempt_id, id, run_id, dag_id, attempts, 'intended', $3, $4, $5, $6, pool, slots, silence
                    FROM claimed
                    """
            ),
            [
                intents.map(\.task.id), intents.map(\.id), runner.name, runner.fence, bootID, directoryID,
                intents.map { $0.silenceLimit.map { Int($0.clampedMicroseconds) } },
            ]
        )
    }

    /// Writes that attempts run; those that ended meanwhile are left.
    package func setRunning(_ started: [(attempt: AttemptID, instance: Int, processID: Int32)]) throws {
        guard !started.isEmpty else { return }
        try send(
            Statement(
                name: "set_running",
                sql: """
                    WITH locked AS (
                        SELECT t.id FROM task_instance t JOIN attempt a ON a.task_instance_id = t.id
                        WHERE a.id = ANY($1::uuid[]) ORDER BY t.id FOR NO KEY UPDATE OF t),
                    old AS (
                        SELECT id, state FROM attempt
                        WHERE id = ANY($1::uuid[]) AND task_instance_id IN (SELECT id FROM locked)
                        ORDER BY id FOR NO KEY UPDATE),
                    moved AS (
                        UPDATE attempt a SET state = 'running', started_at = coalesce(a.started_at, clock_timestamp()),
                            process_id = nullif(u.process_id, 0), reason = NULL
                        FROM unnest($1::uuid[], $2::integer[]) AS u (id, process_id) JOIN old ON old.id = u.id
                        WHERE a.id = u.id AND a.state IN ('intended', 'unreachable')
                        RETURNING a.id, a.run_id, a.task_instance_id, old.state AS old_state),
                    begun AS (
                        UPDATE task_instance t SET state = 'running',
                            started_at = coalesce(t.started_at, clock_timestamp())
                        FROM moved WHERE t.id = moved.task_instance_id AND t.attempt_id = moved.id AND t.state = 'queued'
                        RETURNING t.id, t.run_id)
                    INSERT INTO transition (run_id, task_instance_id, attempt_id, old_state, new_state, actor)
                    SELECT run_id, task_instance_id, id, old_state, 'running', 'executor' FROM moved
                    UNION ALL SELECT run_id, id, NULL, 'queued', 'running', 'executor' FROM begun
                    """
            ),
            [started.map(\.attempt), started.map(\.processID)]
        )
    }

    /// Marks live attempts as being ended.
    package func setCancelling(_ ids: [AttemptID]) throws {
        guard !ids.isEmpty else { return }
        _ = try execute(
            Statement(
                name: "set_cancelling",
                sql: """
                    WITH old AS (
                        SELECT id, state FROM attempt
                        WHERE id = ANY($1::uuid[]) AND ended_at IS NULL AND state <> 'cancelling'
                        ORDER BY id FOR NO KEY UPDATE),
                    moved AS (
                        UPDATE attempt a SET state = 'cancelling', reason = nullif(a.reason, 'kill_unconfirmed') FROM old
                        WHERE a.id = old.id
                        RETURNING a.id, a.run_id, a.task_instance_id, old.state AS old_state)
                    INSERT INTO transition (run_id, task_instance_id, attempt_id, old_state, new_state, actor)
                    SELECT run_id, task_instance_id, id, old_state, 'cancelling', 'executor' FROM moved
                    """
            ),
            [ids]
        )
    }

    /// The live attempts of a runner, for whoever takes over its lease.
    package func liveAttempts(runner: String) throws -> [RunnerAttempt] {
        try execute(
            Statement(
                name: "live_attempts_of_runner",
                sql: """
                    SELECT a.id, a.run_id, a.task_instance_id, r.version_id, t.task_index, a.number, a.state,
                        a.cancel_requested, a.log_bytes, a.log_lines, a.boot_id, a.directory_id
                    FROM attempt a JOIN task_instance t ON t.id = a.task_instance_id JOIN dag_run r ON r.id = a.run_id
                    WHERE a.runner = $1 AND a.ended_at IS NULL ORDER BY a.id
                    """
            ),
            [runner]
        ).map { row in
            RunnerAttempt(
                id: try row.decode(0),
                run: try row.decode(1),
                instance: try row.decode(2),
                version: try row.decode(3),
                task: try row.decode(4),
                number: try row.decode(5),
                state: try row.decode(6),
                cancelRequested: try row.decode(7),
                logBytes: Int64(try row.decode(8) as Int),
                logLines: Int64(try row.decode(9) as Int),
                bootID: try row.decode(10),
                directoryID: try row.decode(11)
            )
        }
    }

    /// Names of the tasks that have a live attempt somewhere: `DAG/KEY TASK on RUNNER`.
    package func runningOn() throws -> [String] {
        try execute(
            Statement(
                name: "running_on",
                sql: """
                    SELECT d.name || '/' || r.key || ' ' || t.task_id || ' on ' || a.runner
                    FROM attempt a JOIN task_instance t ON t.id = a.task_instance_id JOIN dag_run r ON r.id = a.run_id
                        JOIN dag d ON d.id = a.dag_id
                    WHERE a.ended_at IS NULL AND a.runner >= '' ORDER BY a.id LIMIT 1000
                    """
            )
        ).map { try $0.decode(0) }
    }

    /// Live attempts of a runner whose end somebody asked for.
    package func cancelRequests(runner: String) throws -> [AttemptID] {
        try execute(
            Statement(
                name: "cancel_requests",
                sql: "SELECT id FROM attempt WHERE runner = $1 AND ended_at IS NULL AND cancel_requested ORDER BY id"
            ),
            [runner]
        ).map { try $0.decode(0) }
    }
}

/// A live attempt, as its runner's keeper of the lease needs to know it.
package struct RunnerAttempt: Sendable {
    package var id: AttemptID
    package var run: Int
    package var instance: Int
    package var version: Int
    package var task: Int
    package var number: Int
    package var state: AttemptState
    package var cancelRequested: Bool
    package var logBytes: Int64
    package var logLines: Int64
    package var bootID: String?
    package var directoryID: String?
}
