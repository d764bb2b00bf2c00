import Core
import Postgres

/// How many incidents wait for somebody, and which messages nobody has taken.
package struct IncidentSummary: Hashable, Sendable {
    /// Incidents that are not solved and that nobody looks after, of the last seven days; at most 1,000 are counted.
    package var open: Int
    /// Messages that were tried and not taken, at most 1,000, by the notification's name with the newest reason.
    package var undelivered: [Undelivered]

    /// The messages to one notification.
    package struct Undelivered: Hashable, Sendable {
        package var target: String
        package var messages: Int
        package var error: String
    }
}

extension Store {
    /// Counts what waits for somebody.
    package func incidentSummary() async throws -> IncidentSummary {
        let open = try await pool.execute(Self.openIncidentCountStatement, [])
        let rows = try await pool.execute(Self.undeliveredStatement, [])
        return IncidentSummary(
            open: try open[0].decode(0),
            undelivered: try rows.map { row in
                .init(target: try row.decode(0), messages: try row.decode(1), error: try row.decode(2))
            }
        )
    }

    static let openIncidentCountStatement = Statement(
        name: "open_incident_count",
        sql: """
            SELECT count(*) FROM (
                SELECT FROM incident
                WHERE acknowledged_at IS NULL AND resolved_at IS NULL AND at > now() - interval '7 days' LIMIT 1000) i
            """
    )

    static let undeliveredStatement = Statement(
        name: "undelivered_messages",
        sql: """
            SELECT target, count(*), max(error) FROM (
                SELECT target, error FROM delivery
                WHERE next_try_at IS NOT NULL AND error IS NOT NULL LIMIT 1000) d
            GROUP BY target ORDER BY target
            """
    )
}
