package import Core
import Postgres

/// What a person asked for, as the history tells it.
package struct DeedRecord: Hashable, Sendable {
    package var at: Timestamp
    package var verb: Deed.Verb
    /// The tasks that were named; nil: the whole run, or the DAG.
    package var subject: String?
    /// How many task instances were meant; nil: it was not about tasks.
    package var tasks: Int?
    /// What else there is to know, by names.
    package var detail: [String: String]
    package var actor: String
    package var reason: String?
}

extension DeedRecord {
    static let columns = """
        h.at, h.verb, h.subject, h.tasks, h.actor, h.reason,
        ARRAY(SELECT key FROM jsonb_each_text(h.detail) ORDER BY key),
        ARRAY(SELECT value FROM jsonb_each_text(h.detail) ORDER BY key)
        """

    init(row: Row) throws(DatabaseError) {
        at = try row.decode(0)
        verb = try row.decode(1)
        subject = try row.decode(2)
        tasks = try row.decode(3)
        actor = try row.decode(4)
        reason = try row.decode(5)
        let names: [String] = try row.decode(6)
        let values: [String] = try row.decode(7)
        detail = Dictionary(zip(names, values)) { first, _ in first }
    }
}

extension Store {
    /// What people asked of a run, newest first.
    package func deeds(ofRun run: Int, limit: Int) async throws -> [DeedRecord] {
        try await pool.execute(Self.runDeedsStatement, [run, limit]).map { try DeedRecord(row: $0) }
    }

    /// What people asked of a DAG, newest first: that it pauses, or goes on.
    package func deeds(ofDAG dag: Int, limit: Int) async throws -> [DeedRecord] {
        try await pool.execute(Self.dagDeedsStatement, [dag, limit]).map { try DeedRecord(row: $0) }
    }

    static let runDeedsStatement = Statement(
        name: "run_deeds",
        sql: "SELECT \(DeedRecord.columns) FROM deed h WHERE h.run_id = $1 ORDER BY h.id DESC LIMIT $2"
    )

    static let dagDeedsStatement = Statement(
        name: "dag_deeds",
        sql: """
            SELECT \(DeedRecord.columns) FROM deed h WHERE h.dag_id = $1 AND h.run_id IS NULL
            ORDER BY h.id DESC LIMIT $2
            """
    )
}
