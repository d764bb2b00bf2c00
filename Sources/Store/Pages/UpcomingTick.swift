package import Core
import Postgres

/// A DAG and the instant at which it runs next.
package struct UpcomingTick: Hashable, Sendable {
    package var dag: String
    package var at: Timestamp
}

/// How the parts of the program do that the database knows of.
package struct FleetHealth: Hashable, Sendable {
    /// When each server was last heard of, newest first.
    package var servers: [Server]
    package var runnersOnline: Int
    package var runners: Int
    package var queuedTasks: Int
    package var runningTasks: Int
    /// The names of pools whose slots are all taken while tasks wait.
    package var fullPools: [String]

    /// One `rota serve`.
    package struct Server: Hashable, Sendable {
        package var host: String
        package var version: String
        package var lastSeen: Timestamp
        /// How far its host's clock is ahead of the database's; nil: not measured.
        package var skew: ClockSkew?
    }
}

extension Store {
    /// Lists the next scheduled instants of all DAGs, soonest first.
    package func upcomingTicks(limit: Int) async throws -> [UpcomingTick] {
        try await pool.execute(Self.upcomingStatement, [limit]).map { row in
            UpcomingTick(dag: try row.decode(0), at: try row.decode(1))
        }
    }

    /// Reads how servers, runners and pools do.
    package func fleetHealth() async throws -> FleetHealth {
        let servers = try await pool.execute(Self.serversStatement, []).map { row in
            FleetHealth.Server(
                host: try row.decode(0),
                version: try row.decode(1),
                lastSeen: try row.decode(2),
                skew: try row.decode(3, as: Int?.self).map { ClockSkew(ahead: .microseconds(Int64($0))) }
            )
        }
        let rows = try await pool.execute(Self.fleetStatement, [])
        return FleetHealth(
            servers: servers,
            runnersOnline: try rows[0].decode(0),
            runners: try rows[0].decode(1),
            queuedTasks: try rows[0].decode(2),
            runningTasks: try rows[0].decode(3),
            fullPools: try await pools().filter { $0.queued > 0 && $0.slotsInUse >= $0.slots }.map(\.name)
        )
    }

    static let upcomingStatement = Statement(
        name: "upcoming_ticks",
        sql: """
            SELECT name, next_run FROM dag
            WHERE state = 'active' AND NOT paused AND next_run IS NOT NULL ORDER BY next_run, name LIMIT $1
            """
    )

    static let serversStatement = Statement(
        name: "servers",
        sql: """
            SELECT host, version, last_seen, skew_us FROM server WHERE last_seen > now() - interval '7 days'
            ORDER BY last_seen DESC LIMIT 20
            """
    )

    static let fleetStatement = Statement(
        name: "fleet",
        sql: """
            SELECT (SELECT count(*) FROM runner r WHERE r.kind <> 'requests' AND r.state = 'online' AND EXISTS (SELECT FROM lease h
                    WHERE h.name = 'runner:' || r.name AND h.expires_at > clock_timestamp())),
                (SELECT count(*) FROM runner WHERE kind <> 'requests'),
                (SELECT count(*) FROM task_instance WHERE state = 'queued' AND attempt_id IS NULL AND slots > 0),
                (SELECT count(*) FROM attempt WHERE ended_at IS NULL AND runner >= '')
            """
    )
}
