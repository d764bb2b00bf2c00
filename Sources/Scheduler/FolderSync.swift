import Core
package import DAGFile
package import Logging
import Postgres
import ServiceLifecycle
import Store
import Synchronization
import YAML
package import Zones

/// Keeps the DAGs in the store those of the folder.
///
/// Of several servers on one database the one with the lease does it. A broken file leaves the last good version in
/// force; a folder that cannot be read, or is suddenly empty, changes nothing.
package final class FolderSync: Service {
    /// How the sync behaves.
    package struct Configuration: Sendable {
        /// How often everything is looked at although nothing was noticed.
        ///
        /// Defaults to 10 s.
        package var rescanInterval: Duration = .seconds(10)
        /// How long a file must be gone until its DAG is retired.
        ///
        /// Defaults to 10 s.
        package var missingGrace: Duration = .seconds(10)
        /// How long a file that only a rescan noticed must have stood still.
        ///
        /// Defaults to 2 s.
        package var stillness: Duration = .seconds(2)

        /// All defaults.
        package init() {}
    }

    /// What is remembered of a file since it was last read.
    private struct Known: Sendable {
        var file: DAGFolder.File
        var errors: [Problem]
        /// The calendar that its schedule names: when that changes, the file is read again.
        var calendar: String?
    }

    private let folder: DAGFolder
    private let engine: Engine
    private let zones: ZoneDatabase
    private let holder: String
    private let configuration: Configuration
    private let logger: Logger
    private let state = Mutex(State())

    private struct State: Sendable {
        var known: [String: Known] = [:]
        var calendars = CalendarShelf()
        var lastTrouble: String?
        var reported: [String: [Problem]] = [:]
        var hasLooked = false
        /// A file is gone or still moving: look again soon.
        var isWaiting = false
        /// While another server keeps the DAGs: how this folder compares, and what last differed.
        var comparison = FolderComparison()
        var differing: [String] = []
        /// Files that were closed or moved into place since the last look.
        var noticed: Set<String> = []
    }

    /// Prepares the sync of a folder.
    ///
    /// `holder` is `SERVER:INCARNATION`, for the lease.
    package init(
        folder: DAGFolder,
        engine: Engine,
        zones: ZoneDatabase,
        holder: String,
        configuration: Configuration = Configuration(),
        logger: Logger
    ) {
        self.folder = folder
        self.engine = engine
        self.zones = zones
        self.holder = holder
        self.configuration = configuration
        self.logger = logger
    }

    /// Why the folder cannot be used at present; nil: it can.
    package var trouble: String? { state.withLock { $0.lastTrouble } }

    package func run() async throws {
        await cancelWhenGracefulShutdown { await self.loop() }
    }

    private func loop() async {
        let wake = WakeSignal()
        var watcher: DAGFolderWatcher?
        var reader: Task<Void, Never>?
        while !Task.isCancelled {
            if watcher == nil, let fresh = startWatcher() {
                watcher = fresh
                reader = Task { [weak self] in
                    for await event in fresh.events {
                        if case .changed(let paths) = event { self?.state.withLock { $0.noticed.formUnion(paths) } }
                        wake.set()
                    }
                }
            }
            let noticed = state.withLock { state in
                defer { state.noticed.removeAll() }
                return state.noticed
            }
            await look(noticed: noticed)
            let isSoon = state.withLock { $0.lastTrouble != nil || $0.isWaiting }
            await wake.wait(atMost: isSoon ? .seconds(2) : configuration.rescanInterval)
        }
        reader?.cancel()
        watcher?.stop()
    }

    private func startWatcher() -> DAGFolderWatcher? {
        do {
            return try DAGFolderWatcher(folder: folder)
        } catch {
            // The rescan finds changes as well, only later.
            note(trouble: error.description)
            return nil
        }
    }

    private func look(noticed: Set<String>) async {
        do {
            try await sync(noticed: noticed)
            let hadTrouble = state.withLock { state in
                defer { state.lastTrouble = nil }
                return state.lastTrouble != nil
            }
            if hadTrouble { logger.info("the DAG folder '\(folder.path)' is in order again") }
        } catch {
            if !Task.isCancelled { note(trouble: "\(error)") }
        }
    }

    private func note(trouble: String) {
        let isNew = state.withLock { state in
            defer { state.lastTrouble = trouble }
            return state.lastTrouble != trouble
        }
        if isNew { logger.error("\(trouble). The DAGs stay as they are.") }
    }

    /// Looks at the folder once and brings the store up to date.
    ///
    /// `noticed`: Files that were closed or moved into place just now; others must have stood still.
    package func sync(noticed: Set<String> = []) async throws {
        let holder = holder
        guard
            try await engine.store.transaction({
                try $0.acquireLease("folder", holder: holder, for: .seconds(30)) != nil
            })
        else {
            // What this server knew may be old when it has the lease again.
            state.withLock { $0.known.removeAll() }
            try await compare()
            return
        }
        // A new version would decide what is due of the old one.
        guard try await engine.store.perform({ try $0.clockAndHalt() }).halt == nil else { return }
        let hasNewZones = !zones.refresh().isEmpty
        if hasNewZones { forgetZones() }
        let rows = try await engine.store.perform { try $0.allDAGs() }
        let scan = try folder.scan(previous: rows.count(where: \.isActive))
        let now = try await engine.store.now()
        let stillness = Stillness(now: now, span: configuration.stillness, noticed: noticed)
        let calendars = refreshCalendars(scan, stillness)
        let (fresh, known, unsettled) = read(scan, calendars, stillness)
        try await store(fresh, rows)
        if hasNewZones {
            // Of a file that is broken, the last good version goes on by the new zone data as well.
            let stored = Set(fresh.map(\.dag.id))
            for row in rows where row.isActive && !stored.contains(row.name) { try await engine.rederive(row.id) }
        }
        // Only what is stored is known: after a failure it is read again.
        state.withLock { $0.known = known }
        try await retireMissing(scan, unsettled: unsettled)
        try await reportProblems(scan)
        state.withLock { $0.hasLooked = true }
    }

    /// Warns where this server's folder is another than that of the server whose files are in force.
    private func compare() async throws {
        if !zones.refresh().isEmpty { forgetZones() }
        var comparison = state.withLock { $0.comparison }
        let paths = try await comparison.differences(between: folder, and: engine.store)
        let isNews = state.withLock { [comparison] state in
            defer {
                state.comparison = comparison
                state.differing = paths
            }
            return state.differing != paths
        }
        guard isNews else { return }
        guard let first = paths.first else {
            logger.notice("the DAG folder '\(folder.path)' holds the files in force again")
            return
        }
        let more = paths.count > 1 ? " and \(paths.count - 1) more" : ""
        logger.warning(
            """
            the DAG folder '\(folder.path)' differs from the files in force, which another server reads: \
            \(first)\(more). Give all servers the same files.
            """
        )
    }

    private func forgetZones() {
        logger.notice("the zone data has changed; all schedules are derived anew")
        engine.versions.forgetAll()
        state.withLock { $0.known.removeAll() }
    }
}

