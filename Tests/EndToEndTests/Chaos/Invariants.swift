/// What must hold of a database after any faults, once all is well again: each asks for what is against it.
///
/// `witness_start`, `witness_alive` and `witness_end` hold what the tasks themselves wrote, and never what Rota believes;
/// `shot` and `unkept` whose command, and which runner's keeper, was killed on purpose.
struct Invariant: Sendable {
    /// The claim, which is what a failed test says.
    let claim: String
    /// What breaks it in a healthy database, which proves that the query sees it.
    let breach: String
    /// A query whose rows are against the claim, as one text each.
    let violations: String

    /// Tables for the witness of tasks, and what the queries have in common.
    static let preparation = """
        CREATE SCHEMA chk;
        CREATE TABLE chk.witness_start (attempt uuid NOT NULL, at double precision NOT NULL);
        CREATE TABLE chk.witness_alive (attempt uuid NOT NULL, at double precision NOT NULL);
        CREATE TABLE chk.witness_end (
            attempt uuid NOT NULL, at double precision NOT NULL, code integer NOT NULL, bytes bigint NOT NULL);
        CREATE TABLE chk.acknowledged (run text NOT NULL);
        CREATE TABLE chk.need (dag text NOT NULL, task text NOT NULL, upstream text NOT NULL);
        CREATE TABLE chk.room (dag text NOT NULL, tasks integer, runs integer NOT NULL);
        CREATE TABLE chk.shot (attempt uuid NOT NULL);
        CREATE TABLE chk.unkept (runner text NOT NULL, at double precision NOT NULL);
        CREATE VIEW chk.lived AS
            SELECT a.*, t.task_id, d.name AS dag, s.at AS began,
                coalesce(e.at, extract(epoch FROM a.ended_at)::float8, 'infinity') AS over, e.code AS seen_code
            FROM attempt a JOIN chk.witness_start s ON s.attempt = a.id LEFT JOIN chk.witness_end e ON e.attempt = a.id
                JOIN task_instance t ON t.id = a.task_instance_id JOIN dag d ON d.id = a.dag_id;
        CREATE VIEW chk.event AS
            SELECT *, CASE WHEN attempt_id IS NOT NULL THEN 'attempt' WHEN task_instance_id IS NOT NULL THEN 'task'
                    ELSE 'run' END AS kind,
                coalesce(attempt_id::text, task_instance_id::text, run_id::text) AS entity
            FROM transition;
        CREATE VIEW chk.chain AS
            SELECT *, lag(new_state) OVER entities AS before, lag(at) OVER entities AS before_at,
                lead(id) OVER entities AS later
            FROM chk.event WINDOW entities AS (PARTITION BY kind, entity ORDER BY id);
        """

    static let all = schedule + witness + states + logs

    // MARK: - The schedule

