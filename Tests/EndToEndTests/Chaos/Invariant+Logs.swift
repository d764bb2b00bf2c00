// MARK: - Logs and secrets

extension Invariant {
    static let logs = [
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
        Invariant(
            claim: "no secret is in the database",
            breach: "UPDATE dag_run SET reason = (SELECT needle FROM chk.canary LIMIT 1)",
            violations: """
                SELECT place FROM chk.canary c, chk.holding(c.needle) place
                UNION ALL SELECT l.attempt_id::text FROM attempt_log l, chk.canary c GROUP BY l.attempt_id, c.needle
                HAVING position(convert_to(c.needle, 'UTF8') IN string_agg(l.bytes, '' ORDER BY l.start_byte)) > 0
                """
        ),
    ]
}
