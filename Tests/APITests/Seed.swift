/// A database with a bit of everything in it.
enum Seed {
    /// The file of the DAG `sales`.
    static let source = """
        description: Loads the "sales" of a day.
        owner: data
        tags: [daily]
        schedule: "30 4 * * *"
        params:
          region: {type: string, enum: [emea, amer], default: emea}
          limit: {type: integer, default: 5}
        tasks:
          extract: {run: "true", timeout: 1m}
          load: {run: "true", needs: extract, timeout: 1m}
          report: {run: "true", needs: load, timeout: 1m}
          clean: {run: "true", timeout: 1m}
        """

    /// The attempt of `load` that failed last.
    static let attempt = "0198a000-0000-7000-8000-000000000003"

    /// Rows of every table that the API shows.
    static let sql = """
        INSERT INTO dag (name, path, cursor, next_tick, next_run) VALUES
            ('sales', 'sales.yaml', '2026-08-22T04:30:00Z', '2099-08-23T04:30:00Z', '2099-08-23T04:30:00Z');
        INSERT INTO dag (name, path, cursor, state, retired_at) VALUES ('old', 'old.yaml', now(), 'retired', now());
        INSERT INTO dag_version (dag_id, number, source, hash)
            SELECT id, 1, convert_to('\(source.replacing("'", with: "''"))', 'UTF8'), sha256('1') FROM dag;
        UPDATE dag SET version_id = v.id FROM dag_version v WHERE v.dag_id = dag.id;

        INSERT INTO dag_run (dag_id, version_id, key, type, state, logical_date, data_interval_start, data_interval_end,
            run_after, params, actor, tasks, unfinished, failures, created_at, started_at, ended_at)
        SELECT d.id, d.version_id, r.key, 'scheduled', r.state, r.at, r.at - interval '1 day', r.at, r.at,
            '{"region": "emea", "limit": "5"}', 'scheduler', 4, r.unfinished, r.failures, r.at, r.started, r.ended
        FROM dag d, (VALUES
            ('2026-08-20T043000Z', 'success', timestamptz '2026-08-20T04:30:00Z', 0, 0,
                timestamptz '2026-08-20T04:30:01.5Z', timestamptz '2026-08-20T04:31:00Z'),
            ('2026-08-21T043000Z', 'failed', '2026-08-21T04:30:00Z', 0, 2, '2026-08-21T04:30:01Z', '2026-08-21T04:31:00Z'),
            ('2026-08-22T043000Z', 'running', '2026-08-22T04:30:00Z', 2, 0, '2026-08-22T04:30:01Z', NULL)
        ) r (key, state, at, unfinished, failures, started, ended)
        WHERE d.name = 'sales';

        INSERT INTO task_instance (run_id, dag_id, task_id, task_index, state, upstream, up_success, up_failed, attempts,
            ended_at, outputs)
        SELECT r.id, r.dag_id, t.task, t.index, t.state, t.up, t.up_success, t.up_failed, t.attempts,
            CASE WHEN t.state IN ('success', 'failed', 'upstream_failed') THEN r.created_at END, '{"rows": "7"}'
        FROM dag_run r JOIN (VALUES
            ('success', 'extract', 0, 'success', 0, 0, 0, 1), ('success', 'load', 1, 'success', 1, 1, 0, 1),
            ('success', 'report', 2, 'success', 1, 1, 0, 1),
            ('failed', 'extract', 0, 'success', 0, 0, 0, 1), ('failed', 'load', 1, 'failed', 1, 1, 0, 2),
            ('failed', 'report', 2, 'upstream_failed', 1, 0, 1, 0), ('failed', 'clean', 3, 'success', 0, 0, 0, 1),
            ('running', 'extract', 0, 'success', 0, 0, 0, 1), ('running', 'load', 1, 'running', 1, 1, 0, 1),
            ('running', 'report', 2, 'waiting', 1, 0, 0, 0), ('running', 'clean', 3, 'success', 0, 0, 0, 1)
        ) t (run_state, task, index, state, up, up_success, up_failed, attempts) ON t.run_state = r.state;
        INSERT INTO task_instance (run_id, dag_id, task_id, task_index, map_index, state, upstream, ended_at)
            SELECT run_id, dag_id, 'clean', 3, i, 'skipped', 0, now()
            FROM task_instance, generate_series(0, 1) i WHERE task_id = 'load' AND state = 'success';

        INSERT INTO attempt (id, task_instance_id, run_id, dag_id, number, state, runner, fence, slots, intended_at,
            started_at, ended_at, duration_us, exit_code, signal, log_bytes, log_lines, log_sealed, cause_line,
            cause_text, cause_rule)
        SELECT a.id::uuid, t.id, t.run_id, t.dag_id, a.number, a.state, 'local', 1, 1, '2026-08-21T04:30:00Z',
            '2026-08-21T04:30:01.000001Z', a.ended, 59000000, a.code, a.signal, a.bytes, 3, a.ended IS NOT NULL,
            a.line, a.cause, a.rule
        FROM task_instance t JOIN (VALUES
            ('failed', 1, '0198a000-0000-7000-8000-000000000002', 'failed', timestamptz '2026-08-21T04:30:30Z', NULL, 9, 0,
                NULL, NULL, NULL),
            ('failed', 2, '\(attempt)', 'failed', '2026-08-21T04:31:00Z', 1, NULL, 30, 2, 'Error: "boom"', 'last-error'),
            ('running', 1, '0198a000-0000-7000-8000-000000000004', 'running', NULL, NULL, NULL, 6, NULL, NULL, NULL)
        ) a (task_state, number, id, state, ended, code, signal, bytes, line, cause, rule)
            ON t.state = a.task_state AND t.task_id = 'load';

        INSERT INTO signature (hash, state, exit_code, signal, subject, template, sample, first_seen, last_seen, failures)
        VALUES (sha256('1'), 'failed', NULL, 9, 'task sales/load', '', '', '2026-08-21T04:30:30Z', '2026-08-21T04:30:30Z', 1),
            (sha256('2'), 'failed', 1, NULL, '', 'Error: "boom"', 'Error: "boom"', '2026-08-20T04:30:00Z',
                '2026-08-21T04:31:00Z', 3);
        UPDATE attempt SET signature_id = CASE number WHEN 1 THEN 1 ELSE 2 END WHERE state = 'failed';
        INSERT INTO attempt_log (attempt_id, start_byte, first_line, line_ends, bytes) VALUES
            ('\(attempt)', 0, 1, 1, 'first line\\012'), ('\(attempt)', 11, 2, 0, 'second'),
            ('\(attempt)', 27, 3, 0, '\\377\\000z'),
            ('0198a000-0000-7000-8000-000000000004', 0, 1, 1, 'hello\\012');

        INSERT INTO runner (name, kind, labels, slots, state, host_name, version, last_contact)
            VALUES ('local', 'local', '{etl,gpu}', 4, 'online', 'host-a', '0.1.0', now());
        INSERT INTO runner (name, kind, address, slots, reason) VALUES ('far', 'ssh', 'far.example', 2, 'no route');
        INSERT INTO pool (name, slots) VALUES ('warehouse', 5);
        INSERT INTO backfill (dag_id, state, from_at, to_at, rerun, max_active, actor)
            SELECT id, 'done', '2026-08-01', '2026-08-08', 'missing', 2, 'cli' FROM dag WHERE name = 'sales';
        INSERT INTO dag_file_error (path, dag_name, problems) VALUES ('bad.yaml', NULL,
            '[{"file": "bad.yaml", "line": 3, "column": 5, "severity": "error", "message": "unknown key", "hint": null}]');
        """
}
