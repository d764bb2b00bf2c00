/// Rows for pages to show: five DAGs with files, runs in every state, attempts with logs.
enum Seed {
    /// A script for an empty, migrated database; its time is the moment at which it runs.
    static let sql = """
        INSERT INTO runner (name, kind, address, labels, slots, state, reason, host_name, version, last_contact) VALUES
            ('local', 'local', NULL, '{}', 4, 'online', NULL, 'host-a', '0.1', now()),
            ('etl-03', 'http', 'https://etl-03.internal:8443', '{etl,big}', 8, 'unreachable',
                'connection refused', 'etl-03', '0.1', now() - interval '7 minutes');
        INSERT INTO pool (name, slots) VALUES ('warehouse', 1), ('reports', 4);
        INSERT INTO server (id, host, version) VALUES ('s1', 'host-a', '0.1');

        INSERT INTO dag (name, path, cursor, next_tick, paused) VALUES
            ('sales_daily', 'sales_daily.yaml', now(), date_trunc('hour', now()) + interval '3 hours', false),
            ('finance.ledger', 'finance/ledger.yaml', now(), date_trunc('hour', now()) + interval '1 hour', false),
            ('wide', 'wide.yaml', now(), NULL, false),
            ('sleepy', 'sleepy.yaml', now(), NULL, true),
            ('hostile', 'hostile.yaml', now(), NULL, false);
        UPDATE dag SET next_run = next_tick;
        INSERT INTO dag_version (dag_id, number, source, hash)
        SELECT id, 1, convert_to(CASE name
            WHEN 'sales_daily' THEN \(literal(sales))
            WHEN 'finance.ledger' THEN \(literal(ledger))
            WHEN 'hostile' THEN \(literal(hostile))
            WHEN 'sleepy' THEN E'params:\\n  who: {type: string}\\ntasks:\\n  nap:\\n    run: sleep 1\\n'
            ELSE (
                SELECT E'schedule: "*/10 * * * *"\\ntasks:\\n  start:\\n    run: "true"\\n' || string_agg(format(
                    E'  part_%s:\\n    needs: start\\n    run: "true"\\n', n), '' ORDER BY n)
                    || E'  join:\\n    needs: [' || string_agg('part_' || n, ', ' ORDER BY n) || E']\\n'
                FROM generate_series(1, 40) n
            ) END, 'UTF8'), sha256(convert_to(name, 'UTF8'))
        FROM dag;
        UPDATE dag SET version_id = (SELECT v.id FROM dag_version v WHERE v.dag_id = dag.id);
        INSERT INTO dag_file_error (path, dag_name, problems) VALUES
            ('finance/ledger.yaml', 'finance.ledger',
                '[{"line": 14, "column": 18, "severity": "error", "message": "unknown task ''extrct'' in needs of ''load''",
                "hint": "Did you mean ''extract''?"}]'),
            ('new.yaml', NULL, '[{"line": 3, "column": 1, "severity": "error", "message": "<b>tabs</b> cannot indent",
                "hint": null}]');

        \(runs)
        """

    static let sales = """
        description: Load yesterday's sales and publish the report.
        owner: data-platform
        tags: [sales, nightly]
        runbook: https://wiki.example.com/sales_daily
        schedule:
          cron: "30 4 * * *"
          timezone: Europe/Berlin
        params:
          region: {type: string, enum: [emea, amer], default: emea, description: Whose sales}
          limit: {type: integer, default: 1000, minimum: 1, maximum: 5000}
          full: {type: boolean, default: false}
          day: {type: date, default: 2026-01-31}
          filter: {type: json, default: '{"a": 1}'}
          note: {type: string, default: none}
        tasks:
          extract_orders:
            run: ./extract.sh --day "$DAY"
          extract_customers:
            run: ./extract.sh --customers
          load_orders:
            needs: [extract_orders, extract_customers]
            pool: warehouse
            retries: 2
            run: python load_orders.py
          build_mart:
            needs: load_orders
            run: ./mart.sh
          notify:
            needs: [build_mart, extract_orders]
            run: ./notify.sh
        """

