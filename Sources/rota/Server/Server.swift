import Core
import DAGFile
import Executor
import Host
import Logging
import Notify
import Postgres
import Scheduler
import ServiceLifecycle
import Settings
import Store
import UnixSignals
import Web
import YAML
import Zones

/// One server process: which parts run, and what they stand on.
struct Server: Sendable {
    /// What a server can do.
    enum Role: String, CaseIterable, Sendable {
        /// Ticks, retries, deadlines, the DAG folder.
        case scheduler
        /// Runners.
        case executor
        /// Pages and API.
        case web
    }

    var directory: DataDirectory
    var settings: Settings
    var folder: String
    var database: ConnectionConfiguration
    var roles: Set<Role>
    var host: String
    var port: Int
    /// What the runner on this host is called.
    var localRunner: String
    var logger: Logger
    /// Whether a stop waits until nothing runs on this host any more.
    var drains = false
    /// Names, beside the address, by which browsers may reach the pages.
    var hostNames: [String] = []
    /// Brings a private database back that has died; nil where the database is somebody else's.
    var reviveDatabase: (@Sendable () async -> Void)?

    /// Refuses a port that is taken, before a database or a keeper is started for it.
    static func checkPort(host: String, port: Int) throws(ServerFailure) {
        guard !PortCheck.isTaken(host: host, port: port) else { throw .web(.portTaken(host: host, port: port)) }
    }

    /// Serves until a signal asks it to stop.
    ///
    /// `onReady`: Called with the port and a one-time link's secret when pages are served.
    func run(onReady: @escaping @Sendable (Int, String) -> Void) async throws {
        let pool = Pool(database, size: 8)
        let store = Store(pool: pool)
        try await store.migrate()
        let (drained, drain) = AsyncStream<Void>.makeStream()
        let parts = try await makeParts(store, onReady: onReady) { drain.finish() }
        var configuration = ServiceGroupConfiguration(
            services: parts.services.map {
                .init(
                    service: $0,
                    successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .gracefullyShutdownGroup
                )
            },
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: quiet
        )
        // A page that somebody follows, or a database that is away, must not hold up a stop.
        if !drains { configuration.maximumGracefulShutdownDuration = .seconds(10) }
        configuration.maximumCancellationDuration = .seconds(5)
        let group = ServiceGroup(configuration: configuration)
        do {
            try await run(group, afterDrain: drained)
        } catch {
            await pool.close()
            throw ServerFailure(error) ?? error
        }
        await sayWhatRunsOn(store)
        await pool.close()
    }

    private var quiet: Logger {
        var logger = logger
        logger.logLevel = .warning
        return logger
    }

    private func makeParts(
        _ store: Store,
        onReady: @escaping @Sendable (Int, String) -> Void,
        onDrained: @escaping @Sendable () -> Void
    ) async throws -> (services: [any Service], engine: Engine) {
        let zones = ZoneDatabase()
        let versions = DAGVersions { source in
            let result = DAGFile.parse(
                source: source.bytes,
                path: source.path,
                id: source.dag,
                calendars: CalendarSet(source.calendars)
            ) { try zones.rules(for: $0) }
            guard let dag = result.dag else { throw ServerFailure.settings("\(result.problems.first?.message ?? "")") }
            return dag
        }
        var generator = SystemRandomNumberGenerator()
        let holder = "\(directory.serverID):\(String(generator.next() as UInt64, radix: 16))"
        let announcer = Announcer(store: store, sender: holder, logger: logger)
        let engine = Engine(
            store: store,
            versions: versions,
            executorWake: WakeFan(),
            schedulerWake: WakeSignal(),
            announcer: announcer,
            logger: logger
        )
        let (pools, classes) = (settings.pools, settings.priorityClasses)
        if roles.contains(.executor) {
            try await store.transaction {
                try $0.setPools(pools.map { (name: $0.name, slots: $0.slots, order: $0.order) })
                try $0.setPlacements(pools.compactMap { pool in pool.placement.map { (pool.name, $0) } })
                try $0.setPriorityClasses(classes)
            }
        }

        let address = OwnAddress(host: host, port: port)
        var services: [any Service] = [
            Heartbeat(
                store: store,
                server: directory.serverID,
                roles: roles.map(\.rawValue).sorted(),
                logger: logger
            ),
            Revival(store: store, revive: reviveDatabase),
            Hearing(listener: Postgres.Listener(database), announcer: announcer, engine: engine, logger: logger),
        ]
        var checks: [ReadinessCheck] = []
        var seats: [RunnerSeat] = []
        if roles.contains(.scheduler) {
            let scheduler = SchedulerService(engine: engine, tzdata: { zones.version }, logger: logger)
            let sync = FolderSync(
                folder: DAGFolder(path: folder),
                engine: engine,
                zones: zones,
                holder: holder,
                logger: logger
            )
            services += [scheduler, sync]
            services.append(
                RetentionService(
                    pruner: Pruner(store: store, holder: holder),
                    retention: settings.retention,
                    logger: logger
                )
            )
            checks.append(
                ReadinessCheck(name: "scheduler") {
                    guard let age = scheduler.age else { return "the scheduler has not looked yet" }
                    guard age > .seconds(30) else { return nil }
                    return "the scheduler last looked \(age.components.seconds) s ago"
                }
            )
        }
        if roles.contains(.executor) {
            let secrets = SecretProvider(settings.secrets)
            services.append(SecretCheck(secrets: secrets, logger: logger))
            let factory = RunnerFactory(
                settings: settings,
                directory: directory,
                folder: folder,
                engine: engine,
                holder: holder,
                secrets: secrets,
                localName: localRunner,
                logger: logger
            )
            seats = try factory.seats()
            services += try dialIn(store, engine, holder, secrets)
            let own = settings.publicURL
            services.append(
                NotificationService(
                    engine: engine,
                    notifications: settings.notifications,
                    publicURL: { own ?? address.url },
                    version: Version.current,
                    logger: logger
                )
            )
        }
        if roles.contains(.web) {
            services += try web(store, engine, zones, checks, address, onReady: onReady).makeServices()
        }
        // The last is stopped first: while a server drains its pages are there and its reports are written.
        services.append(Seats(seats: seats, drains: drains, logger: logger, onEnd: onDrained))
        return (services, engine)
    }

