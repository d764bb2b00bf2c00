package import Core
import Postgres

/// One DAG as the database has it; what its file says is in its version.
package struct DAGRecord: Hashable, Sendable {
    package var rowID: Int
    package var name: String
    /// Its file is gone; history stays.
    package var isRetired: Bool
    package var isPaused: Bool
    /// The file it comes from, relative to the folder.
    package var path: String
    /// The version in force; nil before the first.
    package var version: Int?
    package var versionRowID: Int?
    /// The next tick that its calendar lets run; nil without a schedule.
    package var nextRun: Timestamp?
    package var firstSeenAt: Timestamp
    /// The file was changed into something that cannot be read; the last good version is in force.
    package var isBroken: Bool
    /// The run with the latest logical date.
    package var latestRun: LatestRun?

    /// What a listing says of a DAG's latest run.
    package struct LatestRun: Hashable, Sendable {
        package var key: String
        package var type: RunType
        package var state: RunState
        package var logicalDate: Timestamp
        package var createdAt: Timestamp
        package var startedAt: Timestamp?
        package var endedAt: Timestamp?
    }
}

extension DAGRecord {
    /// Selects what `init(row:)` reads; a condition and an order may follow.
    static let query = """
        SELECT d.id, d.name, d.state = 'retired', d.paused, d.path, v.number, d.version_id, d.next_run,
            d.first_seen_at, e.path IS NOT NULL, l.key, l.type, l.state, l.logical_date, l.created_at, l.started_at,
            l.ended_at
        FROM dag d
            LEFT JOIN dag_version v ON v.id = d.version_id
            LEFT JOIN dag_file_error e ON e.path = d.path
            LEFT JOIN LATERAL (
                SELECT r.key, r.type, r.state, r.logical_date, r.created_at, r.started_at, r.ended_at
                FROM dag_run r WHERE r.dag_id = d.id ORDER BY r.logical_date DESC, r.id DESC LIMIT 1
            ) l ON true
        """

    init(row: Row) throws(DatabaseError) {
        rowID = try row.decode(0)
        name = try row.decode(1)
        isRetired = try row.decode(2)
        isPaused = try row.decode(3)
        path = try row.decode(4)
        version = try row.decode(5)
        versionRowID = try row.decode(6)
        nextRun = try row.decode(7)
        firstSeenAt = try row.decode(8)
        isBroken = try row.decode(9)
        guard let key = try row.decode(10, as: String?.self) else { return }
        latestRun = LatestRun(
            key: key,
            type: try row.decode(11),
            state: try row.decode(12),
            logicalDate: try row.decode(13),
            createdAt: try row.decode(14),
            startedAt: try row.decode(15),
            endedAt: try row.decode(16)
        )
    }
}
