package import Core
package import Postgres

/// A DAG's row, with the version in force.
package struct DAGRow: Sendable {
    package var id: Int
    package var name: String
    package var isActive: Bool
    package var isPaused: Bool
    package var path: String
    /// The version in force; nil only between the DAG's insert and its first version's.
    package var versionID: Int?
    package var cursor: Timestamp
    package var nextTick: Timestamp?
    package var unpausedAt: Timestamp?
    package var missingSince: Timestamp?
}

private let dagColumns = """
    d.id, d.name, d.state = 'active', d.paused, d.path, d.version_id, d.cursor, d.next_tick, d.unpaused_at,
    d.missing_since
    """

extension DAGRow {
    init(_ row: Row) throws {
        self.init(
            id: try row.decode(0),
            name: try row.decode(1),
            isActive: try row.decode(2),
            isPaused: try row.decode(3),
            path: try row.decode(4),
            versionID: try row.decode(5),
            cursor: try row.decode(6),
            nextTick: try row.decode(7),
            unpausedAt: try row.decode(8),
            missingSince: try row.decode(9)
        )
    }
}

extension DAGRow {
    static let locking = Statement(
        name: "lock_dags",
        sql: "SELECT \(dagColumns) FROM dag d WHERE d.id = ANY($1::bigint[]) ORDER BY d.id FOR NO KEY UPDATE"
    )
    static let lockingFree = Statement(
        name: "lock_free_dags",
        sql: """
            SELECT \(dagColumns) FROM dag d WHERE d.id = ANY($1::bigint[]) ORDER BY d.id FOR NO KEY UPDATE SKIP LOCKED
            """
    )
    // By their keys alone: in one expression the conditions are no reason to read the index of all that are due.
    static let lockingDue = Statement(
        name: "lock_due_dags",
        sql: """
            SELECT \(dagColumns) FROM dag d WHERE d.id = ANY($1::bigint[])
                AND CASE WHEN d.paused THEN false ELSE d.state = 'active' AND d.next_tick <= clock_timestamp() END
            ORDER BY d.id FOR NO KEY UPDATE
            """
    )
    static let lockingDueAndFree = Statement(
        name: "lock_due_dags_that_are_free",
        sql: """
            SELECT \(dagColumns) FROM dag d WHERE d.id = ANY($1::bigint[])
                AND CASE WHEN d.paused THEN false ELSE d.state = 'active' AND d.next_tick <= clock_timestamp() END
            ORDER BY d.id FOR NO KEY UPDATE SKIP LOCKED
            """
    )
}

extension Connection {
    /// Every DAG that was ever seen, by name.
    package func allDAGs() throws -> [DAGRow] {
        try execute(Statement(name: "all_dags", sql: "SELECT \(dagColumns) FROM dag d ORDER BY d.name"))
            .map(DAGRow.init)
    }

    /// Locks DAGs in the order of their ids; ids that do not exist are left out.
    ///
    /// `waits`: Whether to wait for DAGs that others have locked, or to leave them out.
    package func lockDAGs(_ ids: [Int], waits: Bool = true) throws -> [DAGRow] {
        try execute(waits ? DAGRow.locking : DAGRow.lockingFree, [ids]).map(DAGRow.init)
    }

    /// The DAG of that name, without a lock; nil: there is none.
    package func dag(named name: String) throws -> DAGRow? {
        try execute(
            Statement(name: "dag_by_name", sql: "SELECT \(dagColumns) FROM dag d WHERE d.name = $1"),
            [name]
        ).first.map(DAGRow.init)
    }

    /// Locks the DAG of that name; nil: there is none.
    package func lockDAG(named name: String) throws -> DAGRow? {
        try execute(
            Statement(
                name: "lock_dag_by_name",
                sql: "SELECT \(dagColumns) FROM dag d WHERE d.name = $1 FOR NO KEY UPDATE"
            ),
            [name]
        ).first.map(DAGRow.init)
    }

    /// Adds a DAG whose schedule is decided from `cursor` on; returns it locked, as it is if it existed.
    package func insertDAG(name: String, path: String, paused: Bool, cursor: Timestamp) throws -> DAGRow? {
        _ = try execute(
            Statement(
                name: "insert_dag",
                sql: """
                    INSERT INTO dag (name, path, paused, cursor) VALUES ($1, $2, $3, $4) ON CONFLICT (name) DO NOTHING
                    """
            ),
            [name, path, paused, cursor]
        )
        return try lockDAG(named: name)
    }

    /// Makes a source the version in force of a locked DAG; returns the version's id and whether it is another than
    /// before.
    package func setVersion(dag: DAGRow, source: VersionSource) throws -> (id: Int, changed: Bool) {
        let calendars = JSONText(source.calendarsJSON.description)
        // What has no calendar is known by its file alone.
        let hashed = source.bytes + (source.calendars.isEmpty ? [] : [0] + Array(calendars.text.utf8))
        let current = try execute(
            Statement(
                name: "version_in_force",
                sql: "SELECT v.id FROM dag_version v WHERE v.id = $1 AND v.hash = sha256($2::bytea)"
            ),
            [dag.versionID, hashed]
        )
        if let id: Int = try current.first?.decode(0) { return (id, false) }
        let inserted = try execute(
            Statement(
                name: "insert_version",
                sql: """
                    INSERT INTO dag_version (dag_id, number, source, calendars, hash)
                    SELECT $1, 1 + coalesce(max(number), 0), $2::bytea, $3::jsonb, sha256($4::bytea)
                    FROM dag_version WHERE dag_id = $1 RETURNING id
                    """
            ),
            [dag.id, source.bytes, calendars, hashed]
        )
        let id: Int = try inserted[0].decode(0)
        _ = try execute(
            Statement(name: "set_version", sql: "UPDATE dag SET version_id = $2 WHERE id = $1"),
            [dag.id, id]
        )
        return (id, true)
    }

