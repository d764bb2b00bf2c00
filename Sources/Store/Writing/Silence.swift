package import Core
package import Postgres

// Attempts whose runner says nothing: neither running nor failed, for nobody knows. One that is being ended is among
// them: a person can give it up only when it is said that nobody can reach it. Its reason is then `kill_unconfirmed`,
// until its runner answers and the end is passed on again.

extension Connection {
    /// Moves live attempts of a runner to `unreachable`, because it has fallen silent.
    package func setUnreachable(runner: String, reason: String) throws {
        _ = try execute(
            Statement(
                name: "set_unreachable",
                sql: """
                    WITH old AS (
                        SELECT id, state FROM attempt
                        WHERE runner = $1 AND ended_at IS NULL AND state IN ('intended', 'running', 'cancelling')
                        ORDER BY id FOR NO KEY UPDATE),
                    moved AS (
                        UPDATE attempt a SET state = 'unreachable', unreachable_at = clock_timestamp(),
                            reason = CASE WHEN a.cancel_requested THEN 'kill_unconfirmed' ELSE $2 END FROM old
                        WHERE a.id = old.id
                        RETURNING a.run_id, a.task_instance_id, a.id, old.state, a.cancel_requested)
                    INSERT INTO transition (run_id, task_instance_id, attempt_id, old_state, new_state, actor, reason)
                    SELECT run_id, task_instance_id, id, state, 'unreachable', 'executor',
                        CASE WHEN cancel_requested THEN 'kill_unconfirmed: ' ELSE '' END || $2 FROM moved
                    """
            ),
            [runner, reason]
        )
    }

    /// Moves some live attempts to `unreachable`, because the runner that answers is not the one they were given to.
    package func setUnreachable(_ ids: [AttemptID], reason: String) throws {
        guard !ids.isEmpty else { return }
        _ = try execute(
            Statement(
                name: "set_some_unreachable",
                sql: """
                    WITH old AS (
                        SELECT id, state FROM attempt
                        WHERE id = ANY($1::uuid[]) AND ended_at IS NULL AND state IN ('intended', 'running', 'cancelling')
                        ORDER BY id FOR NO KEY UPDATE),
                    moved AS (
                        UPDATE attempt a SET state = 'unreachable', unreachable_at = clock_timestamp(),
                            reason = CASE WHEN a.cancel_requested THEN 'kill_unconfirmed' ELSE $2 END FROM old
                        WHERE a.id = old.id
                        RETURNING a.run_id, a.task_instance_id, a.id, old.state, a.cancel_requested)
                    INSERT INTO transition (run_id, task_instance_id, attempt_id, old_state, new_state, actor, reason)
                    SELECT run_id, task_instance_id, id, state, 'unreachable', 'executor',
                        CASE WHEN cancel_requested THEN 'kill_unconfirmed: ' ELSE '' END || $2 FROM moved
                    """
            ),
            [ids, reason]
        )
    }

    /// Moves to `unreachable` what runs where no server has acted for the runner for a while.
    ///
    /// The server that did is gone, frozen or cut off; when one acts for the runner again, it asks what still runs.
    package func setUnreachableWithoutServer(for span: Duration) throws {
        _ = try execute(
            Statement(
                name: "set_unreachable_without_server",
                sql: """
                    WITH silent AS (
                        SELECT substr(name, 8) AS runner, 'no server has acted for its runner since '
                            || to_char(expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') || ' UTC' AS reason
                        FROM lease WHERE name LIKE 'runner:%'
                            AND expires_at < clock_timestamp() - $1 * interval '1 second'),
                    old AS (
                        SELECT a.id, a.state, silent.reason FROM attempt a JOIN silent ON silent.runner = a.runner
                        WHERE a.ended_at IS NULL AND a.state IN ('intended', 'running', 'cancelling')
                        ORDER BY a.id FOR NO KEY UPDATE OF a),
                    moved AS (
                        UPDATE attempt a SET state = 'unreachable', unreachable_at = clock_timestamp(),
                            reason = CASE WHEN a.cancel_requested THEN 'kill_unconfirmed' ELSE old.reason END
                        FROM old WHERE a.id = old.id
                        RETURNING a.run_id, a.task_instance_id, a.id, old.state, old.reason)
                    INSERT INTO transition (run_id, task_instance_id, attempt_id, old_state, new_state, actor, reason)
                    SELECT run_id, task_instance_id, id, state, 'unreachable', 'scheduler', reason FROM moved
                    """
            ),
            [span / .seconds(1)]
        )
    }

    /// What is `unreachable` and will have been ended by its runner after some silence.
    ///
    /// An attempt on a disk that is not the runner's present one hears nothing of what that is told.
    package func silentAttempts() throws -> [SilenceWatch.Attempt] {
        try execute(
            Statement(
                name: "silent_attempts",
                sql: """
                    SELECT a.id, a.run_id, a.silence_limit_us, CASE WHEN r.directory_id = a.directory_id
                        THEN 'runner ' || coalesce(r.last_contact::text, '') ELSE 'disk ' || a.unreachable_at::text END
                    FROM attempt a LEFT JOIN runner r ON r.name = a.runner
                    WHERE a.ended_at IS NULL AND a.state = 'unreachable' AND a.silence_limit_us IS NOT NULL
                    ORDER BY a.id
                    """
            )
        ).map { row in
            SilenceWatch.Attempt(
                id: try row.decode(0),
                run: try row.decode(1),
                limit: .microseconds(Int64(try row.decode(2) as Int)),
                contact: try row.decode(3)
            )
        }
    }

    /// Ends an instance's attempt that is `unreachable` as `unknown`, by word of a person; nil: it is not so.
    ///
    /// The instance is locked by the caller.
    package func giveUp(instance: Int, reason: String) throws -> AttemptID? {
        try execute(
            Statement(
                name: "give_up_attempt",
                sql: """
                    WITH ended AS (
                        UPDATE attempt a SET state = 'unknown', reason = $2, ended_at = clock_timestamp()
                        FROM task_instance t
                        WHERE t.id = $1 AND a.id = t.attempt_id AND a.state = 'unreachable' RETURNING a.id),
                    freed AS (
                        UPDATE task_instance t SET attempt_id = NULL FROM ended
                        WHERE t.id = $1 AND t.attempt_id = ended.id)
                    SELECT id FROM ended
                    """
            ),
            [instance, reason]
        ).first.map { try $0.decode(0) }
    }
}
