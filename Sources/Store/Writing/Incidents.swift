package import Core
package import Postgres

/// A failure that people are to be told of.
package struct NewIncident: Hashable, Sendable {
    package var run: Int
    /// The instance that failed; nil: the run itself.
    package var instance: Int?
    /// The attempt that failed last; nil: there was none.
    package var attempt: AttemptID?
    /// What is known without an attempt.
    package var reason: String?

    /// Joins the facts.
    package init(run: Int, instance: Int? = nil, attempt: AttemptID? = nil, reason: String? = nil) {
        self.run = run
        self.instance = instance
        self.attempt = attempt
        self.reason = reason
    }
}

extension Connection {
    /// Writes incidents of locked runs, one for each run and sort of failure; more of a known one are counted.
    ///
    /// A task that was cleared and fails so again is counted already: one of its attempts from before the clear has the
    /// same signature. Those of its present life are the last ones, one more than its retries and losses. What had been
    /// solved since is open again, and acknowledged by nobody; `at` is when it failed so last.
    /// Failures of a run that have no signature, such as its timeout, are one incident, which tells of the latest.
    /// The attempts have their signatures already. Runs of backfills make none: whoever asked for one looks after it.
    package func raise(_ incidents: [NewIncident]) throws {
        guard !incidents.isEmpty else { return }
        try send(
            Statement(
                name: "raise_incidents",
                sql: """
                    INSERT INTO incident AS i (dag_id, run_id, signature_id, task_instance_id, attempt_id, reason, tasks)
                    SELECT r.dag_id, r.id, a.signature_id, min(u.instance), (array_agg(u.attempt ORDER BY u.attempt))[1],
                        min(u.reason), count(*)
                    FROM unnest($1::bigint[], $2::bigint[], $3::uuid[], $4::text[]) AS u (run, instance, attempt, reason)
                        JOIN dag_run r ON r.id = u.run AND r.type <> 'backfill'
                        LEFT JOIN attempt a ON a.id = u.attempt
                    GROUP BY r.id, a.signature_id ORDER BY r.id, a.signature_id
                    ON CONFLICT (run_id, signature_id) DO UPDATE SET resolved_at = NULL, resolved_run_id = NULL,
                        at = clock_timestamp(),
                        reason = CASE WHEN i.signature_id IS NULL THEN excluded.reason ELSE i.reason END,
                        task_instance_id = CASE WHEN i.signature_id IS NULL THEN excluded.task_instance_id
                            ELSE i.task_instance_id END,
                        attempt_id = CASE WHEN i.signature_id IS NULL THEN excluded.attempt_id ELSE i.attempt_id END,
                        acknowledged_at = CASE WHEN i.resolved_at IS NULL THEN i.acknowledged_at END,
                        acknowledged_by = CASE WHEN i.resolved_at IS NULL THEN i.acknowledged_by END,
                        tasks = i.tasks + (
                            SELECT count(*)
                            FROM unnest($1::bigint[], $2::bigint[], $3::uuid[]) AS u (run, instance, attempt)
                                JOIN task_instance t ON t.id = u.instance
                                LEFT JOIN attempt a ON a.id = u.attempt
                            WHERE u.run = i.run_id AND a.signature_id IS NOT DISTINCT FROM i.signature_id
                                AND NOT EXISTS (
                                    SELECT FROM attempt b
                                    WHERE b.task_instance_id = t.id AND b.signature_id = i.signature_id
                                        AND t.retries_used + t.losses < (
                                            SELECT count(*) FROM attempt c
                                            WHERE c.task_instance_id = t.id AND c.number > b.number
                                                AND c.state <> 'never_started')))
                    """
            ),
            [
                incidents.map(\.run), incidents.map(\.instance), incidents.map(\.attempt), incidents.map(\.reason),
            ]
        )
    }

