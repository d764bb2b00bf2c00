package import Core
import Postgres

/// One sort of failure as the database has it.
package struct SignatureRecord: Hashable, Sendable {
    package var id: Int
    /// `failed`, `timedOut`, `lost` or `unknown`.
    package var state: AttemptState
    package var exitCode: Int?
    /// The number of the signal.
    package var signal: Int?
    /// The task (`task sales/load`) or runner (`runner etl-03`) that it is told by; empty where the words tell enough.
    package var subject: String
    /// The words with placeholders; empty where there were none.
    package var template: String
    /// The words as the newest failure has them.
    package var sample: String
    package var firstSeen: Timestamp
    package var lastSeen: Timestamp
    /// How many attempts ended so, those included that were pruned since.
    package var failures: Int
    /// The DAGs of its newest 200 failures, by name.
    package var dags: [String]

    /// The name of the signal, such as `SIGKILL`.
    package var signalName: String? { signal.map(SignalName.name(of:)) }
}

/// Where a sort of failure happened, counted over its newest 10,000 failures.
package struct SignatureSpread: Hashable, Sendable {
    /// By task, most failures first, at most 50.
    package var tasks: [Task]
    /// By runner, most failures first, at most 50.
    package var runners: [Runner]
    /// How many failures, runs and tasks were counted.
    package var failures: Int
    package var runs: Int
    package var taskCount: Int

    /// The failures of one task.
    package struct Task: Hashable, Sendable {
        package var dag: String
        package var task: String
        package var failures: Int
        package var lastSeen: Timestamp
    }

    /// The failures on one runner.
    package struct Runner: Hashable, Sendable {
        package var name: String
        /// The host that it is on, as last heard.
        package var host: String?
        package var failures: Int
        package var lastSeen: Timestamp
    }
}

/// One failed attempt among its like.
package struct SignedFailure: Hashable, Sendable {
    package var run: RunName
    package var logicalDate: Timestamp
    package var task: String
    /// Nil where the task is not mapped.
    package var mapIndex: Int?
    package var attempt: Int
    package var runner: String
    package var endedAt: Timestamp
    /// The line in the log that tells the cause.
    package var causeLine: Int?
}

extension SignatureRecord {
    init(row: Row) throws(DatabaseError) {
        id = try row.decode(0)
        state = try row.decode(1)
        exitCode = try row.decode(2)
        signal = try row.decode(3)
        subject = try row.decode(4)
        template = try row.decode(5)
        sample = try row.decode(6)
        firstSeen = try row.decode(7)
        lastSeen = try row.decode(8)
        failures = try row.decode(9)
        dags = try row.decode(10, as: [String].self)
    }
}

extension Store {
    /// Lists sorts of failure, latest seen first, at least 1.
    package func signatures(after cursor: RunCursor? = nil, limit: Int) async throws -> Page<SignatureRecord, RunCursor>
    {
        let parameters: [any PostgresEncodable] = [
            cursor?.at ?? Timestamp(seconds: 4_000_000_000), cursor?.rowID ?? Int.max, limit + 1,
        ]
        var items = try await pool.execute(Self.signaturesStatement, parameters).map { try SignatureRecord(row: $0) }
        guard items.count > limit else { return Page(items: items, next: nil) }
        items.removeLast()
        return Page(items: items, next: items.last.map { RunCursor(at: $0.lastSeen, rowID: $0.id) })
    }

    /// Reads one sort of failure; nil where there is none of that number.
    package func signature(_ id: Int) async throws -> SignatureRecord? {
        try await pool.execute(Self.signatureStatement, [id]).first.map { try SignatureRecord(row: $0) }
    }

