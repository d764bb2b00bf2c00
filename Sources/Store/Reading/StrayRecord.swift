package import Core
import Postgres

/// A process on a runner that outlived its attempt, as its keeper last listed it.
package struct StrayRecord: Hashable, Sendable {
    package var processID: Int
    /// As the system shows it.
    package var name: String
    /// The task it came from, where that is known.
    package var origin: Origin?
    /// When it was first listed.
    package var seenAt: Timestamp
    /// When somebody asked for its end; nil: nobody did.
    package var reapRequestedAt: Timestamp?

    /// An attempt of a task.
    package struct Origin: Hashable, Sendable {
        package var run: RunName
        package var task: String
        package var mapIndex: Int?
        package var number: Int
    }
}

extension Store {
    /// Lists the processes on a runner that outlived their attempts.
    package func strays(of runner: String) async throws -> [StrayRecord] {
        try await pool.execute(Self.straysStatement, [runner]).map { row in
            var origin: StrayRecord.Origin?
            if let dag = try row.decode(4, as: String?.self), let key = try row.decode(5, as: String?.self) {
                let mapIndex: Int = try row.decode(7)
                origin = StrayRecord.Origin(
                    run: RunName(dag: dag, key: key),
                    task: try row.decode(6),
                    mapIndex: mapIndex < 0 ? nil : mapIndex,
                    number: try row.decode(8)
                )
            }
            return StrayRecord(
                processID: try row.decode(0),
                name: try row.decode(1),
                origin: origin,
                seenAt: try row.decode(2),
                reapRequestedAt: try row.decode(3)
            )
        }
    }

    static let straysStatement = Statement(
        name: "read_strays",
        sql: """
            SELECT s.process_id, s.name, s.seen_at, s.reap_requested_at, d.name, r.key, t.task_id, t.map_index, a.number
            FROM runner_stray s LEFT JOIN attempt a ON a.id = s.attempt_id
                LEFT JOIN task_instance t ON t.id = a.task_instance_id
                LEFT JOIN dag_run r ON r.id = a.run_id LEFT JOIN dag d ON d.id = r.dag_id
            WHERE s.runner = $1 ORDER BY s.seen_at, s.process_id LIMIT 1000
            """
    )
}
