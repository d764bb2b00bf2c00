package import Core
package import Logging
import Postgres
package import Runner
package import Scheduler
package import Store

/// Acts for one runner as long as this process holds its lease: claims tasks for it, starts them, stores their logs,
/// reports their ends.
///
/// Nothing here is needed for correctness but what is written in the store and on the runner: after a crash another
/// seat, in this process or elsewhere, takes the lease, asks the runner about every live attempt, and goes on.
package actor RunnerSeat {
    /// How a seat behaves.
    package struct Configuration: Sendable {
        /// How long a lease holds without being renewed.
        ///
        /// Defaults to 10 s.
        package var leaseSpan: Duration = .seconds(10)
        /// How often the lease is renewed and the runner asked who it is.
        ///
        /// Defaults to 3 s.
        package var beat: Duration = .seconds(3)
        /// How long a runner may be silent before its attempts are `unreachable`.
        ///
        /// Defaults to 15 s.
        package var silence: Duration = .seconds(15)
        /// The longest sleep of the claiming loop, the net under lost wake-ups.
        ///
        /// Defaults to 1 s.
        package var pollInterval: Duration = .seconds(1)
        /// How often it is asked which folders of runs are to be removed.
        ///
        /// Defaults to 5 s.
        package var folderInterval: Duration = .seconds(5)

        /// How much of each attempt's log is kept.
        package var logCap = LogCap.standard
        /// How often it is asked which processes have outlived their attempts.
        ///
        /// Defaults to 15 s.
        package var strayInterval: Duration = .seconds(15)

        /// All defaults.
        package init() {}
    }

    let adapter: any RunnerAdapter
    let registration: RunnerRegistration
    let engine: Engine
    let configuration: Configuration
    let orders: OrderMaker
    let secrets: SecretProvider
    let logger: Logger
    let claimWake: WakeFan.Subscription
    let logWake = WakeSignal()
    let startedWake = WakeSignal()
    let forgetWake = WakeSignal()
    private let holder: String
    private let isLocal: Bool
    var identity: RunnerIdentity?
    /// The newest reading of the runner's clock that was heard and of which the store knows; nil: it ends nothing itself.
    var heard: KeeperClock?
    var fence = 0
    var held: [AttemptID: HeldAttempt] = [:]
    var grown: Set<AttemptID> = []
    var started: [StartedNote] = []
    var claimMemory = ClaimMemory()
    var forgettable: [AttemptID] = []
    /// Attempts that have ended on the runner and whose end could not be written.
    var unfinished: Set<AttemptID> = []
    /// Why it takes nothing more at present, its host being too busy.
    private(set) var busyReason: String?
    private let measure: HostMeasure?
    /// It takes nothing more, since its server is about to end.
    private(set) var isLeaving = false
    var isClaiming = false
    /// When the runner was heard last, or since when this seat tries to; nil: it does not act for it.
    var heardAt: ContinuousClock.Instant?
    /// When the runner was last asked who it is.
    var askedAt = ContinuousClock.now
    /// What answers was found to be a second host with one state directory.
    private var isCopy = false

    /// Prepares a seat.
    ///
    /// `holder` is `SERVER:INCARNATION`, for the lease.
    ///
    /// `measure`: What tells the host's own figure where the adapter does not; it runs as long as the seat acts.
    /// `folder`: The folder of the DAG files, where it is on the runner's host.
    /// `secrets`: Where the secrets of tasks are read.
    package init(
        adapter: any RunnerAdapter,
        registration: RunnerRegistration,
        engine: Engine,
        holder: String,
        folder: String?,
        measure: HostMeasure? = nil,
        secrets: SecretProvider = .none,
        configuration: Configuration = Configuration(),
        logger: Logger
    ) {
        self.adapter = adapter
        self.registration = registration
        self.engine = engine
        self.holder = holder
        self.measure = measure
        self.configuration = configuration
        self.logger = logger
        self.secrets = secrets
        orders = OrderMaker(folder: folder, logCap: configuration.logCap)
        isLocal = registration.kind == "local"
        claimWake = engine.executorWake.subscribe()
    }

    var store: Store { engine.store }

    var claiming: ClaimingRunner {
        ClaimingRunner(
            name: registration.name,
            labels: registration.labels,
            slots: registration.slots,
            isLocal: isLocal,
            takesAny: registration.kind != "requests",
            reserved: registration.reserved,
            fence: fence,
            holder: holder
        )
    }

    /// Holds the seat until the task is cancelled, or the runner is removed; whatever else goes wrong, it tries again.
    package func run() async {
        var failures = 0
        while !Task.isCancelled {
            do {
                // The lease may be that of the other one's server, which it should not be disturbed in.
                if isCopy { try await examine(try await adapter.greet(heard: nil)) }
                guard let fence = try await acquire() else {
                    failures = 0
                    heardAt = nil
                    try await Task.sleep(for: configuration.beat)
                    continue
                }
                self.fence = fence
                heardAt = heardAt ?? .now
                try await register()
                try await session()
                failures = 0
            } catch is CancellationError {
                break
            } catch is RunnerRemoved {
                break
            } catch is LeaseLost {
                // Whoever has the lease now says how the runner is.
                heardAt = nil
            } catch {
                failures += 1
                await noteTrouble(error, failures: failures)
                // Cancelled: the loop ends.
                try? await Task.sleep(for: .milliseconds(100 * min(1 << min(failures, 6), 50)))
            }
        }
        await release()
    }

    /// Writes what is known of the runner; one that joined by itself may have been removed.
    private func register() async throws {
        let registration = registration
        let isKnown = try await store.transaction { connection in
            guard registration.isJoined else {
                try connection.register(registration)
                return true
            }
            return try connection.update(joined: registration)
        }
        if !isKnown { throw RunnerRemoved() }
    }

    /// Takes nothing more, and returns once nothing runs that only this process can look after.
    ///
    /// A runner elsewhere is another server's at once; what runs on this host, and requests, are ours.
    package func leave() async {
        isLeaving = true
        guard isLocal || registration.kind == "requests" else { return }
        while isClaiming || !held.isEmpty, !Task.isCancelled {
            // Cancelled: the loop ends.
            try? await Task.sleep(for: .milliseconds(100))
        }
    }

    func acquire() async throws -> Int? {
        let (holder, span, name) = (holder, configuration.leaseSpan, registration.name)
        return try await store.transaction { try $0.acquireLease("runner:\(name)", holder: holder, for: span) }
    }

    /// After the shutdown nobody should wait for the lease to expire; where this fails they do.
    private func release() async {
        let (holder, name, store) = (holder, registration.name, store)
        await Task {
            do {
                try await store.transaction { try $0.releaseLease("runner:\(name)", holder: holder) }
            } catch {
                logger.debug("could not give the lease of runner '\(name)' back: \(error)")
            }
        }.value
    }

    /// One connection to the runner: begins by asking about everything that should be there, ends by an error.
    private func session() async throws {
        let greeting = try await greet(endsSilence: false)
        try await examine(greeting)
        let identity = greeting.identity
        try await noteOnline(identity)
        heard = greeting.clock
        let events = adapter.events()
        try await withThrowingDiscardingTaskGroup { group in
            try await self.recover(identity)
            group.addTask(name: "events") { try await self.follow(events) }
            group.addTask(name: "claims") { try await self.claimLoop() }
            group.addTask(name: "logs") { try await self.logLoop() }
            group.addTask(name: "starts") { try await self.startedLoop() }
            group.addTask(name: "forget") { try await self.forgetLoop() }
            group.addTask(name: "beat") { try await self.beatLoop() }
            group.addTask(name: "folders") { try await self.folderLoop() }
            group.addTask(name: "strays") { try await self.strayLoop() }
            if let measure { group.addTask(name: "measure") { await measure.run() } }
        }
    }

    /// So long before the lease's end the runner had not yet been asked, though it was renewed meanwhile.
    private var spanSinceAsked: Duration { configuration.leaseSpan + askedAt.duration(to: .now) }

    /// Refuses a host whose state directory another one has that lives.
    private func examine(_ greeting: RunnerGreeting) async throws {
        isCopy = false
        // A host that does not tell is not asked about.
        guard let age = greeting.bootAge else { return }
        let name = registration.name
        let reason = try await store.transaction { connection -> String? in
            guard let copy = try connection.copy(of: greeting, bootAge: age) else { return nil }
            try connection.noteCopy(ofRunner: name, reason: copy.description)
            return copy.description
        }
        guard let reason else { return }
        isCopy = true
        throw RunnerError.copied(runner: name, reason: reason)
    }

    private func noteOnline(_ identity: RunnerIdentity) async throws {
        self.identity = identity
        let (name, holder, span) = (registration.name, holder, spanSinceAsked)
        let load = await readLoad()
        let busyReason = busyReason
        try await store.transaction { connection in
            try connection.setOnline(
                runner: name,
                directoryID: identity.directoryID,
                bootID: identity.bootID,
                hostName: identity.hostName,
                version: identity.version,
                holder: holder,
                leaseSpan: span
            )
            if let load { try connection.note(load, ofRunner: name) }
            try connection.setBusy(runner: name, reason: busyReason)
        }
        // Tasks that name no runner may have waited for this one.
        engine.executorWake.set()
    }

    /// Hears how busy the host is, and decides whether it takes more.
    private func readLoad() async -> RunnerLoad? {
        var load = await adapter.load()
        if let measure {
            load = load ?? RunnerLoad()
            load?.measure = measure.value
        }
        let reason = load.flatMap { decide($0, registration.busy, wasBusy: busyReason != nil) }
        if reason == nil, busyReason != nil { engine.executorWake.set() }
        busyReason = reason
        return load
    }

    private func beatLoop() async throws {
        while true {
            try await Task.sleep(for: configuration.beat)
            try await keepLease()
            let greeting = try await greet(endsSilence: true)
            guard greeting.identity == self.identity else {
                throw RunnerError.unable(
                    runner: registration.name,
                    reason: "it was started anew; asking what still runs"
                )
            }
            let (name, holder, span) = (registration.name, holder, spanSinceAsked)
            let load = await readLoad()
            let busyReason = busyReason
            try await store.transaction { connection in
                try connection.noteContact(runner: name, holder: holder, leaseSpan: span)
                if let load { try connection.note(load, ofRunner: name) }
                try connection.setBusy(runner: name, reason: busyReason)
            }
            // Only now: what the runner is told to have been heard must be known here before.
            heard = greeting.clock
        }
    }

    /// Writes what this seat has learned of its runner, if this process still acts for it.
    ///
    /// One that was frozen meanwhile must not say what it knew before: another may know better. A crash of PostgreSQL
    /// ends this session, and the next one asks the runner for all of it again; so nothing waits for the disk.
    func write(_ body: @escaping @Sendable (isolated Connection) throws -> Void) async throws {
        let claiming = claiming
        try await store.transaction(planning: .once, durability: .soon) { connection in
            guard try connection.holdsLease(claiming) else { throw LeaseLost() }
            try body(connection)
        }
    }
}

/// Somebody removed the runner.
struct RunnerRemoved: Error {}

/// Another server acts for the runner now.
struct LeaseLost: Error {}