    private func web(
        _ store: Store,
        _ engine: Engine,
        _ zones: ZoneDatabase,
        _ checks: [ReadinessCheck],
        _ address: OwnAddress,
        onReady: @escaping @Sendable (Int, String) -> Void
    ) throws -> WebServer {
        var configuration = WebConfiguration()
        configuration.host = host
        configuration.port = port
        configuration.socketPath = directory.socketPath
        configuration.version = Version.current
        configuration.folder = folder
        configuration.hosts = hostNames
        configuration.checks = checks
        configuration.zoneData = { zones.version }
        configuration.readDefinition = { source in
            DAGFile.parse(
                source: source.bytes,
                path: source.path,
                id: source.dag,
                calendars: CalendarSet(source.calendars)
            ) { try zones.rules(for: $0) }.dag
        }
        let logger = logger
        configuration.onListening = { port in
            address.set(port: port)
            do {
                onReady(port, try await store.createLoginLink())
            } catch {
                logger.error("no one-time link could be made: \(error). `rota login` makes another.")
            }
        }
        return try WebServer(
            configuration: configuration,
            store: store,
            // It lives as long as the process.
            watched: Store(pool: Pool(database, size: 1)),
            operations: Operations(engine: engine),
            logger: logger
        )
    }

    /// Runs all services; once what was to drain has drained, nothing holds up the stop for more than ten seconds.
    private func run(_ group: ServiceGroup, afterDrain drained: AsyncStream<Void>) async throws {
        guard drains else { return try await group.run() }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            tasks.addTask {
                for await _ in drained {}
                try await Task.sleep(for: .seconds(10))
            }
            defer { tasks.cancelAll() }
            try await tasks.next()
        }
    }

    private func sayWhatRunsOn(_ store: Store) async {
        do {
            let running = try await store.perform { try $0.runningOn() }
            guard !running.isEmpty else { return }
            Terminal.messages.line("Stopped. These tasks run on, and the next start finds them again:")
            for task in running.prefix(20) { Terminal.messages.line("  \(task)") }
            if running.count > 20 { Terminal.messages.line("  and \(running.count - 20) more") }
        } catch {
            logger.debug("could not list what runs on: \(error)")
        }
    }
}

/// Tells the others that this server lives, and keeps partitions ahead of time.
struct Heartbeat: Service {
    let store: Store
    let server: String
    let roles: [String]
    let logger: Logger

    func run() async throws {
        let name = HostName.current()
        await cancelWhenGracefulShutdown {
            var beats = 0
            var wasOff = false
            while !Task.isCancelled {
                do {
                    let skew = try await store.perform { connection in
                        let before = WallClock.now()
                        let database = try connection.clock()
                        let skew = ClockSkew(before: before, database: database, after: WallClock.now())
                        try connection.beat(
                            server: server,
                            host: name,
                            version: Version.current,
                            roles: roles,
                            skew: skew?.ahead
                        )
                        return skew
                    }
                    let isOff = skew?.isFar ?? wasOff
                    if isOff, !wasOff, let skew {
                        logger.warning(
                            """
                            this host's clock is \(skew.words) the database's, by which everything is scheduled. Set both \
                            by NTP.
                            """
                        )
                    }
                    wasOff = isOff
                    if beats % 360 == 0 { try await store.createPartitions() }
                    beats += 1
                } catch {
                    if !Task.isCancelled { logger.debug("no heartbeat: \(error)") }
                }
                // Cancelled: the loop ends.
                try? await Task.sleep(for: .seconds(10))
            }
        }
    }
}

/// Brings the private database back when it does not answer.
struct Revival: Service {
    let store: Store
    let revive: (@Sendable () async -> Void)?

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                // Cancelled: the loop ends.
                try? await Task.sleep(for: .seconds(2))
                guard let revive, !Task.isCancelled else { continue }
                do {
                    _ = try await store.now()
                } catch {
                    if !Task.isCancelled { await revive() }
                }
            }
        }
    }
}

/// Hears the other servers.
struct Hearing: Service {
    let listener: Postgres.Listener
    let announcer: Announcer
    let engine: Engine
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var isAway = false
            for await event in listener.notifications(on: [Announcer.channel]) {
                switch event {
                case .notification(_, let sender) where announcer.hasSaid(sender): break
                case .notification:
                    // Its own server looks after ticks and starts at once; only tasks may be for a runner here.
                    engine.executorWake.set()
                case .reconnected:
                    if isAway { logger.notice("the database answers again") }
                    isAway = false
                    engine.executorWake.set()
                    engine.schedulerWake.set()
                case .disconnected(let error):
                    if !isAway { logger.warning("the database does not answer: \(error)") }
                    isAway = true
                }
            }
        }
    }
}
