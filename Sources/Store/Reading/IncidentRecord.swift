package import Core
import Postgres

/// An incident with everything that a message or a page says of it.
package struct IncidentRecord: Hashable, Sendable {
    package var rowID: Int
    package var code: String
    package var at: Timestamp
    package var run: RunName
    package var logicalDate: Timestamp
    package var versionRowID: Int
    /// The first task that failed so; nil: the run itself.
    package var task: String?
    /// Nil where the task is not mapped.
    package var mapIndex: Int?
    /// How many instances failed so.
    package var tasks: Int
    package var attempt: Int?
    package var attemptState: AttemptState?
    package var exitCode: Int?
    package var signal: Int?
    package var runner: String?
    /// The line that tells the cause, and its number.
    package var cause: String?
    package var causeLine: Int?
    /// What is known where no attempt failed.
    package var reason: String?
    package var signature: Int?
    /// Since when and how often this sort of failure was seen.
    package var firstSeen: Timestamp?
    package var seen: Int?
    package var isMuted: Bool
    package var acknowledgedAt: Timestamp?
    package var acknowledgedBy: String?
    /// When its task succeeded after it; nil: it has not yet.
    package var solvedAt: Timestamp?
    /// The run in which it did; nil where that is not kept any more.
    package var solvedBy: RunName?
    /// Whom it was told, by name.
    package var deliveries: [Delivery]

    /// One message.
    package struct Delivery: Hashable, Sendable {
        package var target: String
        package var tries: Int
        package var deliveredAt: Timestamp?
        /// When it is tried next; nil: it was taken, or nobody tries any more.
        package var nextTryAt: Timestamp?
        package var error: String?
    }
}

extension IncidentRecord {
    static let query = """
        SELECT i.id, i.code, i.at, d.name, r.key, r.logical_date, r.version_id, t.task_id, t.map_index, i.tasks::bigint,
            a.number::bigint, a.state, a.exit_code::bigint, a.signal::bigint, a.runner, a.cause_text, a.cause_line,
            i.reason, i.signature_id, s.first_seen, s.failures, i.mute_id IS NOT NULL, i.acknowledged_at,
            i.acknowledged_by, coalesce(m.targets, '{}'), coalesce(m.tries, '{}'), coalesce(m.delivered, '{}'),
            coalesce(m.next, '{}'), coalesce(m.errors, '{}'), i.resolved_at, o.key
        FROM incident i
            JOIN dag d ON d.id = i.dag_id
            JOIN dag_run r ON r.id = i.run_id
            LEFT JOIN task_instance t ON t.id = i.task_instance_id
            LEFT JOIN attempt a ON a.id = i.attempt_id
            LEFT JOIN signature s ON s.id = i.signature_id
            LEFT JOIN dag_run o ON o.id = i.resolved_run_id
            LEFT JOIN LATERAL (
                SELECT array_agg(v.target ORDER BY v.target) AS targets,
                    array_agg(v.tries::bigint ORDER BY v.target) AS tries,
                    array_agg(v.delivered_at ORDER BY v.target) AS delivered,
                    array_agg(v.next_try_at ORDER BY v.target) AS next,
                    array_agg(v.error ORDER BY v.target) AS errors
                FROM delivery v WHERE v.incident_id = i.id
            ) m ON true
        """

    fileprivate init(_ row: Row) throws {
        let dag: String = try row.decode(3)
        let index: Int? = try row.decode(8)
        let targets: [String] = try row.decode(24)
        let tries: [Int] = try row.decode(25)
        let delivered: [Timestamp?] = try row.decode(26)
        let next: [Timestamp?] = try row.decode(27)
        let errors: [String?] = try row.decode(28)
        self.init(
            rowID: try row.decode(0),
            code: try row.decode(1),
            at: try row.decode(2),
            run: RunName(dag: dag, key: try row.decode(4)),
            logicalDate: try row.decode(5),
            versionRowID: try row.decode(6),
            task: try row.decode(7),
            mapIndex: index.flatMap { $0 < 0 ? nil : $0 },
            tasks: try row.decode(9),
            attempt: try row.decode(10),
            attemptState: try row.decode(11),
            exitCode: try row.decode(12),
            signal: try row.decode(13),
            runner: try row.decode(14),
            cause: try row.decode(15),
            causeLine: try row.decode(16),
            reason: try row.decode(17),
            signature: try row.decode(18),
            firstSeen: try row.decode(19),
            seen: try row.decode(20),
            isMuted: try row.decode(21),
            acknowledgedAt: try row.decode(22),
            acknowledgedBy: try row.decode(23),
            solvedAt: try row.decode(29),
            solvedBy: try row.decode(30, as: String?.self).map { RunName(dag: dag, key: $0) },
            deliveries: targets.indices.map { place in
                Delivery(
                    target: targets[place],
                    tries: tries[place],
                    deliveredAt: delivered[place],
                    nextTryAt: next[place],
                    error: errors[place]
                )
            }
        )
    }
}

extension Store {
    /// Lists incidents, newest first, at least 1; with an id, those before it.
    ///
    /// `isOpen`: Only those that are not solved and that nobody has acknowledged.
    package func incidents(
        before id: Int? = nil,
        isOpen: Bool,
        limit: Int
    ) async throws -> Page<IncidentRecord, Int> {
        let statement = isOpen ? Self.openIncidentsStatement : Self.incidentsStatement
        var items = try await pool.execute(statement, [id ?? Int.max, limit + 1]).map { try IncidentRecord($0) }
        guard items.count > limit else { return Page(items: items, next: nil) }
        items.removeLast()
        return Page(items: items, next: items.last?.rowID)
    }

    /// Reads one incident by its code; nil where there is none.
    package func incident(_ code: String) async throws -> IncidentRecord? {
        try await pool.execute(Self.incidentStatement, [code]).first.map { try IncidentRecord($0) }
    }

    /// Reads what people were told of one sort of failure in a run; nil where it is none.
    package func incident(ofRun run: Int, signature: Int?) async throws -> IncidentRecord? {
        try await pool.execute(Self.runIncidentStatement, [run, signature]).first.map { try IncidentRecord($0) }
    }

    /// Reads incidents by their row ids.
    package func incidents(_ ids: [Int]) async throws -> [IncidentRecord] {
        try await pool.execute(Self.incidentsByIDStatement, [ids]).map { try IncidentRecord($0) }
    }

    static let incidentsStatement = Statement(
        name: "read_incidents",
        sql: "\(IncidentRecord.query) WHERE i.id < $1 ORDER BY i.id DESC LIMIT $2"
    )

    static let openIncidentsStatement = Statement(
        name: "read_open_incidents",
        sql: """
            \(IncidentRecord.query) WHERE i.id < $1 AND i.acknowledged_at IS NULL AND i.resolved_at IS NULL
                ORDER BY i.id DESC LIMIT $2
            """
    )

    static let incidentStatement = Statement(
        name: "read_incident",
        sql: "\(IncidentRecord.query) WHERE i.code = $1"
    )

    static let runIncidentStatement = Statement(
        name: "read_run_incident",
        sql: """
            \(IncidentRecord.query) WHERE i.run_id = $1::bigint
                AND (i.signature_id = $2::bigint OR $2 IS NULL AND i.signature_id IS NULL)
            """
    )

    static let incidentsByIDStatement = Statement(
        name: "read_incidents_by_id",
        sql: "\(IncidentRecord.query) WHERE i.id = ANY($1::bigint[]) ORDER BY i.id"
    )
}