// MARK: - Reading

extension FolderSync {
    /// A file that was read and is a DAG.
    struct Fresh: Sendable {
        var source: VersionSource
        var dag: DAG
    }

    /// Which files are left alone because somebody may be writing them.
    private struct Stillness {
        var now: Timestamp
        var span: Duration
        /// Files that were closed or moved into place just now.
        var noticed: Set<String>

        func isMoving(_ file: DAGFolder.File) -> Bool {
            let age = now - Timestamp(microseconds: file.modified / 1_000)
            return !noticed.contains(file.path) && age >= .zero && age < span
        }
    }

    /// Reads calendars that changed, and forgets the DAG files that name one.
    private func refreshCalendars(_ scan: DAGFolder.Scan, _ stillness: Stillness) -> CalendarSet {
        let (folder, hasLooked) = (folder, state.withLock { $0.hasLooked })
        return state.withLock { state in
            let isNew = state.calendars.refresh(scan, in: folder) { hasLooked && stillness.isMoving($0) }
            if isNew { state.known = state.known.filter { $0.value.calendar == nil } }
            return state.calendars.calendars
        }
    }

    /// Reads what changed since it was last read.
    private func read(
        _ scan: DAGFolder.Scan,
        _ calendars: CalendarSet,
        _ stillness: Stillness
    ) -> (fresh: [Fresh], known: [String: Known], unsettled: Bool) {
        let (known, isFirst) = state.withLock { ($0.known, !$0.hasLooked) }
        var next: [String: Known] = [:]
        var fresh: [Fresh] = []
        var unsettled = false
        for file in scan.files {
            if let old = known[file.path], file.isUnchanged(since: old.file) {
                next[file.path] = old
                continue
            }
            if !isFirst, stillness.isMoving(file) {
                unsettled = true
                next[file.path] = known[file.path]
                continue
            }
            let (result, dag) = readFile(file, calendars, now: stillness.now)
            next[file.path] = result
            if let dag { fresh.append(dag) }
        }
        return (fresh, next, unsettled)
    }

    private func readFile(_ file: DAGFolder.File, _ calendars: CalendarSet, now: Timestamp) -> (Known, Fresh?) {
        let bytes: [UInt8]
        let asRead: DAGFolder.File
        do {
            (bytes, asRead) = try folder.read(file)
        } catch {
            let problem = Problem(path: file.path, at: Mark(line: 1, column: 1), error.description)
            // Its rights may change without a trace in what a scan sees, so it is tried again each time.
            var file = file
            file.size = -1
            return (Known(file: file, errors: [problem]), nil)
        }
        let result = DAGFile.parse(
            source: bytes,
            path: file.path,
            id: file.id,
            now: now,
            calendars: calendars
        ) { [zones] name in
            try zones.rules(for: name)
        }
        guard let dag = result.dag else {
            // Hints beside errors would hide them; a file that is no DAG has nothing but a hint.
            let errors = result.problems.filter { $0.severity == .error }
            let listed = errors.isEmpty ? result.problems : errors
            return (Known(file: asRead, errors: listed, calendar: result.calendar), nil)
        }
        let source = VersionSource(
            dag: dag.id,
            path: file.path,
            bytes: bytes,
            calendars: result.calendar.map { calendars.sources(of: $0) } ?? [:]
        )
        return (Known(file: asRead, errors: [], calendar: result.calendar), Fresh(source: source, dag: dag))
    }
}

