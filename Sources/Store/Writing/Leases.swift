import Core
package import Postgres

extension Connection {
    /// Takes or renews a lease; returns its fencing number, or nil where somebody else holds it.
    ///
    /// A holder is `SERVER:INCARNATION`. A new incarnation of the same server takes over at once: the lock on its
    /// data directory proves that the former one is gone.
    package func acquireLease(_ name: String, holder: String, for span: Duration) throws -> Int? {
        try execute(
            Statement(
                name: "acquire_lease",
                sql: """
                    INSERT INTO lease (name, holder, fence, expires_at)
                    VALUES ($1, $2, 1, clock_timestamp() + $3 * interval '1 second')
                    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at,
                        fence = lease.fence + CASE WHEN lease.holder = excluded.holder THEN 0 ELSE 1 END
                    WHERE split_part(lease.holder, ':', 1) = split_part(excluded.holder, ':', 1)
                        OR lease.expires_at <= clock_timestamp()
                    RETURNING fence
                    """
            ),
            [name, holder, span / .seconds(1)]
        ).first?.decode(0)
    }

    /// Gives a lease back before it expires.
    package func releaseLease(_ name: String, holder: String) throws {
        _ = try execute(
            Statement(
                name: "release_lease",
                sql: "UPDATE lease SET expires_at = clock_timestamp() WHERE name = $1 AND holder = $2"
            ),
            [name, holder]
        )
    }

    /// Notes that a server lives, and which parts of the program it runs.
    ///
    /// `skew`: How far its host's clock is ahead of the database's; nil: not measured.
    package func beat(server: String, host: String, version: String, roles: [String], skew: Duration?) throws {
        _ = try execute(
            Statement(
                name: "server_beat",
                sql: """
                    INSERT INTO server (id, host, version, roles, skew_us) VALUES ($1, $2, $3, $4, $5)
                    ON CONFLICT (id) DO UPDATE SET host = excluded.host, version = excluded.version,
                        roles = excluded.roles, last_seen = now(), skew_us = excluded.skew_us
                    """
            ),
            [server, host, version, roles, (skew?.clampedMicroseconds).map { Int($0) }]
        )
    }
}
