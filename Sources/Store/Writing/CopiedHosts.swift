package import Core
package import Postgres

extension Connection {
    /// The host that has the same state directory as the one that answers now, and lives as well; nil: none is known.
    ///
    /// Of two boots of one host the earlier is over when the later begins. So who was heard of in another boot, when the one
    /// that answers now had begun already, is another host.
    package func copy(
        of host: String,
        directoryID: String,
        bootID: String,
        bootAge: Duration
    ) throws -> HostCopy? {
        try execute(
            Statement(
                name: "copy_of_host",
                sql: """
                    SELECT name, coalesce(host_name, 'unknown') FROM runner
                    WHERE directory_id = $1 AND boot_id <> $2
                        AND alive_at > clock_timestamp() - $3 * interval '1 second'
                    ORDER BY alive_at DESC LIMIT 1
                    """
            ),
            [directoryID, bootID, bootAge / .seconds(1)]
        ).first.map { HostCopy(host: host, original: try $0.decode(1), runner: try $0.decode(0)) }
    }

    /// Notes that a host was refused as a runner because another one with its state directory lives.
    package func noteCopy(ofRunner runner: String, reason: String) throws {
        _ = try execute(
            Statement(
                name: "note_copy_of_runner",
                sql: "UPDATE runner SET copy_at = clock_timestamp(), copy_reason = $2 WHERE name = $1"
            ),
            [runner, reason]
        )
    }
}
