package import Postgres

extension Connection {
    /// Says of queued tasks that no runner which is known could take them, or that none of those answers, and takes that
    /// back when one could.
    package func holdUnplaceable() throws {
        _ = try execute(
            Statement(
                name: "hold_unplaceable",
                sql: """
                    WITH reach AS (
                        SELECT r.name, r.labels, r.kind <> 'requests' AS takes_any,
                            r.state = 'online' AND h.name IS NOT NULL AS answers
                        FROM runner r LEFT JOIN lease h
                            ON h.name = 'runner:' || r.name AND h.expires_at > clock_timestamp()),
                    waiting AS MATERIALIZED (
                        SELECT t.id, t.hold, t.runner, t.labels,
                            coalesce('runner ' || t.runner, 'labels ' || array_to_string(t.labels, ','), '') AS wish
                        FROM task_instance t WHERE t.state = 'queued' AND t.attempt_id IS NULL),
                    wish AS (
                        SELECT t.wish, CASE
                            WHEN t.runner IS NOT NULL THEN CASE
                                WHEN NOT EXISTS (SELECT FROM reach r WHERE r.name = t.runner)
                                    THEN 'unknown_runner ' || t.runner
                                WHEN NOT EXISTS (SELECT FROM reach r WHERE r.name = t.runner AND r.answers)
                                    THEN 'no_runner_answers ' || t.runner END
                            WHEN t.labels IS NOT NULL THEN CASE
                                WHEN NOT EXISTS (SELECT FROM reach r WHERE t.labels <@ r.labels)
                                    THEN 'no_runner_with_labels ' || array_to_string(t.labels, ',')
                                WHEN NOT EXISTS (SELECT FROM reach r WHERE t.labels <@ r.labels AND r.answers)
                                    THEN 'no_runner_answers ' || array_to_string(t.labels, ',') END
                            WHEN NOT EXISTS (SELECT FROM reach r WHERE r.takes_any AND r.answers)
                                THEN 'no_runner_answers'
                            END AS wanted
                        FROM (SELECT DISTINCT ON (wish) * FROM waiting) t),
                    judged AS (
                        SELECT w.id, w.hold, wish.wanted FROM waiting w JOIN wish ON wish.wish = w.wish)
                    UPDATE task_instance t SET hold = judged.wanted, hold_at = clock_timestamp() FROM judged
                    WHERE t.id = judged.id AND t.state = 'queued' AND t.attempt_id IS NULL
                        AND judged.wanted IS DISTINCT FROM judged.hold
                        AND (judged.wanted IS NOT NULL
                            OR judged.hold ~ '^(unknown_runner|no_runner_with_labels|no_runner_answers)( |$)')
                    """
            )
        )
    }

    /// Says why tasks wait; those whose hold is the same already are not written.
    package func setHolds(_ holds: [(id: Int, hold: String)]) throws {
        guard !holds.isEmpty else { return }
        _ = try execute(
            Statement(
                name: "set_holds",
                sql: """
                    UPDATE task_instance t SET hold = u.hold, hold_at = clock_timestamp()
                    FROM unnest($1::bigint[], $2::text[]) AS u (id, hold)
                    WHERE t.id = u.id AND t.state = 'queued' AND t.attempt_id IS NULL AND t.hold IS DISTINCT FROM u.hold
                    """
            ),
            [holds.map(\.id), holds.map(\.hold)]
        )
    }

    /// Writes once, on what is full, what holds back all that wants it; both sides name only what changes.
    package func noteFull(_ full: FullLimits, noLonger: FullLimits) throws {
        guard full != FullLimits() || noLonger != FullLimits() else { return }
        _ = try execute(
            Statement(
                name: "note_full",
                sql: """
                    WITH dags AS (
                        UPDATE dag SET tasks_full_since = CASE WHEN id = ANY($1::bigint[]) THEN clock_timestamp() END
                        WHERE id = ANY($1::bigint[]) OR id = ANY($2::bigint[])),
                    runners AS (
                        UPDATE runner SET full_since = CASE WHEN name = ANY($5::text[]) THEN clock_timestamp() END
                        WHERE name = ANY($5::text[]) OR name = ANY($6::text[]))
                    UPDATE pool SET full_since = CASE WHEN name = ANY($3::text[]) THEN clock_timestamp() END
                    WHERE name = ANY($3::text[]) OR name = ANY($4::text[])
                    """
            ),
            [
                full.dags.sorted(), noLonger.dags.sorted(), full.pools.sorted(), noLonger.pools.sorted(),
                full.runners.sorted(), noLonger.runners.sorted(),
            ]
        )
    }
}
