package import Core
package import Postgres

/// How far retention has got, for pages that miss something.
package struct RetentionState: Hashable, Sendable {
    /// Runs that ended before this are gone; nil: none was ever removed.
    package var runsBefore: Timestamp?
    package var logsBefore: Timestamp?
    package var finishedAt: Timestamp?
}

/// What retention removes, or would.
package struct PrunedAmounts: Hashable, Sendable {
    package var runs = 0
    package var tasks = 0
    package var attempts = 0
    package var logBytes = 0
    package var ticks = 0

    /// Nothing.
    package init() {}
}

extension Connection {
    /// Locks ended runs that are too old, oldest first: so many that they have about `tasks` tasks, at least one.
    ///
    /// One that somebody reopens or looks at with a lock is left for the next time.
    package func lockOldRuns(before cutoff: Timestamp, tasks: Int, limit: Int) throws -> [Int] {
        let rows = try execute(
            Statement(
                name: "lock_old_runs",
                sql: """
                    SELECT id, tasks FROM dag_run WHERE ended_at < $1 AND state IN ('success', 'failed', 'cancelled')
                    ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED
                    """
            ),
            [cutoff, limit]
        )
        var found: [Int] = []
        var sum = 0
        for row in rows {
            sum += try row.decode(1)
            guard found.isEmpty || sum <= tasks else { break }
            found.append(try row.decode(0))
        }
        return found.sorted()
    }

    /// Removes pieces of the logs of locked runs, `limit` at the most; returns how many, and what was in them.
    package func removeLogPieces(ofRuns runs: [Int], limit: Int) throws -> (pieces: Int, bytes: Int) {
        let row = try execute(
            Statement(
                name: "remove_log_pieces_of_runs",
                sql: """
                    WITH gone AS (
                        DELETE FROM attempt_log WHERE (attempt_id, start_byte) IN (
                            SELECT l.attempt_id, l.start_byte
                            FROM task_instance t JOIN attempt a ON a.task_instance_id = t.id
                                JOIN attempt_log l ON l.attempt_id = a.id
                            WHERE t.run_id = ANY($1::bigint[]) LIMIT $2)
                        RETURNING octet_length(bytes) AS length)
                    SELECT count(*), coalesce(sum(length), 0)::bigint FROM gone
                    """
            ),
            [runs, limit]
        )[0]
        return (try row.decode(0), try row.decode(1))
    }

    /// Removes lines of the histories of locked runs, `limit` at the most; returns how many.
    package func removeTransitions(ofRuns runs: [Int], limit: Int) throws -> Int {
        try execute(
            Statement(
                name: "remove_transitions_of_runs",
                sql: """
                    DELETE FROM transition WHERE (id, at) IN (
                        SELECT id, at FROM transition WHERE run_id = ANY($1::bigint[]) LIMIT $2)
                    """
            ),
            [runs, limit]
        ).affected
    }

    /// Notes which folders of locked runs are to be removed from which runners.
    package func noteRunFolders(ofRuns runs: [Int]) throws {
        _ = try execute(
            Statement(
                name: "note_run_folders",
                sql: """
                    WITH noted AS (
                        INSERT INTO run_folder (runner, run_id, name)
                        SELECT DISTINCT a.runner, r.id, d.name || '_' || r.key
                        FROM dag_run r JOIN dag d ON d.id = r.dag_id JOIN task_instance t ON t.run_id = r.id
                            JOIN attempt a ON a.task_instance_id = t.id
                        WHERE r.id = ANY($1::bigint[]) AND NOT r.folders_removed AND a.runner <> 'requests'
                        ON CONFLICT DO NOTHING)
                    UPDATE dag_run SET folders_removed = true WHERE id = ANY($1::bigint[]) AND NOT folders_removed
                    """
            ),
            [runs]
        )
    }

