package import Core
package import Postgres

/// What a server says of a runner that it acts for.
package struct RunnerRegistration: Sendable {
    package var name: String
    package var kind: String
    package var address: String?
    package var labels: [String]
    package var slots: Int
    /// Whether it joined by itself, and so can be removed while a server acts for it.
    package var isJoined: Bool
    /// Slots that wait for important tasks; nil: none do.
    package var reserved: ReservedSlots?
    /// How busy its host may be while it takes more.
    package var busy: LoadLimits

    /// Joins the facts.
    package init(
        name: String,
        kind: String,
        address: String?,
        labels: [String],
        slots: Int,
        isJoined: Bool = false,
        reserved: ReservedSlots? = nil,
        busy: LoadLimits = LoadLimits()
    ) {
        self.isJoined = isJoined
        self.name = name
        self.kind = kind
        self.address = address
        self.labels = labels
        self.slots = slots
        self.reserved = reserved
        self.busy = busy
    }
}

extension Connection {
    /// Adds a runner or brings what is known of it up to date; its state is left.
    package func register(_ runner: RunnerRegistration) throws {
        _ = try execute(
            Statement(
                name: "register_runner",
                sql: """
                    INSERT INTO runner (name, kind, address, labels, slots, reserved_slots, reserved_priority, most_load,
                        least_memory_free, most_measure, limit_margin)
                    VALUES ($1, $2, $3, $4::text[], $5, $6, $7, $8, $9, $10, $11)
                    ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, address = excluded.address,
                        labels = excluded.labels, slots = excluded.slots, reserved_slots = excluded.reserved_slots,
                        reserved_priority = excluded.reserved_priority, most_load = excluded.most_load,
                        least_memory_free = excluded.least_memory_free, most_measure = excluded.most_measure,
                        limit_margin = excluded.limit_margin
                    """
            ),
            [
                runner.name, runner.kind, runner.address, runner.labels, Int32(clamping: runner.slots),
                runner.reserved.map { Int32(clamping: $0.slots) },
                runner.reserved.map { Int32(clamping: $0.priority) }, runner.busy.load, runner.busy.memoryFree,
                runner.busy.measure, runner.busy.margin,
            ]
        )
    }

    /// The disk and boot that a runner had when it last answered.
    package func knownIdentity(runner: String) throws -> (directoryID: String?, bootID: String?) {
        let row = try execute(
            Statement(
                name: "known_runner_identity",
                sql: "SELECT directory_id, boot_id FROM runner WHERE name = $1"
            ),
            [runner]
        ).first
        return (directoryID: try row?.decode(0) ?? nil, bootID: try row?.decode(1) ?? nil)
    }

    /// Notes that a runner answered, and who it is.
    ///
    /// `leaseSpan`: It was asked at the earliest so long before the end of the holder's lease.
    package func setOnline(
        runner: String,
        directoryID: String,
        bootID: String,
        hostName: String,
        version: String,
        holder: String,
        leaseSpan: Duration
    ) throws {
        _ = try execute(
            Statement(
                name: "set_runner_online",
                sql: """
                    UPDATE runner SET state = 'online', reason = NULL, directory_id = $2, boot_id = $3, host_name = $4,
                        version = $5, last_contact = clock_timestamp(), alive_at = (
                            SELECT expires_at FROM lease WHERE name = 'runner:' || $1 AND holder = $6
                        ) - $7 * interval '1 second'
                    WHERE name = $1
                    """
            ),
            [runner, directoryID, bootID, hostName, version, holder, leaseSpan / .seconds(1)]
        )
    }

    /// Notes that a runner answered again.
    ///
    /// `leaseSpan`: It was asked at the earliest so long before the end of the holder's lease.
    package func noteContact(runner: String, holder: String, leaseSpan: Duration) throws {
        _ = try execute(
            Statement(
                name: "note_runner_contact",
                sql: """
                    UPDATE runner SET last_contact = clock_timestamp(), alive_at = coalesce((
                        SELECT expires_at FROM lease WHERE name = 'runner:' || $1 AND holder = $2
                    ) - $3 * interval '1 second', alive_at) WHERE name = $1
                    """
            ),
            [runner, holder, leaseSpan / .seconds(1)]
        )
    }

    /// Notes how busy a runner's host is.
    package func note(_ load: RunnerLoad, ofRunner runner: String) throws {
        _ = try execute(
            Statement(
                name: "note_runner_load",
                sql: """
                    UPDATE runner SET load = $2, memory_free = $3, measure = $4, heartbeat_at = clock_timestamp()
                    WHERE name = $1
                    """
            ),
            [runner, load.load, load.memoryFree, load.measure]
        )
    }

    /// Notes that a runner takes nothing more because its host is too busy; nil: that it takes what fits.
    package func setBusy(runner: String, reason: String?) throws {
        _ = try execute(
            Statement(
                name: "set_runner_busy",
                sql: """
                    UPDATE runner SET busy_reason = $2,
                        busy_since = CASE WHEN $2 IS NOT NULL THEN coalesce(busy_since, clock_timestamp()) END
                    WHERE name = $1 AND busy_reason IS DISTINCT FROM $2
                    """
            ),
            [runner, reason]
        )
    }

    /// Notes that a runner does not answer, or may not be used, and why.
    package func setRunnerDown(runner: String, state: String, reason: String) throws {
        _ = try execute(
            Statement(
                name: "set_runner_down",
                sql: """
                    UPDATE runner SET state = $2, reason = $3
                    WHERE name = $1 AND (state, reason) IS DISTINCT FROM ($2, $3)
                    """
            ),
            [runner, state, reason]
        )
    }
}