    private static let schedule = [
        Invariant(
            claim: "a tick has one row",
            breach: """
                ALTER TABLE tick DROP CONSTRAINT tick_pkey; INSERT INTO tick SELECT * FROM tick LIMIT 1
                """,
            violations: "SELECT dag_id || ' ' || tick_at FROM tick GROUP BY dag_id, tick_at HAVING count(*) > 1"
        ),
        Invariant(
            claim: "a tick has one run",
            breach: """
                UPDATE dag_run SET logical_date = (SELECT min(logical_date) FROM dag_run WHERE type =
                'scheduled') WHERE id = (SELECT max(id) FROM dag_run WHERE type = 'scheduled')
                """,
            violations: """
                SELECT dag_id || ' ' || logical_date FROM dag_run WHERE type = 'scheduled'
                GROUP BY dag_id, logical_date HAVING count(*) > 1
                """
        ),
        Invariant(
            claim: "no tick of an even interval is missing",
            breach: """
                DELETE FROM tick WHERE tick_at = (SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY tick_at)
                FROM tick)
                """,
            violations: """
                SELECT dag_id || ' before ' || tick_at FROM (
                    SELECT dag_id, tick_at, lag(tick_at) OVER (PARTITION BY dag_id ORDER BY tick_at) AS before
                    FROM tick) t
                WHERE tick_at - before <> interval '2 s' * (1 + (
                    SELECT coalesce(sum(ticks), 0) FROM tick_range r
                    WHERE r.dag_id = t.dag_id AND r.first_tick > before AND r.last_tick < tick_at))
                """
        ),
        Invariant(
            claim: "what was decided of a tick is what there is",
            breach: "UPDATE tick SET run_id = 0 WHERE run_id = (SELECT max(run_id) FROM tick)",
            violations: """
                SELECT t.dag_id || ' ' || t.tick_at FROM tick t LEFT JOIN dag_run r
                    ON r.id = t.run_id AND r.dag_id = t.dag_id AND r.logical_date = t.tick_at AND r.type = 'scheduled'
                WHERE (t.decision = 'created') <> (r.id IS NOT NULL)
                """
        ),
        Invariant(
            claim: "every scheduled run has its tick",
            breach: "UPDATE tick SET run_id = 0 WHERE run_id = (SELECT max(run_id) FROM tick)",
            violations: """
                SELECT r.key FROM dag_run r WHERE r.type = 'scheduled'
                    AND NOT EXISTS (SELECT FROM tick t WHERE t.run_id = r.id)
                """
        ),
        Invariant(
            claim: "no run was made before its time",
            breach: """
                UPDATE dag_run SET created_at = logical_date - interval '1 s' WHERE id = (SELECT max(id) FROM
                dag_run WHERE type = 'scheduled')
                """,
            violations: "SELECT key FROM dag_run WHERE type = 'scheduled' AND created_at < logical_date"
        ),
        Invariant(
            claim: "a run has a version of its own DAG",
            breach: """
                UPDATE dag_run SET version_id = (SELECT max(id) FROM dag_version WHERE dag_id <>
                dag_run.dag_id) WHERE id = (SELECT max(id) FROM dag_run WHERE type = 'scheduled')
                """,
            violations: """
                SELECT r.key FROM dag_run r JOIN dag_version v ON v.id = r.version_id
                WHERE v.dag_id <> r.dag_id OR r.created_at < v.created_at
                """
        ),
        Invariant(
            claim: "a trigger that was answered made a run",
            breach: "INSERT INTO chk.acknowledged VALUES ('chain/never')",
            violations: """
                SELECT a.run FROM chk.acknowledged a WHERE NOT EXISTS (
                    SELECT FROM dag_run r JOIN dag d ON d.id = r.dag_id WHERE d.name || '/' || r.key = a.run)
                """
        ),
    ]

    // MARK: - Attempts, against what tasks saw

