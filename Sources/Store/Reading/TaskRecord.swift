package import Core
import Postgres

/// One task instance as the database has it, with its attempts.
package struct TaskRecord: Hashable, Sendable {
    /// The row's number.
    package var rowID: Int
    /// The task's name in its DAG.
    package var id: String
    /// The task's place in its version's file.
    package var index: Int
    /// Which of a mapped task's instances it is; nil where the task is not mapped.
    package var mapIndex: Int?
    package var state: TaskState
    /// A finer word for the state.
    package var reason: String?
    /// Why it is not started although it is queued, as last seen.
    package var hold: String?
    package var pool: String?
    package var isCancelRequested: Bool
    /// When the next attempt is due, while it waits for one.
    package var retryAt: Timestamp?
    package var queuedAt: Timestamp?
    package var startedAt: Timestamp?
    package var endedAt: Timestamp?
    /// What it published, as a JSON object.
    package var outputs: String?
    /// What it stands for where the task is mapped, as JSON.
    package var item: String?
    /// Whether its failure counts as success: `allow_failure`.
    package var allowsFailure: Bool
    /// By number, ascending.
    package var attempts: [AttemptRecord]

    /// Whether it failed and nothing suffers from that.
    package var isAllowedFailure: Bool { state == .failed && allowsFailure }
}

extension TaskRecord {
    /// What a statement must select for `init(row:)`, from `task_instance t`.
    static let columns = """
        t.id, t.task_id, t.task_index, t.map_index, t.state, t.reason, t.hold, t.pool, t.cancel_requested, t.retry_at,
        t.queued_at, t.started_at, t.ended_at, t.outputs, t.item::text, t.allows_failure
        """
    static let columnCount = 16

    init(row: Row) throws(DatabaseError) {
        rowID = try row.decode(0)
        id = try row.decode(1)
        index = try row.decode(2)
        let mapIndex = try row.decode(3, as: Int.self)
        self.mapIndex = mapIndex < 0 ? nil : mapIndex
        state = try row.decode(4)
        reason = try row.decode(5)
        hold = try row.decode(6)
        pool = try row.decode(7)
        isCancelRequested = try row.decode(8)
        retryAt = try row.decode(9)
        queuedAt = try row.decode(10)
        startedAt = try row.decode(11)
        endedAt = try row.decode(12)
        outputs = try row.decode(13, as: JSONText?.self)?.text
        item = try row.decode(14)
        allowsFailure = try row.decode(15)
        attempts = []
    }
}
