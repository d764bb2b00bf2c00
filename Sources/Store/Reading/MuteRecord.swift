package import Core
import Postgres

/// A mute that is in force: nobody is told of one DAG, or of one cause.
package struct MuteRecord: Hashable, Sendable {
    package var id: Int
    /// The DAG; nil: a cause is muted.
    package var dag: String?
    /// The cause's number and its text; nil: a DAG is muted.
    package var signature: Int?
    package var cause: String?
    package var until: Timestamp
    package var reason: String?
    package var actor: String
    package var createdAt: Timestamp
}

extension Store {
    /// Lists the mutes that are in force, those that end first.
    package func mutes() async throws -> [MuteRecord] {
        try await pool.execute(Self.mutesStatement, []).map { row in
            MuteRecord(
                id: try row.decode(0),
                dag: try row.decode(1),
                signature: try row.decode(2),
                cause: try row.decode(3),
                until: try row.decode(4),
                reason: try row.decode(5),
                actor: try row.decode(6),
                createdAt: try row.decode(7)
            )
        }
    }

    static let mutesStatement = Statement(
        name: "read_mutes",
        sql: """
            SELECT m.id, d.name, m.signature_id, s.sample, m.until_at, m.reason, m.actor, m.created_at
            FROM mute m LEFT JOIN dag d ON d.id = m.dag_id LEFT JOIN signature s ON s.id = m.signature_id
            WHERE m.until_at > clock_timestamp() ORDER BY m.until_at, m.id LIMIT 1000
            """
    )
}
