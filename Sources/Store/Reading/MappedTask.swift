package import Core
import Postgres

/// A mapped task of a run, folded: how many of its instances are in which state.
package struct MappedTask: Hashable, Sendable {
    /// The task's name in its DAG.
    package var id: String
    /// The task's place in its version's file.
    package var index: Int
    /// Instances by state; those that exist no more are `removed`.
    package var counts: [TaskState: Int]
    /// Attempts of all instances.
    package var attempts: Int
    package var startedAt: Timestamp?
    /// When the last instance ended; nil while one has not.
    package var endedAt: Timestamp?
    /// Whether a failure counts as success: `allow_failure`.
    package var allowsFailure: Bool

    /// The state that people should know of: that of a failed instance, if there is one, and so on.
    package var worst: TaskState { MappedTask.ranked.first { counts[$0] != nil } ?? .removed }

    /// States in the order in which people want to see instances; a statement has the same.
    package static let ranked: [TaskState] = [
        .failed, .upstreamFailed, .upForRetry, .running, .queued, .waiting, .cancelled, .success, .skipped, .removed,
    ]

    /// How many instances there are: not those that were removed.
    package var instances: Int { counts.reduce(0) { $0 + ($1.key == .removed ? 0 : $1.value) } }
}

/// A place between two instances of a task, failed ones first.
package struct InstanceCursor: Hashable, Sendable {
    /// The rank of the state, 0 for failed.
    package var rank: Int
    package var mapIndex: Int
}

extension InstanceCursor: CustomStringConvertible {
    /// Reads what `description` wrote; nil for anything else.
    package init?(_ text: String) {
        let halves = text.split(separator: ".", omittingEmptySubsequences: false)
        guard halves.count == 2, let rank = Int(halves[0]), let mapIndex = Int(halves[1]) else { return nil }
        self.init(rank: rank, mapIndex: mapIndex)
    }

    /// A short text, for addresses.
    package var description: String { "\(rank).\(mapIndex)" }
}

extension Store {
    /// Reads the mapped tasks of a run that have instances, in the file's order.
    package func mappedTasks(ofRun run: Int, task: String? = nil) async throws -> [MappedTask] {
        try fold(try await pool.execute(Self.mappedTasksStatement, [run, task]))
    }

    /// Puts the states, one a row, below their tasks; rows of one task follow each other.
    func fold(_ rows: Rows) throws(DatabaseError) -> [MappedTask] {
        var tasks: [MappedTask] = []
        for row in rows {
            let index: Int = try row.decode(1)
            if tasks.last?.index != index {
                tasks.append(
                    MappedTask(
                        id: try row.decode(0),
                        index: index,
                        counts: [:],
                        attempts: 0,
                        allowsFailure: try row.decode(7)
                    )
                )
            }
            let (state, started, ended): (TaskState, Timestamp?, Timestamp?) = (
                try row.decode(2), try row.decode(5), try row.decode(6)
            )
            tasks[tasks.count - 1].counts[state] = try row.decode(3)
            tasks[tasks.count - 1].attempts += try row.decode(4)
            guard state != .removed else { continue }
            tasks[tasks.count - 1].startedAt = [tasks[tasks.count - 1].startedAt, started].compactMap(\.self).min()
            tasks[tasks.count - 1].endedAt = [tasks[tasks.count - 1].endedAt, ended].compactMap(\.self).max()
        }
        for place in tasks.indices where tasks[place].counts.contains(where: { !$0.key.isTerminal }) {
            tasks[place].endedAt = nil
        }
        return tasks
    }

    /// Reads one instance of a task, or without a map index the task that is one; nil where there is none.
    package func instance(ofRun run: Int, task: String, mapIndex: Int?) async throws -> TaskRecord? {
        try gather(try await pool.execute(Self.instanceStatement, [run, task, mapIndex ?? InstanceKey.whole])).first
    }

    /// Reads instances of a mapped task by map index, after one of them.
    package func instances(ofRun run: Int, task: String, after mapIndex: Int?, limit: Int) async throws -> [TaskRecord]
    {
        let parameters: [any PostgresEncodable] = [run, task, mapIndex ?? InstanceKey.whole - 1, limit]
        return try gather(try await pool.execute(Self.nextInstancesStatement, parameters))
    }

    /// Lists instances of a mapped task, failed ones first, then by state and map index; `state` narrows it.
    package func instancesByState(
        ofRun run: Int,
        task: String,
        state: TaskState?,
        after cursor: InstanceCursor?,
        limit: Int
    ) async throws -> Page<TaskRecord, InstanceCursor> {
        let parameters: [any PostgresEncodable] = [
            run, task, state, cursor?.rank ?? -1, cursor?.mapIndex ?? -1, limit + 1,
        ]
        var items = try gather(try await pool.execute(Self.instancesByStateStatement, parameters))
        guard items.count > limit else { return Page(items: items, next: nil) }
        items.removeLast()
        let last = items[items.count - 1]
        let rank = MappedTask.ranked.firstIndex(of: last.state) ?? 0
        return Page(items: items, next: InstanceCursor(rank: rank, mapIndex: last.mapIndex ?? -1))
    }

    static let mappedTasksStatement = Statement(
        name: "read_mapped_tasks_of_run",
        sql: """
            SELECT task_id, task_index, state, count(*), sum(attempts)::bigint, min(started_at), max(ended_at),
                bool_or(allows_failure)
            FROM task_instance WHERE run_id = $1 AND map_index >= 0 AND ($2::text IS NULL OR task_id = $2)
            GROUP BY task_index, task_id, state ORDER BY task_index
            """
    )

    static let instanceStatement = Statement(
        name: "read_instance",
        sql: """
            SELECT \(TaskRecord.columns), \(AttemptRecord.columns)
            FROM task_instance t LEFT JOIN attempt a ON a.task_instance_id = t.id
            WHERE t.run_id = $1 AND t.task_id = $2 AND t.map_index = $3
            ORDER BY a.number
            """
    )

    static let nextInstancesStatement = Statement(
        name: "read_next_instances",
        sql: """
            SELECT \(TaskRecord.columns), \(AttemptRecord.columns)
            FROM (SELECT * FROM task_instance WHERE run_id = $1 AND task_id = $2 AND map_index > $3
                ORDER BY map_index LIMIT $4) t
                LEFT JOIN attempt a ON a.task_instance_id = t.id
            ORDER BY t.map_index, a.number
            """
    )

    static let instancesByStateStatement = Statement(
        name: "read_instances_by_state",
        sql: """
            SELECT \(TaskRecord.columns), \(AttemptRecord.columns)
            FROM (
                SELECT * FROM (
                    SELECT *, array_position(ARRAY['failed', 'upstream_failed', 'up_for_retry', 'running', 'queued',
                        'waiting', 'cancelled', 'success', 'skipped', 'removed'], state) - 1 AS rank
                    FROM task_instance WHERE run_id = $1 AND task_id = $2 AND map_index >= 0
                        AND ($3::text IS NULL OR state = $3)
                ) i
                WHERE (rank, map_index) > ($4::bigint, $5::bigint) ORDER BY rank, map_index LIMIT $6
            ) t
                LEFT JOIN attempt a ON a.task_instance_id = t.id
            ORDER BY t.rank, t.map_index, a.number
            """
    )
}
