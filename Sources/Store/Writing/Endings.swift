package import Core
package import Postgres

/// A live attempt and its instance, read under the run's lock before its end is judged.
package struct LiveAttempt: Sendable {
    package var id: AttemptID
    package var run: Int
    package var instance: Int
    package var key: InstanceKey
    package var number: Int
    package var state: AttemptState
    package var instanceState: TaskState
    package var retriesUsed: Int
    package var losses: Int
    package var cancelRequested: Bool
    package var runner: String
}

extension LiveAttempt {
    /// Locks the tasks of attempts in their order, before the attempts: the history goes on from a start that is on its way.
    static let lockingTasks = Statement(
        name: "lock_tasks_of_attempts",
        sql: """
            SELECT t.id FROM attempt a JOIN task_instance t ON t.id = a.task_instance_id
            WHERE a.id = ANY($1::uuid[]) AND a.ended_at IS NULL AND t.attempt_id = a.id
            ORDER BY t.id FOR NO KEY UPDATE OF t
            """
    )
    /// Locks, of attempts whose tasks are locked, those that are still live, in the order of all that lock attempts.
    static let locking = Statement(
        name: "live_attempts",
        sql: """
            SELECT a.id, a.run_id, t.id, t.task_index, a.number, a.state, t.state, t.retries_used, t.losses,
                t.cancel_requested OR a.cancel_requested, a.runner, t.map_index
            FROM attempt a JOIN task_instance t ON t.id = a.task_instance_id
            WHERE a.id = ANY($1::uuid[]) AND a.ended_at IS NULL AND t.attempt_id = a.id
            ORDER BY a.id FOR NO KEY UPDATE OF a
            """
    )

    /// The live ones, from that statement's answer.
    static func read(_ rows: Rows) throws -> [LiveAttempt] {
        try rows.map { row in
            LiveAttempt(
                id: try row.decode(0),
                run: try row.decode(1),
                instance: try row.decode(2),
                key: InstanceKey(task: try row.decode(3), mapIndex: try row.decode(11)),
                number: try row.decode(4),
                state: try row.decode(5),
                instanceState: try row.decode(6),
                retriesUsed: try row.decode(7),
                losses: try row.decode(8),
                cancelRequested: try row.decode(9),
                runner: try row.decode(10)
            )
        }
    }
}

/// An attempt's end as it is written.
package struct EndedAttempt: Sendable {
    package var id: AttemptID
    package var instance: Int
    package var verdict: AttemptVerdict
    package var record: ExitRecord?
    package var retriesUsed: Int
    package var losses: Int
    /// A JSON object of texts; nil: it published nothing.
    package var outputs: JSONValue?
    /// How long its log is, as its runner counted; nil: nobody knows.
    package var logLength: Int64?
    /// The line that tells why it failed, where one was found.
    package var cause: CauseLine?

    /// Joins the facts.
    package init(
        id: AttemptID,
        instance: Int,
        verdict: AttemptVerdict,
        record: ExitRecord?,
        retriesUsed: Int,
        losses: Int,
        outputs: JSONValue?,
        logLength: Int64?,
        cause: CauseLine?
    ) {
        self.id = id
        self.instance = instance
        self.verdict = verdict
        self.record = record
        self.retriesUsed = retriesUsed
        self.losses = losses
        self.outputs = outputs
        self.logLength = logLength
        self.cause = cause
    }

    /// The instance's new state.
    package var instanceState: TaskState {
        switch verdict.next {
        case .end(let state): state
        case .retry: .upForRetry
        }
    }

    /// How long to wait before it is tried again; nil: it is not.
    package var pause: Duration? {
        switch verdict.next {
        case .end: nil
        case .retry(let pause, _): pause
        }
    }

    var pauseSeconds: Double? { pause.map { $0 / .seconds(1) } }
}

extension Connection {
    /// Writes what becomes of the instances whose attempts ended.
    ///
    /// It comes before anything is written to the attempts themselves: whoever writes to both locks instances first, in
    /// the order of their ids, and then attempts.
    package func endInstances(_ ended: [EndedAttempt]) throws {
        guard !ended.isEmpty else { return }
        let rows = ended.sorted { $0.instance < $1.instance }
        try send(
            Statement(
                name: "end_instances",
                sql: """
                    UPDATE task_instance t SET state = u.state, reason = u.reason, attempt_id = NULL,
                        retries_used = u.retries_used, losses = u.losses, outputs = coalesce(u.outputs, t.outputs),
                        retry_at = CASE WHEN u.pause IS NOT NULL
                            THEN clock_timestamp() + u.pause * interval '1 second' END,
                        started_at = coalesce(t.started_at, clock_timestamp()),
                        ended_at = CASE WHEN u.pause IS NULL THEN clock_timestamp() END
                    FROM unnest($1::bigint[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::bigint[],
                        $7::jsonb[], $8::double precision[])
                        AS u (id, attempt_id, state, reason, retries_used, losses, outputs, pause)
                    WHERE t.id = u.id AND t.attempt_id = u.attempt_id
                    """
            ),
            [
                rows.map(\.instance), rows.map(\.id), rows.map(\.instanceState), rows.map(\.verdict.reason),
                rows.map(\.retriesUsed), rows.map(\.losses),
                rows.map { $0.outputs.map { JSONText($0.description) } }, rows.map(\.pauseSeconds),
            ]
        )
    }

    /// Writes the ends of attempts, with whether their logs are stored as far as the runner counted.
    package func endAttempts(_ ended: [EndedAttempt]) throws {
        guard !ended.isEmpty else { return }
        try send(
            Statement(
                name: "end_attempts",
                sql: """
                    UPDATE attempt a SET state = u.state, reason = u.reason, exit_code = u.exit_code, signal = u.signal,
                        duration_us = u.duration, cpu_us = u.cpu, peak_memory = u.memory, note = u.note,
                        ended_at = clock_timestamp(), log_sealed = coalesce(a.log_bytes >= u.length, false),
                        log_length = u.length, cause_line = u.line, cause_text = u.cause, cause_rule = u.rule,
                        started_at = CASE WHEN a.started_at IS NULL AND u.duration IS NOT NULL
                            THEN greatest(a.intended_at, clock_timestamp() - u.duration * interval '1 microsecond')
                            ELSE a.started_at END
                    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::integer[], $5::integer[], $6::bigint[],
                        $7::bigint[], $8::bigint[], $9::text[], $10::bigint[], $11::bigint[], $12::text[], $13::text[])
                        AS u (id, state, reason, exit_code, signal, duration, cpu, memory, note, length, line, cause,
                            rule)
                    WHERE a.id = u.id AND a.ended_at IS NULL
                    """
            ),
            [
                ended.map(\.id), ended.map(\.verdict.attempt), ended.map(\.verdict.reason),
                ended.map(\.verdict.exitCode), ended.map(\.verdict.signal),
                ended.map { $0.record?.duration.microseconds }, ended.map { $0.record?.processorTime?.microseconds },
                ended.map { $0.record?.peakMemory.map(Int.init) }, ended.map { $0.record?.note },
                ended.map { $0.logLength.map(Int.init) }, ended.map { $0.cause.map { Int($0.number) } },
                ended.map(\.cause?.text), ended.map(\.cause?.rule),
            ]
        )
    }
}

extension Duration {
    /// Whole microseconds, rounded down.
    var microseconds: Int {
        Int(components.seconds) * 1_000_000 + Int(components.attoseconds / 1_000_000_000_000)
    }
}
