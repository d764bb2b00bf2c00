// MARK: - States, leases and words of people

extension Invariant {
    static let states = [
        Invariant(
            claim: "nothing is left under way",
            breach: """
                UPDATE dag_run SET state = 'running', ended_at = NULL WHERE id = (SELECT max(id) FROM dag_run
                WHERE type = 'scheduled')
                """,
            violations: """
                SELECT 'run ' || key FROM dag_run WHERE ended_at IS NULL
                UNION ALL SELECT 'task ' || id FROM task_instance WHERE ended_at IS NULL
                UNION ALL SELECT 'attempt ' || id FROM attempt WHERE ended_at IS NULL
                UNION ALL SELECT 'backfill ' || id FROM backfill WHERE ended_at IS NULL
                """
        ),
        Invariant(
            claim: "every change is one that may be",
            breach: """
                INSERT INTO transition (run_id, old_state, new_state, actor) SELECT max(id), 'success',
                'running', 'x' FROM dag_run
                """,
            violations: """
                SELECT kind || ' ' || entity || ': ' || coalesce(old_state, 'nothing') || ' to ' || new_state
                FROM chk.event e WHERE NOT CASE kind
                    WHEN 'run' THEN coalesce(old_state, '') || '>' || new_state IN ('>queued', 'queued>running',
                        'queued>cancelled', 'running>success', 'running>failed', 'running>cancelled')
                    WHEN 'task' THEN CASE old_state
                        WHEN 'waiting' THEN new_state IN ('queued', 'skipped', 'upstream_failed', 'success', 'failed',
                            'cancelled', 'removed')
                        WHEN 'queued' THEN new_state IN ('running', 'waiting', 'success', 'failed', 'skipped',
                            'cancelled', 'up_for_retry', 'queued')
                        WHEN 'running' THEN new_state IN ('success', 'failed', 'skipped', 'cancelled', 'up_for_retry')
                        WHEN 'up_for_retry' THEN new_state IN ('queued', 'cancelled')
                        ELSE false END
                    ELSE CASE coalesce(old_state, '')
                        WHEN '' THEN new_state = 'intended'
                        WHEN 'intended' THEN new_state <> 'intended'
                        WHEN 'running' THEN new_state NOT IN ('intended', 'running', 'never_started')
                        WHEN 'unreachable' THEN new_state NOT IN ('intended', 'unreachable')
                        WHEN 'cancelling' THEN new_state NOT IN ('intended', 'running')
                        ELSE false END
                    END
                """
        ),
        Invariant(
            claim: "every change begins where the one before it ended",
            breach: "DELETE FROM transition WHERE new_state = 'queued' AND task_instance_id IS NOT NULL",
            violations: """
                SELECT kind || ' ' || entity || ': ' || coalesce(before, 'nothing') || ', then from '
                    || coalesce(old_state, 'nothing') || ' to ' || new_state
                FROM chk.chain
                WHERE before IS DISTINCT FROM old_state AND NOT (before IS NULL AND kind = 'task' AND old_state = 'waiting')
                """
        ),
        Invariant(
            claim: "what has ended does not change",
            breach: """
                INSERT INTO transition (run_id, old_state, new_state, actor) SELECT max(id), 'success',
                'running', 'x' FROM dag_run
                """,
            violations: """
                SELECT kind || ' ' || entity FROM chk.chain WHERE CASE kind
                    WHEN 'run' THEN before IN ('success', 'failed', 'cancelled')
                    WHEN 'task' THEN before IN ('success', 'failed', 'upstream_failed', 'skipped', 'cancelled', 'removed')
                    ELSE before NOT IN ('intended', 'running', 'unreachable', 'cancelling') END
                """
        ),
        Invariant(
            claim: "the last change is what a row says",
            breach: """
                UPDATE transition SET new_state = 'running' WHERE id = (SELECT max(id) FROM transition)
                """,
            violations: """
                SELECT e.kind || ' ' || e.entity || ': ' || e.new_state FROM chk.chain e
                    LEFT JOIN attempt a ON e.kind = 'attempt' AND a.id = e.attempt_id
                    LEFT JOIN task_instance t ON e.kind = 'task' AND t.id = e.task_instance_id
                    LEFT JOIN dag_run r ON e.kind = 'run' AND r.id = e.run_id
                WHERE e.later IS NULL AND coalesce(a.state, t.state, r.state) IS DISTINCT FROM e.new_state
                UNION ALL SELECT 'run ' || r.key || ' without any' FROM dag_run r
                    WHERE NOT EXISTS (SELECT FROM transition e WHERE e.run_id = r.id AND e.task_instance_id IS NULL)
                UNION ALL SELECT 'attempt ' || a.id || ' without any' FROM attempt a
                    WHERE a.id NOT IN (SELECT attempt_id FROM transition WHERE attempt_id IS NOT NULL)
                """
        ),
        Invariant(
            claim: "time goes forward in the history of each thing",
            breach: """
                UPDATE transition SET at = at - interval '1 hour' WHERE id = (SELECT max(id) FROM transition)
                """,
            violations: "SELECT kind || ' ' || entity || ' at ' || at FROM chk.chain WHERE at < before_at"
        ),
        Invariant(
            claim: "the fence of a runner's lease only grows",
            breach: """
                UPDATE attempt SET fence = 0 WHERE id = (SELECT id FROM attempt ORDER BY id DESC LIMIT 1)
                """,
            violations: """
                SELECT x.id::text FROM (
                    SELECT a.id, a.fence, max(a.fence) OVER (PARTITION BY a.runner ORDER BY e.id) AS highest
                    FROM attempt a JOIN transition e ON e.attempt_id = a.id AND e.new_state = 'intended') x
                WHERE fence < highest
                """
        ),
        Invariant(
            claim: "a fence of a lease has one holder",
            breach: "INSERT INTO chk.granted SELECT lease, holder || '2', fence, after FROM chk.granted LIMIT 1",
            violations: """
                SELECT lease || ' ' || fence FROM chk.granted GROUP BY lease, fence HAVING count(DISTINCT holder) > 1
                """
        ),
        Invariant(
            claim: "who has lost a runner's lease claims nothing more for it",
            breach: """
                INSERT INTO chk.granted SELECT 'runner:' || a.runner, 'x', a.fence + 1, e.id - 1
                FROM attempt a JOIN transition e ON e.attempt_id = a.id AND e.new_state = 'intended' LIMIT 1
                """,
            violations: """
                SELECT a.id || ' under ' || a.fence || ' after ' || g.fence FROM attempt a
                    JOIN transition e ON e.attempt_id = a.id AND e.new_state = 'intended'
                    JOIN chk.granted g ON g.lease = 'runner:' || a.runner AND g.fence > a.fence AND g.after < e.id
                """
        ),
        Invariant(
            claim: "no attempt is made before the one before it has ended",
            breach: "UPDATE attempt SET number = 100 - number",
            violations: """
                WITH told AS (
                    SELECT attempt_id AS id, min(id) AS first, max(id) AS last FROM transition
                    WHERE attempt_id IS NOT NULL GROUP BY attempt_id)
                SELECT x.id || ' ' || y.id FROM attempt x
                    JOIN attempt y ON y.task_instance_id = x.task_instance_id AND y.number > x.number
                    JOIN told tx ON tx.id = x.id JOIN told ty ON ty.id = y.id
                WHERE ty.first < tx.last
                """
        ),
        Invariant(
            claim: "a cancel leaves one line that says who asked for it",
            breach: "INSERT INTO chk.word VALUES ('chain/never', 'cancel')",
            violations: """
                SELECT w.run || ' ' || w.verb FROM chk.word w WHERE 1 <> (
                    SELECT count(*) FROM deed x JOIN dag_run r ON r.id = x.run_id JOIN dag d ON d.id = r.dag_id
                    WHERE d.name || '/' || r.key = w.run AND x.verb = w.verb)
                UNION ALL SELECT r.key FROM dag_run r
                    WHERE r.cancel_requested AND r.start_by IS NULL AND r.end_by IS NULL
                        AND 1 <> (SELECT count(*) FROM deed x WHERE x.run_id = r.id AND x.verb = 'cancel')
                """
        ),
        Invariant(
            claim: "a run's state is what its tasks make of it",
            breach: "UPDATE dag_run SET state = 'success' WHERE state = 'failed'",
            violations: """
                SELECT r.key || ' ' || r.state FROM dag_run r JOIN task_instance t ON t.run_id = r.id
                GROUP BY r.id, r.key, r.state HAVING CASE r.state
                    WHEN 'success' THEN bool_or(t.state NOT IN ('success', 'skipped', 'removed'))
                    WHEN 'failed' THEN NOT bool_or(t.state IN ('failed', 'upstream_failed', 'cancelled'))
                    WHEN 'cancelled' THEN NOT r.cancel_requested
                    ELSE false END
                """
        ),
        Invariant(
            claim: "stored counts are those of a recount",
            breach: """
                UPDATE dag_run SET unfinished = 5 WHERE id = (SELECT max(id) FROM dag_run WHERE type =
                'scheduled')
                """,
            violations: "SELECT id::text FROM check_run_counts"
        ),
    ]
}
