package import Core
import Postgres

/// A task instance as a pass sees it.
package struct InstanceRow: Sendable {
    package var id: Int
    package var run: Int
    /// The task's position in its version's file.
    package var task: Int
    /// -1 where the task is not mapped.
    package var mapIndex: Int
    package var state: TaskState
    package var counts: UpstreamCounts
    package var attemptID: AttemptID?
    /// Whether it waits although it is ready, for others of its task only.
    package var isHeld: Bool

    /// Its place in the run's graph.
    package var key: InstanceKey { InstanceKey(task: task, mapIndex: mapIndex) }
}

extension InstanceRow {
    /// What a statement must select for `init(row:)`, from `task_instance t`.
    static let columns = """
        t.id, t.run_id, t.task_index, t.map_index, t.state, t.upstream, t.up_success, t.up_failed, t.up_upstream_failed,
        t.up_skipped, t.up_cancelled, t.up_removed, t.attempt_id, t.state = 'waiting' AND t.hold IS NOT NULL
        """

    static let columnCount = 14

    /// A new instance's priority, from `u`: that of its class where it names one, 0 where there is no such class.
    static let classedPriority = """
        CASE WHEN u.class IS NULL THEN u.priority
            ELSE coalesce((SELECT c.priority FROM priority_class c WHERE c.name = u.class), 0) END
        """

    init(_ row: Row) throws {
        var counts = UpstreamCounts(total: try row.decode(5))
        counts.success = try row.decode(6)
        counts.failed = try row.decode(7)
        counts.upstreamFailed = try row.decode(8)
        counts.skipped = try row.decode(9)
        counts.cancelled = try row.decode(10)
        counts.removed = try row.decode(11)
        self.init(
            id: try row.decode(0),
            run: try row.decode(1),
            task: try row.decode(2),
            mapIndex: try row.decode(3),
            state: try row.decode(4),
            counts: counts,
            attemptID: try row.decode(12),
            isHeld: try row.decode(13)
        )
    }
}