    /// Counts where a sort of failure happened.
    package func spread(ofSignature id: Int) async throws -> SignatureSpread {
        let totals = try await pool.execute(Self.signatureTotalsStatement, [id])[0]
        return SignatureSpread(
            tasks: try await pool.execute(Self.signatureTasksStatement, [id]).map { row in
                SignatureSpread.Task(
                    dag: try row.decode(0),
                    task: try row.decode(1),
                    failures: try row.decode(2),
                    lastSeen: try row.decode(3)
                )
            },
            runners: try await pool.execute(Self.signatureRunnersStatement, [id]).map { row in
                SignatureSpread.Runner(
                    name: try row.decode(0),
                    host: try row.decode(1),
                    failures: try row.decode(2),
                    lastSeen: try row.decode(3)
                )
            },
            failures: try totals.decode(0),
            runs: try totals.decode(1),
            taskCount: try totals.decode(2)
        )
    }

    /// Lists the newest failures of a sort, newest first.
    package func failures(ofSignature id: Int, limit: Int) async throws -> [SignedFailure] {
        try await pool.execute(Self.signedFailuresStatement, [id, limit]).map { row in
            SignedFailure(
                run: RunName(dag: try row.decode(0), key: try row.decode(1)),
                logicalDate: try row.decode(2),
                task: try row.decode(3),
                mapIndex: try row.decode(4, as: Int?.self).flatMap { $0 < 0 ? nil : $0 },
                attempt: try row.decode(5),
                runner: try row.decode(6),
                endedAt: try row.decode(7),
                causeLine: try row.decode(8)
            )
        }
    }

    private static let signatureColumns = """
        SELECT s.id, s.state, s.exit_code, s.signal, s.subject, s.template, s.sample, s.first_seen, s.last_seen,
            s.failures, coalesce(g.names, '{}')
        FROM signature s CROSS JOIN LATERAL (
                SELECT array_agg(DISTINCT d.name) AS names FROM (
                    SELECT dag_id FROM attempt WHERE signature_id = s.id ORDER BY id DESC LIMIT 200
                ) a JOIN dag d ON d.id = a.dag_id
            ) g
        """

    static let signaturesStatement = Statement(
        name: "read_signatures",
        sql: """
            \(signatureColumns) WHERE (s.last_seen, s.id) < ($1, $2) ORDER BY s.last_seen DESC, s.id DESC LIMIT $3
            """
    )

    static let signatureStatement = Statement(name: "read_signature", sql: "\(signatureColumns) WHERE s.id = $1")

    /// The newest failures of a sort: a warehouse that was broken for a year must not make a page slow.
    private static let newestFailures = """
        (SELECT * FROM attempt WHERE signature_id = $1 ORDER BY id DESC LIMIT 10000)
        """

    static let signatureTotalsStatement = Statement(
        name: "signature_totals",
        sql: """
            SELECT count(*), count(DISTINCT a.run_id), count(DISTINCT (a.dag_id, t.task_id))
            FROM \(newestFailures) a JOIN task_instance t ON t.id = a.task_instance_id
            """
    )

    static let signatureTasksStatement = Statement(
        name: "signature_tasks",
        sql: """
            SELECT d.name, t.task_id, count(*), max(coalesce(a.ended_at, a.intended_at))
            FROM \(newestFailures) a JOIN task_instance t ON t.id = a.task_instance_id JOIN dag d ON d.id = a.dag_id
            GROUP BY d.name, t.task_id ORDER BY count(*) DESC, d.name, t.task_id LIMIT 50
            """
    )

    static let signatureRunnersStatement = Statement(
        name: "signature_runners",
        sql: """
            SELECT a.runner, max(r.host_name), count(*), max(coalesce(a.ended_at, a.intended_at))
            FROM \(newestFailures) a LEFT JOIN runner r ON r.name = a.runner
            GROUP BY a.runner ORDER BY count(*) DESC, a.runner LIMIT 50
            """
    )

    static let signedFailuresStatement = Statement(
        name: "signature_failures",
        sql: """
            SELECT d.name, r.key, r.logical_date, t.task_id, t.map_index, a.number, a.runner,
                coalesce(a.ended_at, a.intended_at), a.cause_line
            FROM (SELECT * FROM attempt WHERE signature_id = $1 ORDER BY id DESC LIMIT $2) a
                JOIN task_instance t ON t.id = a.task_instance_id JOIN dag_run r ON r.id = a.run_id
                JOIN dag d ON d.id = a.dag_id
            ORDER BY a.id DESC
            """
    )
}