    static let ledger = """
        schedule: "0 * * * *"
        tasks:
          extract:
            run: ./extract.sh
          load:
            needs: extract
            run: ./load.sh
        """

    /// What a task printed, with everything that must not reach a browser as it is.
    static let hostile = """
        description: "<script>alert(1)</script>"
        owner: "\\"><img src=x onerror=alert(1)>"
        runbook: "https://e.org/?<script>alert(1)</script>"
        tasks:
          attack:
            run: printf '<script>'
        """

    static func literal(_ text: String) -> String { "$q$\(text)$q$" }

    private static let runs = """
        -- Fourteen runs of sales_daily: the newest failed, one was cancelled, one runs, the others succeeded.
        INSERT INTO dag_run (dag_id, version_id, key, type, state, logical_date, data_interval_start, data_interval_end,
            run_after, params, actor, tasks, unfinished, failures, created_at, started_at, ended_at)
        SELECT d.id, d.version_id, to_char(t AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24MISS"Z"'), 'scheduled',
            CASE n WHEN 0 THEN 'failed' WHEN 4 THEN 'cancelled' WHEN 9 THEN 'failed' ELSE 'success' END,
            t, t - interval '1 day', t, t, '{"region": "emea", "limit": 1000, "filter": {"a": [1, 2]}}', 'scheduler',
            5, 0, CASE WHEN n IN (0, 9) THEN 1 ELSE 0 END, t, t, t + interval '1 minute' * (3 + n % 5)
        FROM dag d, generate_series(0, 19) n, LATERAL (
            SELECT date_trunc('hour', now()) - interval '1 day' * n - interval '2 hours' AS t) l
        WHERE d.name = 'sales_daily' ORDER BY n DESC;
        INSERT INTO task_instance (run_id, dag_id, task_id, task_index, state, attempts, upstream, up_success, up_failed,
            up_upstream_failed, up_cancelled, queued_at, started_at, ended_at, pool)
        SELECT r.id, r.dag_id, k.id, k.i, CASE
                WHEN r.state = 'cancelled' AND k.i >= 2 THEN 'cancelled'
                WHEN r.state = 'failed' AND k.i = 2 THEN 'failed'
                WHEN r.state = 'failed' AND k.i > 2 THEN 'upstream_failed' ELSE 'success' END,
            CASE WHEN r.state = 'failed' AND k.i > 2 THEN 0 WHEN r.state = 'failed' AND k.i = 2 THEN 3 ELSE 1 END,
            k.upstream,
            CASE WHEN r.state IN ('failed', 'cancelled') AND k.i > 2 THEN k.upstream - 1 ELSE k.upstream END,
            CASE WHEN r.state = 'failed' AND k.i = 3 THEN 1 ELSE 0 END,
            CASE WHEN r.state = 'failed' AND k.i = 4 THEN 1 ELSE 0 END,
            CASE WHEN r.state = 'cancelled' AND k.i > 2 THEN 1 ELSE 0 END,
            r.started_at, r.started_at, r.ended_at, CASE WHEN k.i = 2 THEN 'warehouse' END
        FROM dag_run r JOIN dag d ON d.id = r.dag_id, (VALUES (0, 'extract_orders', 0), (1, 'extract_customers', 0),
            (2, 'load_orders', 2), (3, 'build_mart', 1), (4, 'notify', 2)) k (i, id, upstream)
        WHERE d.name = 'sales_daily';
        INSERT INTO attempt (id, task_instance_id, run_id, dag_id, number, state, runner, fence, slots, intended_at,
            started_at, ended_at, duration_us, exit_code, cpu_us, peak_memory, process_id, log_sealed)
        SELECT (substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-7000-8000-' || lpad((t.id * 10 + n)::text, 12, '0'))::uuid,
            t.id, t.run_id, t.dag_id, n, CASE WHEN t.state = 'failed' THEN 'failed' ELSE 'success' END, 'local', 1, 1, t.started_at,
            t.started_at + interval '1 second', t.ended_at, 72400000 + n, CASE WHEN t.state = 'failed' THEN 1 ELSE 0 END,
            1200000, 412000000, 4000 + n, true
        FROM task_instance t, generate_series(1, t.attempts) n,
            LATERAL (SELECT lpad(to_hex((extract(epoch FROM t.started_at) * 1000)::bigint), 12, '0') AS h) ids
        WHERE t.state IN ('failed', 'success');

        -- The log of the newest failure: 1,824 lines in pieces, the cause at line 1,811.
        WITH a AS (
            SELECT a.id FROM attempt a JOIN task_instance t ON t.id = a.task_instance_id JOIN dag_run r ON r.id = t.run_id
                JOIN dag d ON d.id = r.dag_id
            WHERE d.name = 'sales_daily' AND t.state = 'failed' AND a.number = 3 ORDER BY r.logical_date DESC LIMIT 1
        ), lines AS (
            SELECT n, CASE
                WHEN n = 1790 THEN E'\\x1b[32mINFO\\x1b[0m connected, \\x1b[1;31mred\\x1b[0m \\x1b[44mon blue\\x1b[0m'
                WHEN n = 1795 THEN E'10 %\\r50 %\\r100 % done'
                WHEN n = 1811 THEN 'psycopg.errors.UndefinedColumn: column "net_amt" of relation "orders" does not exist'
                WHEN n = 1812 THEN 'LINE 1: INSERT INTO orders (id, net_amt, ts) VALUES (...'
                WHEN n = 1820 THEN '<script>alert(1)</script> & "quotes"'
                ELSE 'INFO sales_orders connection offset part-' || lpad((n * 7919 % 9973)::text, 4, '0')
                    || '.parquet commit customer ' || (n * 104729 % 99991) END || E'\\n' AS line
            FROM generate_series(1, 1824) n
        ), pieces AS (
            SELECT (n - 1) / 300 AS piece, min(n) AS first, count(*)::int AS ends,
                convert_to(string_agg(line, '' ORDER BY n), 'UTF8') AS bytes FROM lines GROUP BY 1
        )
        INSERT INTO attempt_log (attempt_id, start_byte, first_line, line_ends, bytes)
        SELECT a.id, coalesce(sum(octet_length(p.bytes)) OVER (ORDER BY p.piece ROWS BETWEEN UNBOUNDED PRECEDING
            AND 1 PRECEDING), 0), p.first, p.ends, p.bytes FROM a, pieces p;
        UPDATE attempt a SET log_bytes = l.bytes, log_lines = 1824, cause_line = 1811, cause_rule = 'traceback',
            cause_text = E'psycopg.errors.UndefinedColumn: column "net_amt" of relation "orders" does not exist\\nLINE 1: '
                'INSERT INTO orders (id, net_amt, ts) VALUES (...'
        FROM (SELECT attempt_id, sum(octet_length(bytes)) AS bytes FROM attempt_log GROUP BY attempt_id) l
        WHERE a.id = l.attempt_id;

        INSERT INTO signature (hash, state, exit_code, subject, template, sample, first_seen, last_seen, failures)
        VALUES (sha256('known'), 'failed', 1, '', 'psycopg.errors.UndefinedColumn: <b>LINE</b> <n>: column',
            'psycopg.errors.UndefinedColumn: <b>LINE</b> 1: column', now() - interval '12 hours', now() - interval '2 hours', 6);
        UPDATE attempt SET signature_id = (SELECT id FROM signature) WHERE state = 'failed';

        -- One run of finance.ledger under way: one task done, one running with a log, and a wide one with all states.
        INSERT INTO dag_run (dag_id, version_id, key, type, state, logical_date, data_interval_start, data_interval_end,
            run_after, actor, tasks, unfinished, started_at)
        SELECT id, version_id, '2026-08-21T020000Z-m', 'manual', 'running', now(), now(), now(), now(), 'token:ana', 2, 1,
            now() - interval '74 seconds' FROM dag WHERE name = 'finance.ledger';
        INSERT INTO task_instance (run_id, dag_id, task_id, task_index, state, attempts, upstream, started_at, ended_at)
        SELECT r.id, r.dag_id, k.id, k.i, k.state, 1, 0, r.started_at, CASE WHEN k.state = 'success' THEN now() END
        FROM dag_run r, (VALUES (0, 'extract', 'success'), (1, 'load', 'running')) k (i, id, state)
        WHERE r.key = '2026-08-21T020000Z-m';
        INSERT INTO attempt (id, task_instance_id, run_id, dag_id, number, state, runner, fence, slots, started_at, ended_at,
            duration_us, exit_code)
        SELECT gen_random_uuid(), t.id, t.run_id, t.dag_id, 1, t.state, 'local', 1, 1, t.started_at, t.ended_at,
            CASE WHEN t.state = 'success' THEN 30000000 END, CASE WHEN t.state = 'success' THEN 0 END
        FROM task_instance t JOIN dag_run r ON r.id = t.run_id WHERE r.key = '2026-08-21T020000Z-m';
        UPDATE task_instance t SET attempt_id = a.id FROM attempt a WHERE a.task_instance_id = t.id AND a.state = 'running';
        INSERT INTO attempt_log (attempt_id, start_byte, first_line, line_ends, bytes)
        SELECT id, 0, 1, 2, convert_to(E'starting\\nloading part 1\\nloading pa', 'UTF8') FROM attempt WHERE state = 'running';
        UPDATE attempt SET log_bytes = 34, log_lines = 2 WHERE state = 'running';

        INSERT INTO dag_run (dag_id, version_id, key, type, state, logical_date, data_interval_start, data_interval_end,
            run_after, actor, tasks, unfinished, failures, started_at)
        SELECT id, version_id, '2026-08-21T000000Z', 'scheduled', 'running', now(), now(), now(), now(), 'scheduler', 42, 30,
            1, now() - interval '5 minutes' FROM dag WHERE name = 'wide';
        INSERT INTO task_instance (run_id, dag_id, task_id, task_index, state, upstream, retry_at, ended_at, hold)
        SELECT r.id, r.dag_id, CASE i WHEN 0 THEN 'start' WHEN 41 THEN 'join' ELSE 'part_' || i END, i, s.state, 0,
            CASE WHEN s.state = 'up_for_retry' THEN now() + interval '30 seconds' END,
            CASE WHEN s.state IN ('success', 'failed', 'upstream_failed', 'skipped', 'cancelled') THEN now() END,
            CASE WHEN s.state = 'queued' THEN 'pool warehouse is full' END
        FROM dag_run r, generate_series(0, 41) i, LATERAL (SELECT CASE WHEN i = 0 THEN 'success' WHEN i = 41 THEN 'waiting'
            ELSE (ARRAY['success', 'queued', 'running', 'up_for_retry', 'failed', 'skipped', 'cancelled', 'waiting',
                'upstream_failed', 'success'])[i % 10 + 1] END AS state) s
        WHERE r.key = '2026-08-21T000000Z';

        INSERT INTO transition (run_id, task_instance_id, old_state, new_state, actor, reason)
        SELECT r.id, NULL, 'running', r.state, 'scheduler', NULL FROM dag_run r WHERE r.ended_at IS NOT NULL
        UNION ALL
        SELECT t.run_id, t.id, 'running', t.state, 'token:ana', 'because <b>so</b>' FROM task_instance t
        WHERE t.state = 'failed';
        INSERT INTO backfill (dag_id, state, from_at, to_at, rerun, max_active, actor)
        SELECT id, 'running', now() - interval '30 days', now() - interval '20 days', 'missing', 2, 'token:ana'
        FROM dag WHERE name = 'sales_daily';
        """
}
