package import Core
package import Postgres

extension Connection {
    /// Writes down which processes of a runner have outlived their attempts; others are struck off.
    ///
    /// A number that another process has by now is another line, of which nobody has asked for anything.
    package func setStrays(runner: String, _ strays: [Stray]) throws {
        _ = try execute(
            Statement(
                name: "strike_strays",
                sql: """
                    DELETE FROM runner_stray s WHERE s.runner = $1 AND NOT EXISTS (
                        SELECT FROM unnest($2::integer[], $3::text[], $4::uuid[]) AS u (process_id, name, attempt_id)
                        WHERE u.process_id = s.process_id AND u.name = s.name
                            AND u.attempt_id IS NOT DISTINCT FROM s.attempt_id)
                    """
            ),
            [runner, strays.map(\.processID), strays.map(\.name), strays.map(\.attempt)]
        )
        guard !strays.isEmpty else { return }
        _ = try execute(
            Statement(
                name: "add_strays",
                sql: """
                    INSERT INTO runner_stray (runner, process_id, name, attempt_id)
                    SELECT $1, u.* FROM unnest($2::integer[], $3::text[], $4::uuid[]) u
                    ON CONFLICT (runner, process_id) DO NOTHING
                    """
            ),
            [runner, strays.map(\.processID), strays.map(\.name), strays.map(\.attempt)]
        )
    }

    /// The processes on a runner whose end somebody asked for.
    package func reapRequests(runner: String) throws -> [Int32] {
        try execute(
            Statement(
                name: "reap_requests",
                sql: """
                    SELECT process_id FROM runner_stray WHERE runner = $1 AND reap_requested_at IS NOT NULL
                    ORDER BY process_id
                    """
            ),
            [runner]
        ).map { try $0.decode(0) }
    }

    /// Asks for the end of processes that outlived their attempts, of one or of all that are listed; returns how many.
    ///
    /// Nil: there is no such runner.
    package func requestReap(runner: String, process: Int?) throws -> Int? {
        let known = try execute(Statement(name: "runner_exists", sql: "SELECT 1 FROM runner WHERE name = $1"), [runner])
        guard !known.isEmpty else { return nil }
        return try execute(
            Statement(
                name: "request_reap",
                sql: """
                    UPDATE runner_stray SET reap_requested_at = coalesce(reap_requested_at, clock_timestamp())
                    WHERE runner = $1 AND ($2::bigint IS NULL OR process_id = $2)
                    """
            ),
            [runner, process]
        ).affected
    }
}