    /// Removes locked runs with their tasks and attempts; returns what went with them.
    package func removeRuns(_ runs: [Int]) throws -> PrunedAmounts {
        let row = try execute(
            Statement(
                name: "amounts_of_runs",
                sql: """
                    SELECT count(DISTINCT t.id), count(a.id)
                    FROM task_instance t LEFT JOIN attempt a ON a.task_instance_id = t.id
                    WHERE t.run_id = ANY($1::bigint[])
                    """
            ),
            [runs]
        )[0]
        var amounts = PrunedAmounts()
        amounts.tasks = try row.decode(0)
        amounts.attempts = try row.decode(1)
        amounts.runs = try execute(
            Statement(name: "remove_runs", sql: "DELETE FROM dag_run WHERE id = ANY($1::bigint[])"),
            [runs]
        ).affected
        return amounts
    }

    /// Locks ended runs whose folders are too old and have not been given up yet.
    package func lockRunsWithOldFolders(before cutoff: Timestamp, limit: Int) throws -> [Int] {
        try execute(
            Statement(
                name: "lock_runs_with_old_folders",
                sql: """
                    SELECT id FROM dag_run WHERE ended_at < $1 AND NOT folders_removed
                    ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED
                    """
            ),
            [cutoff, limit]
        ).map { try $0.decode(0) }.sorted()
    }

    /// Attempts that have a log and began after `last` and before `bound`, in order; with whether the log is too old.
    ///
    /// As long as a run has not ended its logs stay, however old; a log without an attempt is nobody's.
    /// Only logs that exist are walked through, so what was removed before costs nothing.
    package func oldLogs(
        after last: AttemptID,
        bound: AttemptID,
        cutoff: Timestamp,
        limit: Int
    ) throws -> [(attempt: AttemptID, isOld: Bool)] {
        try execute(
            Statement(
                name: "old_logs",
                sql: """
                    WITH RECURSIVE logged AS (
                        (SELECT attempt_id FROM attempt_log WHERE attempt_id > $1 AND attempt_id < $2
                        ORDER BY attempt_id LIMIT 1)
                        UNION ALL
                        SELECT (SELECT l.attempt_id FROM attempt_log l
                            WHERE l.attempt_id > logged.attempt_id AND l.attempt_id < $2 ORDER BY l.attempt_id LIMIT 1)
                        FROM logged WHERE logged.attempt_id IS NOT NULL),
                    first AS (SELECT attempt_id FROM logged WHERE attempt_id IS NOT NULL LIMIT $4)
                    SELECT s.attempt_id, a.id IS NULL OR coalesce(a.ended_at < $3, false) AND r.ended_at IS NOT NULL
                    FROM first s LEFT JOIN attempt a ON a.id = s.attempt_id LEFT JOIN dag_run r ON r.id = a.run_id
                    ORDER BY s.attempt_id
                    """
            ),
            [last, bound, cutoff, limit]
        ).map { (attempt: try $0.decode(0), isOld: try $0.decode(1)) }
    }

    /// Removes the logs of attempts; returns how many bytes these were.
    package func removeLogs(ofAttempts attempts: [AttemptID]) throws -> Int {
        guard !attempts.isEmpty else { return 0 }
        return try execute(
            Statement(
                name: "remove_logs_of_attempts",
                sql: """
                    WITH gone AS (
                        DELETE FROM attempt_log WHERE attempt_id = ANY($1::uuid[])
                        RETURNING octet_length(bytes) AS length)
                    SELECT coalesce(sum(length), 0)::bigint FROM gone
                    """
            ),
            [attempts]
        )[0].decode(0)
    }

    /// Removes old lines of the ledger whose runs are gone or never were, `limit` at the most; returns how many.
    package func removeTicks(before cutoff: Timestamp, limit: Int) throws -> Int {
        try execute(
            Statement(
                name: "remove_old_ticks",
                sql: """
                    DELETE FROM tick WHERE (dag_id, tick_at) IN (
                        SELECT t.dag_id, t.tick_at FROM tick t
                        WHERE t.tick_at < $1 AND NOT EXISTS (SELECT FROM dag_run r WHERE r.id = t.run_id) LIMIT $2)
                        AND tick_at < $1
                    """
            ),
            [cutoff, limit]
        ).affected
    }

