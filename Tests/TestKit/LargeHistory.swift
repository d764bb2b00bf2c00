/// Scripts that fill a migrated database with more than anyone has by hand: many runs, and runs of many tasks.
package enum LargeHistory {
    /// A DAG with so many runs, one a minute back from an instant, of which each hundredth failed.
    ///
    /// `end`: The first minute after the newest run, as SQL.
    package static func runs(
        _ count: Int,
        dag: String = "minutely",
        end: String = "date_trunc('minute', now())"
    ) -> String {
        """
        INSERT INTO dag (name, path, cursor) VALUES ('\(dag)', '\(dag).yaml', now());
        INSERT INTO dag_version (dag_id, number, source, hash) SELECT id, 1, convert_to(
            E'schedule: "* * * * *"\\ntasks:\\n  tick:\\n    run: "true"\\n  tock:\\n    needs: tick\\n    run: "true"\\n',
            'UTF8'), sha256('\(dag)') FROM dag WHERE name = '\(dag)';
        UPDATE dag SET version_id = v.id FROM dag_version v WHERE v.dag_id = dag.id AND dag.name = '\(dag)';
        INSERT INTO dag_run (dag_id, version_id, key, type, state, logical_date, data_interval_start, data_interval_end,
            run_after, actor, tasks, unfinished, failures, created_at, started_at, ended_at)
        SELECT d.id, d.version_id, to_char(t AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24MISS"Z"'), 'scheduled',
            CASE WHEN n % 100 = 0 THEN 'failed' ELSE 'success' END, t, t - interval '1 minute', t, t, 'scheduler', 2, 0,
            CASE WHEN n % 100 = 0 THEN 1 ELSE 0 END, t, t, t + interval '1 second' * (2 + n % 7)
        FROM dag d, generate_series(\(count), 1, -1) n, LATERAL (SELECT \(end) - n * interval '1 minute' AS t) l
        WHERE d.name = '\(dag)';
        ANALYZE dag_run;
        """
    }

    /// What `runs` leaves out: the tasks of every run that failed and of those of the last two hours, with one cause and one
    /// incident each.
    package static func tasksOfRuns(dag: String = "minutely") -> String {
        """
        CREATE TEMPORARY TABLE shown AS SELECT r.* FROM dag_run r JOIN dag d ON d.id = r.dag_id
            WHERE d.name = '\(dag)' AND (r.state = 'failed' OR r.logical_date > now() - interval '2 hours');
        INSERT INTO task_instance (run_id, dag_id, task_id, task_index, state, attempts, upstream, queued_at, started_at,
            ended_at)
        SELECT r.id, r.dag_id, t.id, t.index,
            CASE WHEN r.state = 'success' THEN 'success' WHEN t.index = 0 THEN 'failed' ELSE 'upstream_failed' END,
            CASE WHEN r.state = 'success' OR t.index = 0 THEN 1 ELSE 0 END, t.index, r.started_at,
            CASE WHEN r.state = 'success' OR t.index = 0 THEN r.started_at END, r.ended_at
        FROM shown r, (VALUES ('tick', 0), ('tock', 1)) t (id, index);
        INSERT INTO signature (hash, state, exit_code, subject, template, sample, first_seen, last_seen, failures)
        SELECT sha256('\(dag)'), 'failed', 1, '\(dag)/tick', 'ERROR: no such table', 'ERROR: no such table',
            min(started_at), max(ended_at), count(*) FROM shown WHERE state = 'failed';
        INSERT INTO attempt (id, task_instance_id, run_id, dag_id, number, state, runner, fence, slots, intended_at,
            started_at, ended_at, duration_us, exit_code, cause_line, cause_text, cause_rule, signature_id)
        SELECT gen_random_uuid(), t.id, t.run_id, t.dag_id, 1, t.state, 'local', 1, 1, t.started_at, t.started_at,
            t.ended_at, 2000000, CASE t.state WHEN 'failed' THEN 1 ELSE 0 END,
            CASE t.state WHEN 'failed' THEN 3 END, CASE t.state WHEN 'failed' THEN 'ERROR: no such table' END,
            CASE t.state WHEN 'failed' THEN 'error_word' END,
            CASE t.state WHEN 'failed' THEN (SELECT id FROM signature WHERE hash = sha256('\(dag)')) END
        FROM task_instance t JOIN shown r ON r.id = t.run_id WHERE t.started_at IS NOT NULL;
        INSERT INTO incident (run_id, dag_id, task_instance_id, attempt_id, signature_id, at)
        SELECT a.run_id, a.dag_id, a.task_instance_id, a.id, a.signature_id, a.ended_at FROM attempt a
            JOIN shown r ON r.id = a.run_id WHERE a.state = 'failed';
        DROP TABLE shown;
        ANALYZE task_instance, attempt, incident;
        """
    }

    /// Puts a log of so many pieces in place of that of the last attempt of a DAG: 2,560 lines of 100 bytes each.
    ///
    /// Line 5,000,000 of 4,000 pieces is the cause; it says `row 0320`, as one line of each piece does.
    package static func log(ofDAG dag: String, pieces: Int) -> String {
        """
        CREATE TEMPORARY TABLE large_log AS SELECT a.id FROM attempt a JOIN dag d ON d.id = a.dag_id
            WHERE d.name = '\(dag)' ORDER BY a.id DESC LIMIT 1;
        DELETE FROM attempt_log WHERE attempt_id = (SELECT id FROM large_log);
        INSERT INTO attempt_log (attempt_id, start_byte, first_line, line_ends, bytes)
        SELECT l.id, p * 256000, p * 2560 + 1, 2560, b.bytes
        FROM large_log l, generate_series(0::bigint, \(pieces - 1)) p, (
            SELECT convert_to(string_agg(rpad('row ' || lpad(n::text, 4, '0') || ' of a piece: orders are read', 99, '.')
                || E'\\n', '' ORDER BY n), 'UTF8') AS bytes FROM generate_series(1, 2560) n) b;
        UPDATE attempt SET log_bytes = \(pieces) * 256000::bigint, log_length = \(pieces) * 256000::bigint,
            log_lines = \(pieces) * 2560, log_sealed = true, cause_line = 5000000, cause_text = 'row 0320 of a piece',
            cause_rule = 'last_line'
        WHERE id = (SELECT id FROM large_log);
        DROP TABLE large_log;
        """
    }

    /// A DAG of so many tasks, a quarter of which need the one four places before, with so many runs of all of them.
    ///
    /// In each run one task in fifty failed, those after it are blocked, and one in twenty failed once before it
    /// succeeded.
    package static func tasks(_ count: Int, runs: Int = 1, dag: String = "broad") -> String {
        """
        INSERT INTO dag (name, path, cursor) VALUES ('\(dag)', '\(dag).yaml', now());
        INSERT INTO dag_version (dag_id, number, source, hash) SELECT d.id, 1, convert_to(
            E'tasks:\\n' || string_agg('  task_' || n || E':\\n    run: "true"\\n'
                || CASE WHEN n % 4 = 0 AND n > 4 THEN '    needs: task_' || n - 4 || E'\\n' ELSE '' END, '' ORDER BY n),
            'UTF8'), sha256('\(dag)') FROM dag d, generate_series(1, \(count)) n WHERE d.name = '\(dag)' GROUP BY d.id;
        UPDATE dag SET version_id = v.id FROM dag_version v WHERE v.dag_id = dag.id AND dag.name = '\(dag)';
        INSERT INTO dag_run (dag_id, version_id, key, type, state, logical_date, data_interval_start, data_interval_end,
            run_after, actor, tasks, unfinished, failures, created_at, started_at, ended_at)
        SELECT d.id, d.version_id, to_char(t AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24MISS"Z"'), 'scheduled', 'failed', t,
            t - interval '1 day', t, t, 'scheduler', \(count), 0, \(count) / 50, t, t, t + interval '1 hour'
        FROM dag d, generate_series(\(runs), 1, -1) n,
            LATERAL (SELECT date_trunc('hour', now()) - n * interval '1 day' AS t) l
        WHERE d.name = '\(dag)';
        INSERT INTO task_instance (run_id, dag_id, task_id, task_index, state, attempts, upstream, queued_at, started_at,
            ended_at)
        SELECT r.id, r.dag_id, 'task_' || n, n - 1, s.state, CASE s.state WHEN 'upstream_failed' THEN 0 ELSE 1 END, 0,
            r.started_at + n * interval '200 milliseconds',
            CASE WHEN s.state <> 'upstream_failed' THEN r.started_at + n * interval '300 milliseconds' END,
            r.started_at + n * interval '300 milliseconds' + (1 + n * 7919 % 97) * interval '1 second'
        FROM dag_run r JOIN dag d ON d.id = r.dag_id, generate_series(1, \(count)) n, LATERAL (SELECT
            CASE WHEN n % 50 = 48 THEN 'failed' WHEN n % 50 = 2 AND n > 50 AND n % 4 = 0 THEN 'upstream_failed'
            ELSE 'success' END AS state) s
        WHERE d.name = '\(dag)';
        INSERT INTO attempt (id, task_instance_id, run_id, dag_id, number, state, runner, fence, slots, intended_at,
            started_at, ended_at, duration_us, exit_code, cause_line, cause_text, cause_rule)
        SELECT gen_random_uuid(), t.id, t.run_id, t.dag_id, 1, t.state, 'local', 1, 1, t.started_at, t.started_at,
            t.ended_at, extract(epoch FROM t.ended_at - t.started_at) * 1000000,
            CASE t.state WHEN 'failed' THEN 1 ELSE 0 END, CASE t.state WHEN 'failed' THEN 3 END,
            CASE t.state WHEN 'failed' THEN 'ERROR: no such table' END,
            CASE t.state WHEN 'failed' THEN 'error_word' END
        FROM task_instance t JOIN dag d ON d.id = t.dag_id
        WHERE d.name = '\(dag)' AND t.started_at IS NOT NULL;
        ANALYZE task_instance;
        ANALYZE attempt;
        """
    }
}