    /// Writes where a locked DAG's file is, that it is there, and when its schedule wants to be looked at next.
    ///
    /// `cursor`: A new cursor, where the DAG returns from retirement; nil: as it is.
    package func activateDAG(
        id: Int,
        path: String,
        cursor: Timestamp?,
        nextTick: Timestamp?,
        nextRun: Timestamp?
    ) throws {
        _ = try execute(
            Statement(
                name: "activate_dag",
                sql: """
                    UPDATE dag SET state = 'active', retired_at = NULL, missing_since = NULL, path = $2,
                        cursor = coalesce($3, cursor), next_tick = $4, next_run = $5 WHERE id = $1
                    """
            ),
            [id, path, cursor, nextTick, nextRun]
        )
    }

    /// Notes that DAGs' files are gone; returns those that have been gone for the given time and are still active.
    package func noteMissing(_ ids: [Int], for grace: Duration) throws -> [Int] {
        guard !ids.isEmpty else { return [] }
        return try execute(
            Statement(
                name: "note_missing_dags",
                sql: """
                    WITH noted AS (
                        UPDATE dag SET missing_since = clock_timestamp()
                        WHERE id = ANY($1::bigint[]) AND missing_since IS NULL)
                    SELECT id FROM dag WHERE id = ANY($1::bigint[]) AND state = 'active'
                        AND missing_since <= clock_timestamp() - $2 * interval '1 second' ORDER BY id
                    """
            ),
            [ids, grace / .seconds(1)]
        ).map { try $0.decode(0) }
    }

    /// Notes that DAGs' files are there again.
    package func noteFound(_ ids: [Int]) throws {
        guard !ids.isEmpty else { return }
        _ = try execute(
            Statement(
                name: "note_found_dags",
                sql: """
                    UPDATE dag SET missing_since = NULL WHERE id = ANY($1::bigint[]) AND missing_since IS NOT NULL
                    """
            ),
            [ids]
        )
    }

    /// Retires a DAG whose file is gone: it has no more ticks.
    package func retireDAG(id: Int) throws {
        _ = try execute(
            Statement(
                name: "retire_dag",
                sql: """
                    UPDATE dag SET state = 'retired', retired_at = clock_timestamp(), next_tick = NULL,
                        next_run = NULL
                    WHERE id = $1 AND state = 'active'
                    """
            ),
            [id]
        )
    }

    /// Pauses or unpauses a DAG; unpausing remembers when.
    package func setPaused(dag: Int, _ paused: Bool) throws {
        _ = try execute(
            Statement(
                name: "set_paused",
                sql: """
                    UPDATE dag SET paused = $2, paused_at = CASE WHEN $2 THEN coalesce(paused_at, clock_timestamp()) END,
                        unpaused_at = CASE WHEN paused AND NOT $2 THEN clock_timestamp() ELSE unpaused_at END
                    WHERE id = $1
                    """
            ),
            [dag, paused]
        )
    }

    /// What bears on pausing a DAG: the next tick that would have a run, and the runs that exist and have not ended.
    package func pauseFacts(dag: Int) throws -> (nextRun: Timestamp?, queued: Int, running: Int) {
        let row = try execute(
            Statement(
                name: "pause_facts",
                sql: """
                    SELECT d.next_run, (SELECT count(*) FROM dag_run r WHERE r.dag_id = d.id AND r.state = 'queued'),
                        (SELECT count(*) FROM dag_run r WHERE r.dag_id = d.id AND r.state = 'running')
                    FROM dag d WHERE d.id = $1
                    """
            ),
            [dag]
        )[0]
        return (nextRun: try row.decode(0), queued: try row.decode(1), running: try row.decode(2))
    }

    /// What a version was made of; nil: there is no such version.
    package func versionSource(_ id: Int) throws -> VersionSource? {
        try execute(
            Statement(
                name: "version_source",
                sql: """
                    SELECT \(VersionSource.columns) FROM dag_version v JOIN dag d ON d.id = v.dag_id WHERE v.id = $1
                    """
            ),
            [id]
        ).first.map { try VersionSource(row: $0) }
    }

    /// Replaces the list of broken files.
    ///
    /// `problems`: For each path the DAG's id, where the name gives one, and a JSON array.
    package func setFileErrors(_ problems: [(path: String, dag: String?, problems: JSONValue)]) throws {
        let paths = problems.map(\.path)
        _ = try execute(
            Statement(
                name: "forget_file_errors",
                sql: "DELETE FROM dag_file_error WHERE NOT path = ANY($1::text[])"
            ),
            [paths]
        )
        guard !problems.isEmpty else { return }
        _ = try execute(
            Statement(
                name: "set_file_errors",
                sql: """
                    INSERT INTO dag_file_error (path, dag_name, problems)
                    SELECT * FROM unnest($1::text[], $2::text[], $3::jsonb[])
                    ON CONFLICT (path) DO UPDATE SET dag_name = excluded.dag_name, problems = excluded.problems,
                        seen_at = now()
                    WHERE dag_file_error.problems <> excluded.problems
                    """
            ),
            [paths, problems.map(\.dag), problems.map { JSONText($0.problems.description) }]
        )
    }
}