    /// Removes old ranges of the ledger; returns how many ticks were in them.
    package func removeTickRanges(before cutoff: Timestamp) throws -> Int {
        try execute(
            Statement(
                name: "remove_old_tick_ranges",
                sql: """
                    WITH gone AS (DELETE FROM tick_range WHERE last_tick < $1 RETURNING ticks)
                    SELECT coalesce(sum(ticks), 0)::bigint FROM gone
                    """
            ),
            [cutoff]
        )[0].decode(0)
    }

    /// Removes what is small: backfills without runs, keys of requests and forms, sessions and links
    /// that have run out, servers that are gone, and sorts of failures that nothing shows any more.
    package func removeSmallThings(before cutoff: Timestamp) throws {
        for statement in [
            Statement(
                name: "remove_old_backfills",
                sql: """
                    DELETE FROM backfill b WHERE b.ended_at < $1
                        AND NOT EXISTS (SELECT FROM dag_run r WHERE r.backfill_id = b.id)
                    """
            ),
            // A key outlives its run by a month at least, so that a late repetition does not act again.
            Statement(
                name: "remove_old_idempotency_keys",
                sql: """
                    DELETE FROM idempotency i WHERE i.created_at < least($1, now() - interval '30 days')
                        AND NOT EXISTS (SELECT FROM dag_run r WHERE r.id = i.run_id)
                    """
            ),
            Statement(
                name: "remove_old_form_uses",
                sql: "DELETE FROM form_use WHERE used_at < least($1, now() - interval '30 days')"
            ),
            Statement(
                name: "remove_old_deeds_about_dags",
                sql: """
                    DELETE FROM deed h WHERE h.run_id IS NULL AND h.at < $1
                        AND EXISTS (SELECT FROM deed n WHERE n.dag_id = h.dag_id AND n.run_id IS NULL AND n.id > h.id)
                    """
            ),
            Statement(
                name: "remove_old_signatures",
                sql: """
                    DELETE FROM signature s WHERE s.last_seen < $1
                        AND NOT EXISTS (SELECT FROM attempt a WHERE a.signature_id = s.id)
                    """
            ),
            Statement(
                name: "remove_old_servers",
                sql: "DELETE FROM server WHERE last_seen < least($1, now() - interval '1 day')"
            ),
        ] { _ = try execute(statement, [cutoff]) }
    }

    /// Removes sessions and one-time links that have run out, and folders that no runner has asked for in a month.
    package func removeExpiredAccess() throws {
        for statement in [
            Statement(name: "remove_expired_sessions", sql: "DELETE FROM session WHERE expires_at < now()"),
            Statement(name: "remove_expired_links", sql: "DELETE FROM login_link WHERE expires_at < now()"),
            Statement(
                name: "remove_forgotten_folders",
                sql: "DELETE FROM run_folder WHERE noted_at < now() - interval '30 days'"
            ),
        ] { _ = try execute(statement) }
    }

    /// Notes how far retention has got.
    package func noteRetention(_ cutoffs: Retention.Cutoffs) throws {
        _ = try execute(
            Statement(
                name: "note_retention",
                sql: """
                    INSERT INTO retention (runs_before, logs_before, finished_at) VALUES ($1, $2, clock_timestamp())
                    ON CONFLICT (is_only) DO UPDATE SET
                        runs_before = greatest(retention.runs_before, excluded.runs_before),
                        logs_before = greatest(retention.logs_before, excluded.logs_before),
                        finished_at = excluded.finished_at
                    """
            ),
            [cutoffs.history, cutoffs.logs]
        )
    }
}

