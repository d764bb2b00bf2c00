package import Postgres

extension Connection {
    /// Moves a backfill from one state to another; nil where it is not in that state, else its DAG.
    package func moveBackfill(_ id: Int, from old: [String], to new: String) throws -> Int? {
        try execute(
            Statement(
                name: "move_backfill",
                sql: """
                    UPDATE backfill SET state = $3,
                        ended_at = CASE WHEN $3 IN ('done', 'cancelled') THEN clock_timestamp() END
                    WHERE id = $1 AND state = ANY($2::text[]) RETURNING dag_id
                    """
            ),
            [id, old, new]
        ).first?.decode(0)
    }

    /// Runs of a backfill that have not ended and that nobody has asked to end, by id, at most so many.
    ///
    /// Ordered by a sum, for which no index is walked past all other runs.
    package func unfinishedRuns(ofBackfill id: Int, limit: Int) throws -> [Int] {
        try execute(
            Statement(
                name: "unfinished_runs_of_backfill",
                sql: """
                    SELECT id FROM dag_run WHERE backfill_id = $1 AND state IN ('queued', 'running') AND NOT cancel_requested
                    ORDER BY id + 0 LIMIT $2
                    """
            ),
            [id, limit]
        ).map { try $0.decode(0) }
    }
}
