package import Postgres

extension Connection {
    /// Folds rows of how runs ended that are older than a day into sums; returns how many were taken up.
    package func foldOutcomes(limit: Int) throws -> Int {
        try execute(
            Statement(
                name: "fold_outcomes",
                sql: """
                    WITH loose AS (
                        DELETE FROM run_outcome WHERE id IN (
                            SELECT id FROM run_outcome WHERE NOT is_folded AND slot < now() - interval '1 day'
                            ORDER BY slot LIMIT $1)
                        RETURNING dag_id, slot, state, runs
                    ), sums AS (
                        INSERT INTO run_outcome (dag_id, slot, state, runs, is_folded)
                        SELECT dag_id, slot, state, sum(runs), true FROM loose
                        GROUP BY dag_id, slot, state HAVING sum(runs) <> 0
                    )
                    SELECT count(*) FROM loose
                    """
            ),
            [limit]
        )[0].decode(0)
    }
}