    /// Writes which incidents are solved by runs that have just ended, or been marked: by each, those of its own and of
    /// earlier runs of its DAG whose task succeeded in it.
    ///
    /// Only what succeeded after the incident counts, and only where no other task of that run has failed of the same cause.
    /// The incident of a whole run, or of a task that the DAG has no more, is solved by a run that succeeded. Incidents
    /// that somebody else writes to at the moment are left to the next run, and so are those beyond the DAG's newest 500: a
    /// DAG that fails every minute for months must not make its runs' ends slow.
    package func solveIncidents(byRuns runs: [Int]) throws {
        guard !runs.isEmpty else { return }
        try send(
            Statement(
                name: "solve_incidents",
                sql: """
                    WITH over AS MATERIALIZED (
                        SELECT r.id, r.dag_id, r.logical_date, r.state, r.ended_at FROM dag_run r
                        WHERE r.id = ANY($1::bigint[])
                            AND EXISTS (SELECT FROM incident i WHERE i.dag_id = r.dag_id AND i.resolved_at IS NULL)
                    ), ends AS MATERIALIZED (
                        SELECT t.run_id, t.task_id, bool_or(t.state = 'success')
                            AND NOT bool_or(t.state IN ('failed', 'upstream_failed', 'cancelled')) AS is_good,
                            max(t.ended_at) AS ended_at
                        FROM over o JOIN task_instance t ON t.run_id = o.id
                        WHERE t.state <> 'removed' GROUP BY t.run_id, t.task_id
                    ), solved AS (
                        SELECT i.id, o.id AS run
                        FROM over o
                            CROSS JOIN LATERAL (
                                SELECT id FROM incident n WHERE n.dag_id = o.dag_id AND n.resolved_at IS NULL
                                ORDER BY n.id DESC LIMIT 500
                            ) n
                            JOIN incident i ON i.id = n.id AND i.resolved_at IS NULL
                            JOIN dag_run f ON f.id = i.run_id
                            LEFT JOIN task_instance t ON t.id = i.task_instance_id
                            LEFT JOIN ends e ON e.run_id = o.id AND e.task_id = t.task_id
                        WHERE (f.logical_date, f.id) <= (o.logical_date, o.id)
                            AND coalesce(e.is_good, o.state = 'success')
                            AND coalesce(e.ended_at, o.ended_at) >= i.at
                            AND NOT EXISTS (
                                SELECT FROM task_instance u JOIN attempt x ON x.id = (
                                    SELECT y.id FROM attempt y WHERE y.task_instance_id = u.id
                                    ORDER BY y.number DESC LIMIT 1)
                                WHERE u.run_id = o.id AND u.state = 'failed' AND x.signature_id = i.signature_id)
                        ORDER BY i.id FOR NO KEY UPDATE OF i SKIP LOCKED
                    )
                    UPDATE incident i SET resolved_at = clock_timestamp(), resolved_run_id = s.run
                    FROM (SELECT id, min(run) AS run FROM solved GROUP BY id) s WHERE i.id = s.id
                    """
            ),
            [runs]
        )
    }

    /// Whether an incident waits to be sent on, or a message to one of these targets is due.
    package func hasNews(for targets: [String]) throws -> Bool {
        try execute(
            Statement(
                name: "has_news",
                sql: """
                    SELECT EXISTS (SELECT FROM incident WHERE dispatched_at IS NULL) OR EXISTS (
                        SELECT FROM delivery WHERE next_try_at <= clock_timestamp() AND target = ANY($1::text[]))
                    """
            ),
            [targets]
        )[0].decode(0)
    }

    /// Incidents that nobody has sent on yet, with their DAGs, oldest first.
    package func undispatchedIncidents(limit: Int) throws -> [(id: Int, dag: String)] {
        try execute(
            Statement(
                name: "undispatched_incidents",
                sql: """
                    SELECT i.id, d.name FROM incident i JOIN dag d ON d.id = i.dag_id
                    WHERE i.dispatched_at IS NULL ORDER BY i.id LIMIT $1 FOR NO KEY UPDATE OF i SKIP LOCKED
                    """
            ),
            [limit]
        ).map { (id: try $0.decode(0), dag: try $0.decode(1)) }
    }

    /// Marks incidents as sent on, and writes a message for each pair of incident and target that is not muted.
    package func dispatch(_ incidents: [Int], to targets: [(incident: Int, target: String)]) throws {
        guard !incidents.isEmpty else { return }
        _ = try execute(
            Statement(
                name: "dispatch_incidents",
                sql: """
                    UPDATE incident i SET dispatched_at = clock_timestamp(), mute_id = (
                        SELECT max(m.id) FROM mute m WHERE m.until_at > clock_timestamp()
                            AND (m.dag_id = i.dag_id OR m.signature_id = i.signature_id))
                    WHERE i.id = ANY($1::bigint[])
                    """
            ),
            [incidents]
        )
        guard !targets.isEmpty else { return }
        _ = try execute(
            Statement(
                name: "insert_deliveries",
                sql: """
                    INSERT INTO delivery (incident_id, target)
                    SELECT u.incident, u.target FROM unnest($1::bigint[], $2::text[]) AS u (incident, target)
                        JOIN incident i ON i.id = u.incident AND i.mute_id IS NULL
                    ON CONFLICT DO NOTHING
                    """
            ),
            [targets.map(\.incident), targets.map(\.target)]
        )
    }

