package import Core
import Postgres

/// One run as the database has it, without its tasks.
package struct RunRecord: Hashable, Sendable {
    /// The row's number: the key of its tasks, and the order of creation.
    package var rowID: Int
    package var name: RunName
    package var type: RunType
    package var state: RunState
    /// Why it is in its state: a word such as `missed_deadline`, a person's sentence, or which tasks failed.
    package var reason: String?
    package var logicalDate: Timestamp
    package var intervalStart: Timestamp
    package var intervalEnd: Timestamp
    /// It does not start before this.
    package var runAfter: Timestamp
    /// The number of the DAG's version that it is pinned to.
    package var version: Int
    package var versionRowID: Int
    /// The params as a JSON object.
    package var params: String
    /// Who made it.
    package var actor: String
    package var backfillID: Int?
    package var isCancelRequested: Bool
    /// How many task instances there are, how many have not ended, and how many ended badly.
    package var taskCount: Int
    package var unfinishedCount: Int
    package var failureCount: Int
    package var createdAt: Timestamp
    package var startedAt: Timestamp?
    package var endedAt: Timestamp?
    /// How long it rested between its ends and what began anew after a clear, and since when it does so now.
    package var rested: Duration
    package var restsSince: Timestamp?

    /// How long it took, or has taken up to now: what it rested is no part of that; nil where it has not started.
    package func took(now: Timestamp) -> Duration? {
        startedAt.map { max(.zero, (endedAt ?? restsSince ?? now) - $0 - rested) }
    }
}

extension RunRecord {
    /// What a statement must select for `init(row:)`, from `dag_run r`, `dag d` and `dag_version v`.
    static let columns = """
        r.id, d.name, r.key, r.type, r.state, r.reason, r.logical_date, r.data_interval_start, r.data_interval_end,
        r.run_after, v.number, r.version_id, r.params, r.actor, r.backfill_id, r.cancel_requested, r.tasks,
        r.unfinished, r.failures, r.created_at, r.started_at, r.ended_at,
        r.rested_us, r.rest_from
        """

    /// How many seconds a run took, of the tables that `columns` names; nil where it has not started.
    static let seconds = """
        (extract(epoch FROM coalesce(r.ended_at, r.rest_from, now()) - r.started_at)::float8 - r.rested_us / 1e6::float8)
        """

    /// The tables that `columns` names.
    static let tables = "dag_run r JOIN dag d ON d.id = r.dag_id JOIN dag_version v ON v.id = r.version_id"

    init(row: Row) throws(DatabaseError) {
        rowID = try row.decode(0)
        name = RunName(dag: try row.decode(1), key: try row.decode(2))
        type = try row.decode(3)
        state = try row.decode(4)
        reason = try row.decode(5)
        logicalDate = try row.decode(6)
        intervalStart = try row.decode(7)
        intervalEnd = try row.decode(8)
        runAfter = try row.decode(9)
        version = try row.decode(10)
        versionRowID = try row.decode(11)
        params = try row.decode(12, as: JSONText.self).text
        actor = try row.decode(13)
        backfillID = try row.decode(14)
        isCancelRequested = try row.decode(15)
        taskCount = try row.decode(16)
        unfinishedCount = try row.decode(17)
        failureCount = try row.decode(18)
        createdAt = try row.decode(19)
        startedAt = try row.decode(20)
        endedAt = try row.decode(21)
        rested = .microseconds(try row.decode(22, as: Int.self))
        restsSince = try row.decode(23)
    }
}
