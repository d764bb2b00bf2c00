package import Postgres

/// What holds begin with that are about runners, for no other is taken back here.
private let saidHere = "'^(unknown_runner|no_runner_with_labels|no_runner_answers|too_large)( |$)'"

/// The runner or the labels that queued tasks name, both nil for those that name none, and why they wait.
private struct RunnerWish {
    var runner: String?
    var labels: [String]?
    var slots: Int
    var priority: Int
    var hold: String?
}

extension Connection {
    /// Says of queued tasks that no runner which is known could take them, or that none of those answers, and takes that
    /// back when one could.
    package func holdUnplaceable() throws {
        for wish in try wishesToTell() { try tell(wish) }
    }

    /// Which runner or labels tasks wish for, where what is said of these is not what there is to say.
    ///
    /// A long queue has few wishes: what is to be said is found for each of those, and rows are written only where it
    /// changes.
    private func wishesToTell() throws -> [RunnerWish] {
        try execute(
            Statement(
                name: "wishes_to_tell",
                sql: """
                    WITH reach AS (
                        SELECT r.name, r.labels, r.kind <> 'requests' AS takes_any, r.slots,
                            coalesce(r.reserved_slots, 0) AS reserved, r.reserved_priority AS above,
                            r.state = 'online' AND h.name IS NOT NULL AS answers
                        FROM runner r LEFT JOIN lease h
                            ON h.name = 'runner:' || r.name AND h.expires_at > clock_timestamp()),
                    wish AS (
                        SELECT runner, labels, slots, priority, array_agg(DISTINCT coalesce(hold, '')) AS said,
                            bool_or(hold ~ \(saidHere)) AS is_said
                        FROM task_instance WHERE state = 'queued' AND attempt_id IS NULL AND slots > 0
                        GROUP BY runner, labels, slots, priority),
                    judged AS (
                        SELECT t.*, CASE
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
                            END AS no_runner, (
                                SELECT max(r.slots - CASE WHEN t.priority < r.above THEN r.reserved ELSE 0 END)
                                FROM reach r WHERE r.name = t.runner
                                    OR t.runner IS NULL AND r.takes_any AND coalesce(t.labels <@ r.labels, true)) AS most
                        FROM wish t),
                    told AS (
                        SELECT *, coalesce(no_runner, CASE WHEN slots > most THEN 'too_large ' || slots || ' of ' || most
                            END) AS wanted FROM judged)
                    SELECT runner, labels, wanted, slots, priority FROM told
                    WHERE CASE WHEN wanted IS NULL THEN is_said ELSE said <> ARRAY[wanted] END
                    """
            )
        ).map { row in
            RunnerWish(
                runner: try row.decode(0),
                labels: try row.decode(1),
                slots: try row.decode(3),
                priority: try row.decode(4),
                hold: try row.decode(2)
            )
        }
    }

    private func tell(_ wish: RunnerWish) throws {
        _ = try execute(
            Statement(
                name: "tell_wish",
                sql: """
                    WITH chosen AS (
                        SELECT id FROM task_instance
                        WHERE state = 'queued' AND attempt_id IS NULL AND slots > 0 AND runner IS NOT DISTINCT FROM $1
                            AND labels IS NOT DISTINCT FROM $2::text[] AND hold IS DISTINCT FROM $3
                            AND slots = $4 AND priority = $5
                            AND ($3 IS NOT NULL OR hold ~ \(saidHere))
                        ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)
                    UPDATE task_instance t SET hold = $3, hold_at = clock_timestamp() FROM chosen
                    WHERE t.id = chosen.id
                    """
            ),
            [wish.runner, wish.labels, wish.hold, wish.slots, wish.priority]
        )
    }

    /// Says why tasks wait; those whose hold is the same already are not written.
    package func setHolds(_ holds: [(id: Int, hold: String)]) throws {
        guard !holds.isEmpty else { return }
        try send(
            Statement(
                name: "set_holds",
                sql: """
                    WITH chosen AS (
                        SELECT t.id, u.hold FROM unnest($1::bigint[], $2::text[]) AS u (id, hold)
                            JOIN task_instance t ON t.id = u.id
                        WHERE t.state = 'queued' AND t.attempt_id IS NULL AND t.hold IS DISTINCT FROM u.hold
                        ORDER BY t.id FOR NO KEY UPDATE OF t SKIP LOCKED)
                    UPDATE task_instance t SET hold = chosen.hold, hold_at = clock_timestamp() FROM chosen
                    WHERE t.id = chosen.id
                    """
            ),
            [holds.map(\.id), holds.map(\.hold)]
        )
    }

    /// Writes once, on what is full, what holds back all that wants it; both sides name only what changes.
    package func noteFull(_ full: FullLimits, noLonger: FullLimits) throws {
        guard full != FullLimits() || noLonger != FullLimits() else { return }
        try send(
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