    private static let witness = [
        Invariant(
            claim: "an attempt starts at most once",
            breach: "INSERT INTO chk.witness_start SELECT * FROM chk.witness_start LIMIT 1",
            violations: "SELECT attempt::text FROM chk.witness_start GROUP BY attempt HAVING count(*) > 1"
        ),
        Invariant(
            claim: "nothing starts that is no attempt",
            breach: "INSERT INTO chk.witness_start VALUES (gen_random_uuid(), 1)",
            violations: """
                SELECT s.attempt::text FROM chk.witness_start s
                WHERE NOT EXISTS (SELECT FROM attempt a WHERE a.id = s.attempt)
                """
        ),
        Invariant(
            claim: "an intent is written before its start",
            breach: "UPDATE chk.witness_start SET at = at - 3600",
            violations: """
                SELECT s.attempt::text FROM chk.witness_start s JOIN attempt a ON a.id = s.attempt
                WHERE extract(epoch FROM a.intended_at) > s.at OR NOT EXISTS (
                    SELECT FROM transition e WHERE e.attempt_id = a.id AND e.new_state = 'intended')
                """
        ),
        Invariant(
            claim: "attempts of one task never overlap",
            breach: "UPDATE chk.witness_start SET at = 0",
            violations: """
                SELECT x.id || ' ' || y.id FROM chk.lived x JOIN chk.lived y
                    ON y.task_instance_id = x.task_instance_id AND x.id < y.id AND x.began < y.over AND y.began < x.over
                """
        ),
        Invariant(
            claim: "attempts are numbered from 1 without a gap",
            breach: "UPDATE attempt SET number = 9 WHERE id = (SELECT id FROM attempt LIMIT 1)",
            violations: """
                SELECT task_instance_id::text FROM attempt GROUP BY task_instance_id
                HAVING min(number) <> 1 OR max(number) <> count(*) OR count(DISTINCT number) <> count(*)
                """
        ),
        Invariant(
            claim: "a task is tried no oftener than it may",
            breach: """
                INSERT INTO attempt (id, task_instance_id, run_id, dag_id, number, state, runner, fence, slots, ended_at)
                SELECT gen_random_uuid(), task_instance_id, run_id, dag_id, n, 'failed', runner, fence, slots, now()
                FROM (SELECT * FROM attempt LIMIT 1) a, generate_series(10, 12) n
                """,
            violations: """
                SELECT task_instance_id::text FROM attempt WHERE state NOT IN ('never_started', 'lost')
                GROUP BY task_instance_id HAVING count(*) > 3
                """
        ),
        Invariant(
            claim: "no attempt is called a success that was none",
            breach: "UPDATE chk.witness_end SET code = 1 WHERE code = 0",
            violations: """
                SELECT a.id::text FROM attempt a LEFT JOIN chk.witness_end e ON e.attempt = a.id
                WHERE a.state = 'success' AND e.code IS DISTINCT FROM 0
                """
        ),
        Invariant(
            claim: "no attempt is called a failure that was none",
            breach: "UPDATE chk.witness_end SET code = 0",
            violations: """
                SELECT a.id || ' ' || a.state || coalesce(': ' || a.reason, '')
                FROM attempt a LEFT JOIN chk.witness_end e ON e.attempt = a.id
                WHERE a.state IN ('failed', 'timed_out') AND coalesce(e.code, 0) = 0
                    AND NOT EXISTS (SELECT FROM chk.shot s WHERE s.attempt = a.id)
                """
        ),
        Invariant(
            claim: "nothing lives on after its attempt has ended",
            breach: "INSERT INTO chk.witness_alive SELECT attempt, at + 3600 FROM chk.witness_end",
            violations: """
                SELECT a.id || ' ' || a.state FROM attempt a JOIN (
                    SELECT attempt, at FROM chk.witness_alive UNION ALL SELECT attempt, at FROM chk.witness_start
                    UNION ALL SELECT attempt, at FROM chk.witness_end) w ON w.attempt = a.id
                WHERE w.at > extract(epoch FROM a.ended_at)
                """
        ),
        Invariant(
            claim: "the exit code is the command's",
            breach: "UPDATE attempt SET exit_code = 77",
            violations: """
                SELECT a.id::text FROM attempt a JOIN chk.witness_end e ON e.attempt = a.id
                WHERE a.state IN ('success', 'failed') AND a.exit_code IS DISTINCT FROM e.code
                """
        ),
        Invariant(
            claim: "nothing is lost or unknown while every keeper lives",
            breach: "UPDATE attempt SET state = 'lost' WHERE id = (SELECT id FROM attempt LIMIT 1)",
            violations: """
                SELECT a.id || ' ' || a.state || coalesce(': ' || a.reason, '') FROM attempt a
                WHERE a.state IN ('lost', 'unknown') AND NOT EXISTS (
                    SELECT FROM chk.unkept u WHERE u.runner = a.runner
                        AND u.at BETWEEN extract(epoch FROM a.intended_at) AND extract(epoch FROM a.ended_at))
                """
        ),
        Invariant(
            claim: "a task starts after all that it needs has ended",
            breach: "UPDATE chk.witness_end SET at = at + 3600",
            violations: """
                SELECT down.id || ' before ' || up.id FROM chk.lived down
                    JOIN chk.need n ON n.dag = down.dag AND n.task = down.task_id
                    JOIN chk.lived up ON up.run_id = down.run_id AND up.task_id = n.upstream
                WHERE up.over > down.began
                """
        ),
        Invariant(
            claim: "a pool is never fuller than its slots",
            breach: "UPDATE chk.witness_end SET at = at + 3600",
            violations: """
                SELECT x.id::text FROM chk.lived x JOIN pool p ON p.name = x.pool
                    JOIN chk.lived y ON y.pool = x.pool AND y.began <= x.began AND y.over > x.began
                GROUP BY x.id, p.slots HAVING sum(y.slots) > p.slots
                """
        ),
        Invariant(
            claim: "no more tasks of a DAG run than may",
            breach: "UPDATE chk.witness_end SET at = at + 3600",
            violations: """
                SELECT x.id::text FROM chk.lived x JOIN chk.lived y
                    ON y.dag_id = x.dag_id AND y.began <= x.began AND y.over > x.began
                    JOIN chk.room m ON m.dag = x.dag AND m.tasks IS NOT NULL
                GROUP BY x.id, m.tasks HAVING count(*) > m.tasks
                """
        ),
        Invariant(
            claim: "no more runs of a DAG run than may",
            breach: "UPDATE chk.witness_end SET at = at + 3600",
            violations: """
                WITH span AS (
                    SELECT run_id, dag, min(began) AS began, max(over) AS over FROM chk.lived GROUP BY run_id, dag)
                SELECT x.dag || ' ' || x.run_id FROM span x JOIN span y
                    ON y.dag = x.dag AND y.began <= x.began AND y.over > x.began JOIN chk.room m ON m.dag = x.dag
                GROUP BY x.dag, x.run_id, m.runs HAVING count(*) > m.runs
                """
        ),
    ]