// MARK: - Writing

extension FolderSync {
    private func store(_ fresh: [Fresh], _ rows: [DAGRow]) async throws {
        // Everybody locks several DAGs in the order of their ids; new ones have none that others could know.
        let ids = Dictionary(rows.map { ($0.name, $0.id) }) { first, _ in first }
        var remaining = fresh.sorted { (ids[$0.dag.id] ?? .max, $0.dag.id) < (ids[$1.dag.id] ?? .max, $1.dag.id) }[...]
        while !remaining.isEmpty {
            let batch = Array(remaining.prefix(200))
            remaining = remaining.dropFirst(200)
            do {
                try await putInForce(batch)
            } catch {
                guard batch.count > 1, !Engine.isAboutTheDatabase(error) else { throw error }
                // One that cannot be stored holds up no other.
                for item in batch {
                    do {
                        try await putInForce([item])
                    } catch {
                        if Engine.isAboutTheDatabase(error) { throw error }
                        logger.error("DAG '\(item.dag.id)' could not be put in force: \(error)")
                    }
                }
            }
        }
        guard !fresh.isEmpty else { return }
        engine.schedulerWake.set()
        engine.executorWake.set()
    }

    private func putInForce(_ batch: [Fresh]) async throws {
        let engine = engine
        let tzdata = zones.version
        let outcome = try await engine.store.transaction { connection in
            var outcome = Pass.Outcome()
            for item in batch {
                outcome.formUnion(try engine.putInForce(item.dag, source: item.source, tzdata: tzdata, on: connection))
            }
            return outcome
        }
        await engine.follow(outcome)
    }

    /// Retires DAGs whose files have been gone for a while.
    private func retireMissing(_ scan: DAGFolder.Scan, unsettled: Bool) async throws {
        let present = Set(scan.files.map(\.id))
        let rows = try await engine.store.perform { try $0.allDAGs() }
        let missing = rows.filter { $0.isActive && !present.contains($0.name) }.map(\.id)
        let found = rows.filter { $0.missingSince != nil && present.contains($0.name) }.map(\.id)
        state.withLock { $0.isWaiting = unsettled }
        guard !missing.isEmpty || !found.isEmpty else { return }
        let grace = configuration.missingGrace
        let retired = try await engine.store.transaction { connection in
            try connection.noteFound(found)
            return try connection.noteMissing(missing, for: grace)
        }
        for id in retired {
            let versions = engine.versions
            // In one transaction: a run of a retired DAG that had not started could otherwise start after all.
            let outcome = try await engine.store.transaction { connection in
                _ = try connection.lockDAGs([id])
                try connection.retireDAG(id: id)
                try connection.endBackfills(ofDAG: id, reason: "file_removed")
                let runs = try connection.queuedRuns(dag: id)
                guard !runs.isEmpty else { return Pass.Outcome() }
                var pass = try Pass(locking: runs, versions: versions, on: connection)
                try pass.cancel(runs, actor: "scheduler", reason: "file_removed", on: connection)
                return try pass.finish(on: connection)
            }
            await engine.follow(outcome)
            if let name = rows.first(where: { $0.id == id })?.name {
                logger.notice("the file of DAG '\(name)' is gone: it is retired, its history stays")
            }
        }
        state.withLock { $0.isWaiting = unsettled || retired.count < missing.count }
    }

    private func reportProblems(_ scan: DAGFolder.Scan) async throws {
        let known = state.withLock { $0.known }
        var broken: [String: [Problem]] = [:]
        let calendars = state.withLock { $0.calendars.problems }
        for problem in scan.problems + calendars { broken[problem.path, default: []].append(problem) }
        for (path, file) in known where !file.errors.isEmpty { broken[path, default: []] += file.errors }
        let ids = Dictionary(scan.files.map { ($0.path, $0.id) }) { first, _ in first }
        let rows = broken.keys.sorted().map { path in
            (path: path, dag: ids[path], problems: JSONValue.array((broken[path] ?? []).map(\.json)))
        }
        try await engine.store.transaction { try $0.setFileErrors(rows) }
        let news = state.withLock { state in
            defer { state.reported = broken }
            return broken.filter { state.reported[$0.key] != $0.value }
        }
        for path in news.keys.sorted() {
            guard let first = news[path]?.first else { continue }
            logger.warning("\(first). The last good version, if there is one, stays in force.")
        }
    }
}
