package import Core
import Postgres

/// One runner as the database has it.
package struct RunnerRecord: Hashable, Sendable {
    package var name: String
    package var kind: Kind
    /// Where it is reached; nil for the local one.
    package var address: String?
    package var labels: [String]
    package var slots: Int
    /// Slots of attempts that have not ended.
    package var slotsInUse: Int
    /// How many attempts have not ended.
    package var attemptsInFlight: Int
    package var state: State
    /// Why it is in this state.
    package var reason: String?
    package var hostName: String?
    package var version: String?
    package var lastContactAt: Timestamp?
    package var registeredAt: Timestamp
    /// Since when a task has waited for one of its slots; nil: none does.
    package var fullSince: Timestamp?
    /// Identity of the host's present boot.
    package var bootID: String?
    /// How busy its host was when it last told; nil: it never did.
    package var load: RunnerLoad?
    /// When it last told how busy it is.
    package var heartbeatAt: Timestamp?
    /// Who said that it takes nothing new; nil: nobody.
    package var drain: Drain?
    /// Slots that wait for important tasks; nil: none do.
    package var reserved: ReservedSlots?
    /// How busy its host may be while it takes more.
    package var limits: LoadLimits
    /// Since when it takes nothing more because its host is too busy, and what is too much there; nil: it does.
    package var busySince: Timestamp?
    package var busyReason: String?
    /// When a host was last refused as this runner since another one with its state directory lives, and in which words;
    /// nil: not within the last hour.
    package var copyAt: Timestamp?
    package var copyReason: String?
    /// When it joined by itself; nil: it stands in `rota.yaml`, or is a server's own.
    package var joinedAt: Timestamp?

    /// That a runner takes nothing new.
    package struct Drain: Hashable, Sendable {
        package var at: Timestamp
        package var actor: String
        package var reason: String?
    }

    /// What carries its attempts.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// This host.
        case local
        /// A `rota runner` on another host.
        case http
        /// The OpenSSH client.
        case ssh
        /// No host: what makes the requests of `http` tasks, in one of the servers.
        case requests
    }

    /// Whether it takes attempts.
    package enum State: String, Hashable, Sendable, CaseIterable {
        /// It answers.
        case online
        /// It does not answer.
        case unreachable
        /// It answers, and takes no new attempts because someone said so.
        case held
    }
}

extension RunnerRecord.Kind: StoredWord {}
extension RunnerRecord.State: StoredWord {}

extension RunnerRecord {
    init(row: Row) throws(DatabaseError) {
        name = try row.decode(0)
        kind = try row.decode(1)
        address = try row.decode(2)
        labels = try row.decode(3)
        slots = try row.decode(4)
        slotsInUse = try row.decode(5)
        attemptsInFlight = try row.decode(6)
        state = try row.decode(7)
        reason = try row.decode(8)
        hostName = try row.decode(9)
        version = try row.decode(10)
        lastContactAt = try row.decode(11)
        registeredAt = try row.decode(12)
        fullSince = try row.decode(13)
        bootID = try row.decode(14)
        heartbeatAt = try row.decode(18)
        if heartbeatAt != nil {
            load = RunnerLoad(load: try row.decode(15), memoryFree: try row.decode(16), measure: try row.decode(17))
        }
        if let at: Timestamp = try row.decode(19) {
            drain = Drain(at: at, actor: try row.decode(20), reason: try row.decode(21))
        }
        joinedAt = try row.decode(22)
        if let slots: Int = try row.decode(23) { reserved = ReservedSlots(slots: slots, priority: try row.decode(24)) }
        busySince = try row.decode(25)
        busyReason = try row.decode(26)
        copyAt = try row.decode(27)
        copyReason = copyAt == nil ? nil : try row.decode(28)
        limits = LoadLimits(load: try row.decode(29), memoryFree: try row.decode(30), measure: try row.decode(31))
        if let margin: Double = try row.decode(32) { limits.margin = margin }
    }
}

extension Store {
    /// Lists all runners by name.
    package func runners() async throws -> [RunnerRecord] {
        try await pool.execute(Self.runnersStatement, []).map { try RunnerRecord(row: $0) }
    }

    static let runnersStatement = Statement(
        name: "read_runners",
        sql: """
            SELECT r.name, r.kind, r.address, r.labels, r.slots, coalesce(u.slots, 0)::bigint,
                coalesce(u.attempts, 0), CASE WHEN h.name IS NULL THEN 'unreachable' ELSE r.state END,
                CASE WHEN h.name IS NOT NULL THEN r.reason WHEN j.name IS NULL THEN 'no server acts for it at present'
                    ELSE 'it is not connected to any server' END, r.host_name,
                r.version, r.last_contact, r.registered_at, r.full_since, r.boot_id, r.load, r.memory_free, r.measure,
                r.heartbeat_at, r.drained_at, r.drained_by, r.drain_reason, j.joined_at, r.reserved_slots,
                r.reserved_priority, r.busy_since, r.busy_reason,
                CASE WHEN r.copy_at > clock_timestamp() - interval '1 hour' THEN r.copy_at END, r.copy_reason,
                r.most_load, r.least_memory_free, r.most_measure, r.limit_margin
            FROM runner r LEFT JOIN (
                SELECT runner, sum(slots) AS slots, count(*) AS attempts
                FROM attempt WHERE ended_at IS NULL AND runner >= '' GROUP BY runner
            ) u ON u.runner = r.name
                LEFT JOIN joined_runner j ON j.name = r.name
                LEFT JOIN lease h ON h.name = 'runner:' || r.name AND h.expires_at > clock_timestamp()
            ORDER BY r.name
            """
    )
}