    /// Messages that are due to one of these targets, the longest due first; each is due again after the pause.
    ///
    /// The pause is set before the try, so that a server that dies in it has tried once.
    package func takeDueDeliveries(to targets: [String], pause: Duration, limit: Int) throws -> [DueDelivery] {
        try execute(
            Statement(
                name: "take_due_deliveries",
                sql: """
                    UPDATE delivery d SET tries = d.tries + 1,
                        next_try_at = clock_timestamp() + $2 * interval '1 second'
                    FROM (
                        SELECT incident_id, target FROM delivery
                        WHERE next_try_at <= clock_timestamp() AND target = ANY($1::text[])
                        ORDER BY next_try_at LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED
                    ) due
                    WHERE d.incident_id = due.incident_id AND d.target = due.target
                    RETURNING d.incident_id, d.target, d.tries::bigint
                    """
            ),
            [targets, pause / .seconds(1), limit]
        ).map { DueDelivery(incident: try $0.decode(0), target: try $0.decode(1), tries: try $0.decode(2)) }
    }

    /// Writes that a message was taken.
    package func noteDelivered(_ delivery: DueDelivery) throws {
        _ = try execute(
            Statement(
                name: "note_delivered",
                sql: """
                    UPDATE delivery SET delivered_at = clock_timestamp(), next_try_at = NULL, error = NULL
                    WHERE incident_id = $1 AND target = $2 AND delivered_at IS NULL
                    """
            ),
            [delivery.incident, delivery.target]
        )
    }

    /// Writes why a message was not taken, and after which pause it is tried again; nil: never.
    package func noteNotDelivered(_ delivery: DueDelivery, error: String, pause: Duration?) throws {
        _ = try execute(
            Statement(
                name: "note_not_delivered",
                sql: """
                    UPDATE delivery SET error = $3, next_try_at = clock_timestamp() + $4 * interval '1 second'
                    WHERE incident_id = $1 AND target = $2 AND delivered_at IS NULL
                    """
            ),
            [delivery.incident, delivery.target, error, pause.map { $0 / .seconds(1) }]
        )
    }

    /// Notes who has taken an incident up; false: somebody had already, or there is none.
    package func acknowledge(incident code: String, actor: String) throws -> Bool {
        try execute(
            Statement(
                name: "acknowledge_incident",
                sql: """
                    UPDATE incident SET acknowledged_at = clock_timestamp(), acknowledged_by = $2
                    WHERE code = $1 AND acknowledged_at IS NULL
                    """
            ),
            [code, actor]
        ).affected == 1
    }

    /// Mutes an incident's cause, or its DAG, for a span; nil: there is no such incident, or it has no known cause.
    package func mute(
        incident code: String,
        wholeDAG: Bool,
        for span: Duration,
        reason: String?,
        actor: String
    ) throws -> Int? {
        try execute(
            Statement(
                name: "mute_incident",
                sql: """
                    INSERT INTO mute (dag_id, signature_id, until_at, reason, actor)
                    SELECT CASE WHEN $2 THEN i.dag_id END, CASE WHEN NOT $2 THEN i.signature_id END,
                        clock_timestamp() + $3 * interval '1 second', $4, $5
                    FROM incident i WHERE i.code = $1 AND ($2 OR i.signature_id IS NOT NULL) RETURNING id
                    """
            ),
            [code, wholeDAG, span / .seconds(1), reason, actor]
        ).first?.decode(0)
    }

    /// Ends a mute that is in force; false: there is none.
    package func unmute(_ id: Int) throws -> Bool {
        try execute(
            Statement(
                name: "unmute",
                sql: """
                    UPDATE mute SET until_at = clock_timestamp() WHERE id = $1 AND until_at > clock_timestamp()
                    """
            ),
            [id]
        ).affected == 1
    }
}

/// A message that is to be sent now.
package struct DueDelivery: Hashable, Sendable {
    package var incident: Int
    /// The name of whom it is for.
    package var target: String
    /// How often it has been tried, this time included.
    package var tries: Int
}
