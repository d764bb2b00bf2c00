// MARK: - Attempts, against what tasks saw

extension Invariant {
    static let witness = [
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
                SELECT a.task_instance_id::text FROM attempt a JOIN dag d ON d.id = a.dag_id
                    LEFT JOIN chk.room m ON m.dag = d.name
                WHERE a.state NOT IN ('never_started', 'lost')
                GROUP BY a.task_instance_id, m.tries HAVING count(*) > coalesce(m.tries, 3)
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
            claim: "a task starts only after a success of all that it needs",
            breach: "UPDATE chk.witness_end SET code = 1",
            violations: """
                SELECT down.id || ' without ' || n.upstream FROM chk.lived down
                    JOIN chk.need n ON n.dag = down.dag AND n.task = down.task_id
                WHERE NOT EXISTS (SELECT FROM chk.lenient l WHERE l.dag = n.dag AND l.task = n.task)
                    AND NOT EXISTS (SELECT FROM deed w WHERE w.run_id = down.run_id AND w.verb = 'mark')
                    AND NOT EXISTS (SELECT FROM chk.lived up WHERE up.run_id = down.run_id
                        AND up.task_id = n.upstream AND up.seen_code = 0 AND up.over <= down.began)
                """
        ),
        Invariant(
            claim: "an attempt runs at the runner that its row names",
            breach: "UPDATE attempt SET runner = runner || '2'",
            violations: """
                SELECT a.id || ' of ' || a.runner || ' at ' || h.runner FROM attempt a
                    JOIN chk.witness_place p ON p.attempt = a.id JOIN chk.home h ON starts_with(p.path, h.folder || '/')
                WHERE h.runner <> a.runner
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
}