extension Store {
    /// How far retention has got.
    package func retentionState() async throws -> RetentionState {
        let rows = try await pool.execute(
            Statement(name: "retention_state", sql: "SELECT runs_before, logs_before, finished_at FROM retention"),
            []
        )
        guard let row = rows.first else { return RetentionState() }
        return RetentionState(
            runsBefore: try row.decode(0),
            logsBefore: try row.decode(1),
            finishedAt: try row.decode(2)
        )
    }

    /// What is too old now, and what has no place in the budget of logs.
    package func cutoffs(of retention: Retention) async throws -> Retention.Cutoffs {
        let now = try await now()
        guard let budget = retention.logBudget else { return retention.cutoffs(at: now) }
        let rows = try await pool.execute(Self.newestBeyondBudgetStatement, [Int(budget)])
        return retention.cutoffs(at: now, newestBeyondBudget: try rows[0].decode(0))
    }

    /// Logs of attempts that run come first, then those of the others from the newest on.
    static let newestBeyondBudgetStatement = Statement(
        name: "newest_log_beyond_budget",
        sql: """
            SELECT max(ended_at) FROM (
                SELECT ended_at, sum(log_bytes - coalesce(log_gap_end - log_gap_start, 0))
                    OVER (ORDER BY coalesce(ended_at, 'infinity') DESC) AS upto
                FROM attempt
                WHERE log_bytes > 0 AND (
                    ended_at IS NULL OR ended_at >= coalesce((SELECT logs_before FROM retention), '-infinity'))
            ) logs WHERE upto > $1::bigint
            """
    )

    /// What retention would remove: exactly that, if nothing ends or begins meanwhile.
    package func oldAmounts(_ cutoffs: Retention.Cutoffs) async throws -> PrunedAmounts {
        let rows = try await pool.execute(
            Statement(
                name: "old_amounts",
                sql: """
                    SELECT (SELECT count(*) FROM dag_run WHERE ended_at < $1),
                        (SELECT coalesce(sum(tasks), 0)::bigint FROM dag_run WHERE ended_at < $1),
                        (SELECT count(*) FROM attempt a JOIN dag_run r ON r.id = a.run_id WHERE r.ended_at < $1),
                        (SELECT coalesce(sum(l.bytes), 0)::bigint FROM (
                            SELECT sum(octet_length(l.bytes)) AS bytes FROM attempt_log l
                                LEFT JOIN attempt a ON a.id = l.attempt_id LEFT JOIN dag_run r ON r.id = a.run_id
                            WHERE r.ended_at < $1 OR a.ended_at < $2 AND r.ended_at IS NOT NULL
                                OR a.id IS NULL AND $2::timestamptz IS NOT NULL) l),
                        (SELECT count(*) FROM tick t WHERE t.tick_at < $1 AND NOT EXISTS (
                            SELECT FROM dag_run r WHERE r.id = t.run_id AND (r.ended_at IS NULL OR r.ended_at >= $1)))
                            + (SELECT coalesce(sum(ticks), 0)::bigint FROM tick_range WHERE last_tick < $1)
                    """
            ),
            [cutoffs.history, cutoffs.logs]
        )
        var amounts = PrunedAmounts()
        amounts.runs = try rows[0].decode(0)
        amounts.tasks = try rows[0].decode(1)
        amounts.attempts = try rows[0].decode(2)
        amounts.logBytes = try rows[0].decode(3)
        amounts.ticks = try rows[0].decode(4)
        return amounts
    }
}

extension Store {
    /// Whether anything of an attempt's log is stored.
    package func hasLog(of attempt: AttemptID) async throws -> Bool {
        try await pool.execute(
            Statement(
                name: "has_log",
                sql: "SELECT EXISTS (SELECT FROM attempt_log WHERE attempt_id = $1)"
            ),
            [attempt]
        )[0].decode(0)
    }
}
