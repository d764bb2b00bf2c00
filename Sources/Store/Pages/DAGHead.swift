package import Core
import Postgres

/// What lists of DAGs are filtered and sorted by.
package struct DAGHead: Hashable, Sendable {
    package var name: String
    package var versionRowID: Int?
    package var isPaused: Bool
    package var isBroken: Bool
    package var nextRun: Timestamp?
    /// The state of the run with the latest logical date; nil: it never ran.
    package var state: RunState?
    package var latest: Timestamp?
    /// How many runs failed in the last seven days.
    package var failures: Int
}

extension Store {
    /// Reads the heads of all DAGs whose file is there, by name: a few looks into an index for each.
    package func dagHeads() async throws -> [DAGHead] {
        try await pool.execute(Self.dagHeadsStatement, []).map { row in
            DAGHead(
                name: try row.decode(0),
                versionRowID: try row.decode(1),
                isPaused: try row.decode(2),
                isBroken: try row.decode(3),
                nextRun: try row.decode(4),
                state: try row.decode(5),
                latest: try row.decode(6),
                failures: try row.decode(7)
            )
        }
    }

    /// Reads DAGs by their names; by name.
    package func dags(named names: [String]) async throws -> [DAGRecord] {
        try await pool.execute(Self.dagsNamedStatement, [names]).map { try DAGRecord(row: $0) }
    }

    /// What versions were made of, by their row ids; in no order.
    package func sources(ofVersions rowIDs: [Int]) async throws -> [Int: VersionSource] {
        var sources: [Int: VersionSource] = [:]
        for row in try await pool.execute(Self.sourcesStatement, [rowIDs]) {
            sources[try row.decode(4)] = try VersionSource(row: row)
        }
        return sources
    }

    static let dagHeadsStatement = Statement(
        name: "read_dag_heads",
        sql: """
            SELECT d.name, d.version_id, d.paused, e.path IS NOT NULL, d.next_run, l.state, l.logical_date, f.runs
            FROM dag d
                LEFT JOIN dag_file_error e ON e.path = d.path
                LEFT JOIN LATERAL (
                    SELECT r.state, r.logical_date FROM dag_run r WHERE r.dag_id = d.id
                    ORDER BY r.logical_date DESC, r.id DESC LIMIT 1
                ) l ON true
                CROSS JOIN LATERAL (
                    SELECT count(*) AS runs FROM dag_run r
                    WHERE r.dag_id = d.id AND r.state = 'failed' AND r.logical_date > now() - interval '7 days'
                ) f
            WHERE d.state = 'active' ORDER BY d.name
            """
    )

    static let dagsNamedStatement = Statement(
        name: "read_dags_named",
        sql: "\(DAGRecord.query) WHERE d.name = ANY ($1::text[]) ORDER BY d.name"
    )

    static let sourcesStatement = Statement(
        name: "read_sources",
        sql: """
            SELECT \(VersionSource.columns), v.id FROM dag_version v JOIN dag d ON d.id = v.dag_id
            WHERE v.id = ANY ($1::bigint[])
            """
    )
}