    // MARK: - States

    private static let states = [
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
            claim: "a run's state is what its tasks make of it",
            breach: "UPDATE dag_run SET state = 'success' WHERE state = 'failed'",
            violations: """
                SELECT r.key || ' ' || r.state FROM dag_run r JOIN task_instance t ON t.run_id = r.id
                GROUP BY r.id, r.key, r.state HAVING CASE r.state
                    WHEN 'success' THEN bool_or(t.state NOT IN ('success', 'skipped', 'removed'))
                    WHEN 'failed' THEN NOT bool_or(t.state IN ('failed', 'upstream_failed', 'cancelled'))
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

    // MARK: - Logs

    private static let logs = [
        Invariant(
            claim: "a log has no gap and nothing twice",
            breach: "UPDATE attempt_log SET start_byte = 5 WHERE start_byte = 0",
            violations: """
                SELECT attempt_id || ' at ' || start_byte FROM (
                    SELECT attempt_id, start_byte, coalesce(lag(start_byte + octet_length(bytes))
                        OVER (PARTITION BY attempt_id ORDER BY start_byte), 0) AS wanted
                    FROM attempt_log) l WHERE start_byte <> wanted
                """
        ),
        Invariant(
            claim: "every byte that a task wrote is in its log",
            breach: "DELETE FROM attempt_log",
            violations: """
                SELECT e.attempt || ': ' || coalesce(sum(octet_length(l.bytes)), 0) || ' of ' || e.bytes
                FROM chk.witness_end e LEFT JOIN attempt_log l ON l.attempt_id = e.attempt
                GROUP BY e.attempt, e.bytes HAVING coalesce(sum(octet_length(l.bytes)), 0) <> e.bytes
                """
        ),
        Invariant(
            claim: "a log is called whole only when it is, and then it is",
            breach: "UPDATE attempt SET log_bytes = 790",
            violations: """
                SELECT a.id::text FROM attempt a JOIN chk.witness_end e ON e.attempt = a.id
                WHERE a.state <> 'lost' AND (a.log_sealed <> (a.log_bytes = e.bytes) OR NOT a.log_sealed)
                """
        ),
    ]
}
