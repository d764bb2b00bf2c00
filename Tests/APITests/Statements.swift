import Postgres

extension Statement {
    /// Adds a line to the log of the attempt that runs.
    static let addLog = Statement(
        name: "test_add_log",
        sql: """
            WITH added AS (
                INSERT INTO attempt_log (attempt_id, start_byte, first_line, line_ends, bytes)
                SELECT id, log_bytes, 2, 1, 'world\\012' FROM attempt WHERE state = 'running'
            )
            UPDATE attempt SET log_bytes = log_bytes + 6 WHERE state = 'running'
            """
    )

    /// Ends the run that runs.
    static let endRun = Statement(
        name: "test_end_run",
        sql: "UPDATE dag_run SET state = 'success', ended_at = now(), unfinished = 0 WHERE state = 'running'"
    )

    /// Fills a DAG with a history.
    static let manyRuns = Statement(
        name: "test_many_runs",
        sql: """
            INSERT INTO dag_run (dag_id, version_id, key, type, state, logical_date, data_interval_start,
                data_interval_end, run_after, actor, tasks, unfinished, created_at, started_at, ended_at)
            SELECT d.id, d.version_id, 'k' || i, 'scheduled', 'success', t, t, t, t, 'scheduler', 0, 0, t, t, t
            FROM dag d, generate_series(1, 5000) i, LATERAL (SELECT now() - i * interval '1 hour') s (t)
            WHERE d.name = 'sales'
            """
    )
}
