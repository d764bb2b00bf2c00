import Core
import DAGFile
import Logging
import Postgres
import Store
import TestKit
import Testing
import YAML
import Zones

@testable import Scheduler

/// A database with an engine on it, and a runner that is played by the test.
struct Stage {
    let store: Store
    let engine: Engine
    let operations: Operations
    private let pool: Pool
    private let database: PrivateDatabase

    /// What was claimed for the test to play.
    struct Claimed: Sendable {
        var attempt: AttemptID
        var run: Int
        var task: String
        /// -1 where the task is not mapped.
        var mapIndex: Int
    }

    /// Gives the body a fresh database and takes it away afterwards.
    ///
    /// `clock`: What the database is to believe the time is, until `set(clock:)`; nil: this machine's time.
    static func with<R>(clock: Timestamp? = nil, _ body: (Stage) async throws -> R) async throws -> R {
        let server = try await PrivateServer.shared()
        let template = try await server.template("rota") { configuration in
            let pool = Pool(configuration, size: 1)
            try await Store(pool: pool).migrate()
            await pool.close()
        }
        let database = try await server.database(template: template)
        if let clock { try await database.execute(Self.clockScript(database.name, clock)) }
        let stage = Stage(database)
        do {
            let result = try await body(stage)
            try await stage.close()
            return result
        } catch {
            try await stage.close()
            throw error
        }
    }

    /// How the database is reached.
    var configuration: ConnectionConfiguration { database.configuration }

    private init(_ database: PrivateDatabase) {
        self.database = database
        pool = Pool(database.configuration, size: 4)
        store = Store(pool: pool)
        let zones = ZoneDatabase()
        let versions = DAGVersions { source in
            let result = DAGFile.parse(
                source: source.bytes,
                path: source.path,
                id: source.dag,
                calendars: CalendarSet(source.calendars)
            ) { try zones.rules(for: $0) }
            guard let dag = result.dag else { throw Malformed(problems: result.problems.map(\.description)) }
            return dag
        }
        var logger = Logger(label: "test")
        logger.logLevel = .error
        engine = Engine(
            store: store,
            versions: versions,
            executorWake: WakeFan(),
            schedulerWake: WakeSignal(),
            announcer: nil,
            logger: logger,
            chance: { 0.5 }
        )
        operations = Operations(engine: engine)
    }

    /// Another engine on the same database, as after a restart of the server: it remembers nothing.
    func restarted() -> Stage { Stage(database) }

    /// A function of the same name as the system's, found before it because of the search path.
    private static func clockScript(_ database: String, _ clock: Timestamp) -> String {
        """
        CREATE SCHEMA simulation;
        CREATE TABLE simulation.clock (at timestamptz NOT NULL);
        INSERT INTO simulation.clock VALUES ('\(clock.rfc3339)');
        CREATE FUNCTION simulation.clock_timestamp() RETURNS timestamptz LANGUAGE sql STABLE
            AS 'SELECT at FROM simulation.clock';
        CREATE FUNCTION simulation.statement_timestamp() RETURNS timestamptz LANGUAGE sql STABLE
            AS 'SELECT at FROM simulation.clock';
        ALTER DATABASE "\(database)" SET search_path = simulation, public, pg_catalog;
        """
    }

    /// Sets the clock of a stage that was given one.
    func set(clock: Timestamp) async throws {
        try await database.execute("UPDATE simulation.clock SET at = '\(clock.rfc3339)'")
    }

    /// Asks the database for texts, row by row.
    func ask(_ sql: String, columns: Int = 1) async throws -> [[String]] {
        try await store.perform { connection in
            try connection.execute(Statement(name: "test \(sql.hashValue)", sql: sql)).map { row in
                try (0..<columns).map { try row.decode($0) }
            }
        }
    }

    /// Derives a DAG's next tick anew.
    func rederive(_ dag: String) async throws {
        let row = try await store.perform { try $0.dag(named: dag) }
        if let row { try await engine.rederive(row.id) }
    }

    /// Gives the connections back.
    func closePool() async { await pool.close() }

    private func close() async throws {
        await pool.close()
        try await database.drop()
    }

    struct Malformed: Error {
        var problems: [String]
    }

    /// Puts a DAG file's text in force.
    func put(_ text: String, id: String, calendars: [String: String] = [:]) async throws {
        let zones = ZoneDatabase()
        let source = VersionSource(
            dag: id,
            path: id + ".yaml",
            bytes: Array(text.utf8),
            calendars: calendars.mapValues { Array($0.utf8) }
        )
        let set = CalendarSet(source.calendars)
        let result = DAGFile.parse(source: source.bytes, path: source.path, id: id, calendars: set) {
            try zones.rules(for: $0)
        }
        guard let dag = result.dag else { throw Malformed(problems: result.problems.map(\.description)) }
        let engine = engine
        let outcome = try await store.transaction {
            try engine.putInForce(dag, source: source, tzdata: nil, on: $0)
        }
        await engine.follow(outcome)
    }

