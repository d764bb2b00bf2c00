package import Core
package import Postgres

/// A month of one of the tables that are kept by months.
package struct MonthPartition: Hashable, Sendable {
    package var name: String
    package var table: String
    package var start: Timestamp
    package var end: Timestamp
}

extension Connection {
    /// The months that ended before an instant, oldest first.
    package func partitions(endedBefore cutoff: Timestamp) throws -> [MonthPartition] {
        try execute(
            Statement(
                name: "old_partitions",
                sql: """
                    SELECT m.name, m.parent, m.start AT TIME ZONE 'UTC', (m.start + interval '1 month') AT TIME ZONE 'UTC'
                    FROM (
                        SELECT c.relname::text AS name, p.relname::text AS parent,
                            to_date(right(c.relname, 6), 'YYYYMM')::timestamp AS start
                        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent
                        WHERE p.relname IN ('tick', 'transition', 'attempt_log') AND c.relname ~ '_[0-9]{6}$'
                            AND p.relnamespace = 'public'::regnamespace) m
                    WHERE (m.start + interval '1 month') AT TIME ZONE 'UTC' <= $1
                    ORDER BY m.start, m.name
                    """
            ),
            [cutoff]
        ).map { row in
            MonthPartition(
                name: try row.decode(0),
                table: try row.decode(1),
                start: try row.decode(2),
                end: try row.decode(3)
            )
        }
    }

    /// Whether a month holds anything of a run that is kept.
    package func isNeeded(_ month: MonthPartition, before cutoff: Timestamp) throws -> Bool {
        switch month.table {
        case "attempt_log":
            return try execute(
                Statement(
                    name: "is_log_month_needed",
                    sql: """
                        SELECT EXISTS (SELECT FROM attempt WHERE id >= $1 AND id < $2
                                AND (ended_at IS NULL OR ended_at >= $3))
                            OR EXISTS (SELECT FROM dag_run r JOIN task_instance t ON t.run_id = r.id
                                JOIN attempt a ON a.task_instance_id = t.id
                                WHERE r.state IN ('queued', 'running') AND r.dag_id > 0 AND a.id >= $1 AND a.id < $2)
                        """
                ),
                [AttemptID(bound: month.start), AttemptID(bound: month.end), cutoff]
            )[0].decode(0)
        case "tick":
            return try execute(
                Statement(
                    name: "is_tick_month_needed",
                    sql: """
                        SELECT EXISTS (SELECT FROM tick t JOIN dag_run r ON r.id = t.run_id
                            WHERE t.tick_at >= $1 AND t.tick_at < $2 AND (r.ended_at IS NULL OR r.ended_at >= $3))
                        """
                ),
                [month.start, month.end, cutoff]
            )[0].decode(0)
        default:
            return try execute(
                Statement(
                    name: "is_history_month_needed",
                    sql: """
                        SELECT EXISTS (SELECT FROM dag_run WHERE created_at < $1
                            AND (ended_at IS NULL OR ended_at >= $2))
                        """
                ),
                [month.end, cutoff]
            )[0].decode(0)
        }
    }

    /// How many lines of the ledger a month holds.
    package func ticks(in month: MonthPartition) throws -> Int {
        try execute(
            Statement(
                name: "ticks_in_month",
                sql: "SELECT count(*) FROM tick WHERE tick_at >= $1 AND tick_at < $2"
            ),
            [month.start, month.end]
        )[0].decode(0)
    }

    /// How many bytes of logs a month holds.
    package func logBytes(in month: MonthPartition) throws -> Int {
        try execute(
            Statement(
                name: "log_bytes_in_month",
                sql: """
                    SELECT coalesce(sum(octet_length(bytes)), 0)::bigint FROM attempt_log
                    WHERE attempt_id >= $1 AND attempt_id < $2
                    """
            ),
            [AttemptID(bound: month.start), AttemptID(bound: month.end)]
        )[0].decode(0)
    }

    /// Drops a month; whoever reads the table now is waited for a moment only, and the month stays if that is too short.
    package func drop(_ month: MonthPartition) throws {
        try executeScript(
            "SET LOCAL lock_timeout = '1s'; DROP TABLE IF EXISTS \(month.name)",
            name: "drop_partition"
        )
    }
}
