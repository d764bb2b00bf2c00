/// The seed, with a change between the last success of `load_orders` and its failure, and a log of both.
enum FailureSeed {
    static let sql = """
        \(Seed.sql)
        INSERT INTO dag_version (dag_id, number, source, hash)
        SELECT v.dag_id, 2, convert_to(replace(convert_from(v.source, 'UTF8'), E'    run: python load_orders.py',
            E'    env: {BATCH: "500"}\\n    run: python load_orders.py --fast'), 'UTF8'), sha256('2')
        FROM dag_version v JOIN dag d ON d.id = v.dag_id WHERE d.name = 'sales_daily';
        UPDATE dag SET version_id = (SELECT id FROM dag_version WHERE number = 2) WHERE name = 'sales_daily';
        UPDATE dag_run SET version_id = (SELECT id FROM dag_version WHERE number = 2),
            params = '{"region": "amer", "limit": 1000, "filter": {"a": [1, 2]}}'
        WHERE id = (SELECT max(r.id) FROM dag_run r JOIN dag d ON d.id = r.dag_id WHERE d.name = 'sales_daily');

        WITH a AS (
            SELECT a.id FROM attempt a JOIN task_instance t ON t.id = a.task_instance_id JOIN dag_run r ON r.id = t.run_id
            WHERE t.task_id = 'load_orders' AND a.state = 'success' ORDER BY r.logical_date DESC LIMIT 1
        ), text AS (
            SELECT string_agg(CASE n WHEN 1500 THEN 'INFO <i>vacuum</i> done' ELSE
                'INFO sales_orders connection offset part-' || lpad((n * 7919 % 9973)::text, 4, '0')
                || '.parquet commit customer ' || (n * 104729 % 99991) END || E'\\n', '' ORDER BY n) AS log
            FROM generate_series(1, 1500) n
        ), piece AS (
            INSERT INTO attempt_log (attempt_id, start_byte, first_line, line_ends, bytes)
            SELECT a.id, 0, 1, 1500, convert_to(text.log, 'UTF8') FROM a, text
            RETURNING attempt_id, octet_length(bytes) AS length
        )
        UPDATE attempt a SET log_bytes = p.length, log_lines = 1500, duration_us = 30000000 FROM piece p
        WHERE a.id = p.attempt_id;
        """

    /// The address of the failure.
    static let task = "load_orders"
}