    /// Takes what is queued, as an executor would.
    func claim(limit: Int = 10_000) async throws -> [Claimed] {
        let runner = ClaimingRunner(name: "stage", labels: [], slots: 1_000, isLocal: true, fence: 1, holder: "test:1")
        let versions = engine.versions
        return try await store.transaction { connection in
            let tasks = try connection.queuedTasks(for: runner, limit: limit, except: FullLimits()).tasks
                .sorted { (-$0.priority, $0.id) < (-$1.priority, $1.id) }.prefix(limit)
            var intents: [Intent] = []
            for (number, task) in tasks.enumerated() {
                intents.append(
                    Intent(
                        id: AttemptID(
                            milliseconds: 1_700_000_000_000 + Int64(task.id),
                            random: (UInt64(task.attempts), UInt64(number))
                        ),
                        task: task
                    )
                )
            }
            try connection.write(intents, runner: runner, bootID: "boot", directoryID: "directory")
            let items = try connection.items(of: intents.map(\.task.id))
            return try intents.map { intent in
                let version = try versions.version(intent.task.version, on: connection)
                return Claimed(
                    attempt: intent.id,
                    run: intent.task.run,
                    task: version.dag.tasks[intent.task.task].id,
                    mapIndex: items[intent.task.id]?.mapIndex ?? -1
                )
            }
        }
    }

    /// Reports that a claimed attempt's command exited.
    func exit(_ claimed: Claimed, code: Int32, outputs: [String: String] = [:]) async throws {
        let now = Timestamp(seconds: 1_700_000_000)
        let record = ExitRecord(
            ending: .exited(code),
            startedAt: now,
            endedAt: now,
            duration: .milliseconds(5),
            logBytes: 0
        )
        try await engine.submit(
            AttemptReport(
                attempt: claimed.attempt,
                run: claimed.run,
                end: .exited(record, outputProblem: nil),
                outputs: outputs,
                logLength: 0
            )
        )
    }

    /// Plays every task until nothing is queued; returns the tasks in the order in which they started.
    @discardableResult
    func play(_ code: (String) -> Int32 = { _ in 0 }) async throws -> [String] {
        var order: [String] = []
        while true {
            let claimed = try await claim()
            guard !claimed.isEmpty else { return order }
            for item in claimed {
                order.append(item.task)
                try await exit(item, code: code(item.task))
            }
        }
    }

    /// The states of a run and its tasks.
    func states(_ name: RunName) async throws -> (run: RunState, tasks: [String: TaskState]) {
        guard let detail = try await store.runDetail(name) else { throw OperationError.unknownRun(name) }
        return (detail.run.state, Dictionary(detail.tasks.map { ($0.id, $0.state) }) { first, _ in first })
    }
}

extension Stage {
    /// Every instance of a run with its state, in the file's order: `clean[3] success`.
    func instances(_ name: RunName, reasons: Bool = false) async throws -> [String] {
        guard let detail = try await store.runDetail(name) else { throw OperationError.unknownRun(name) }
        return detail.tasks.map { task in
            let index = task.mapIndex.map { "[\($0)]" } ?? ""
            let reason = reasons ? task.reason.map { " \($0)" } ?? "" : ""
            return "\(task.id)\(index) \(task.state.rawValue)\(reason)"
        }
    }

    /// Whether somebody asked for a claimed attempt's end, as the database says it.
    func attempt(_ claimed: Claimed) async throws -> String {
        try await ask("SELECT left(cancel_requested::text, 1) FROM attempt WHERE id = '\(claimed.attempt)'")[0][0]
    }

    /// The states of a task's attempts, in order.
    func attemptStates(_ name: RunName, _ task: String) async throws -> [AttemptState] {
        guard let detail = try await store.runDetail(name) else { throw OperationError.unknownRun(name) }
        return detail.tasks.first { $0.id == task }?.attempts.map(\.state) ?? []
    }

    /// Triggers a DAG by hand.
    func trigger(_ dag: String, params: [String: String] = [:], key: String? = nil) async throws -> RunName {
        try await operations.trigger(dag: dag, params: params, logicalDate: nil, actor: "test", idempotencyKey: key)
    }

    /// The stored counts are what a recount gives, for runs and for every task's upstream.
    func expectSound(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let problems = try await store.check(versions: engine.versions)
        #expect(problems.isEmpty, sourceLocation: sourceLocation)
    }
}
