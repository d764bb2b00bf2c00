import Glibc
import Postgres
import Synchronization

/// A `rota standalone` with data of its own, driven from outside.
struct MeasuredServer: Sendable {
    let scratch: ScratchFolder
    let rota: String
    private let process: pid_t
    private let cleanup: Int
    /// The link that signs in, once.
    let link: String
    /// A session of ours on its database.
    let database: Connection

    /// The database's own name and version, once one was asked.
    static var databaseVersion: String? { version.withLock { $0 } }
    private static let version = Mutex<String?>(nil)

    /// The server's data directory.
    var data: String { Self.data(scratch) }
    /// Its DAG folder.
    var dags: String { Self.dags(scratch) }
    /// A file to which tasks may write.
    var witness: String { scratch.path + "/witness" }

    private static func data(_ scratch: ScratchFolder) -> String { scratch.path + "/data" }
    private static func dags(_ scratch: ScratchFolder) -> String { scratch.path + "/dags" }

    /// How many tasks its runner takes at once, unless a row says otherwise.
    static let usualSlots = 32

    /// Runs a body with a server that has these DAG files in force, and ends it afterwards.
    ///
    /// `settings`: What its settings file says besides its runner.
    static func with<R: Sendable>(
        _ bench: Bench,
        files: [DAGText],
        slots: Int = usualSlots,
        settings: String = "",
        _ body: (MeasuredServer) async throws -> R
    ) async throws -> R {
        let server = try await start(bench, files: files, slots: slots, settings)
        do {
            try await server.waitForDAGs(files.count)
            try await server.waitForRunners(1)
            let result = try await body(server)
            await server.stop()
            return result
        } catch {
            await server.stop()
            throw error
        }
    }

    private static func start(
        _ bench: Bench,
        files: [DAGText],
        slots: Int,
        _ settings: String
    ) async throws -> MeasuredServer {
        let scratch = try ScratchFolder(in: bench.directory)
        let leftovers = Cleanup.add { Residue(scratch: scratch, data: data(scratch)).clear() }
        do {
            try TextFile.makeFolder(data(scratch), mode: 0o711)
            try TextFile.makeFolder(dags(scratch))
            let settings = "runners: [{name: local, kind: local, slots: \(slots)}]\n\(settings)"
            try TextFile.write(settings, to: data(scratch) + "/rota.yaml")
            for file in files { try file.write(in: dags(scratch)) }
            let (process, link) = try launch(bench.rota, scratch)
            let connection = try await connect(scratch)
            return MeasuredServer(
                scratch: scratch,
                rota: bench.rota,
                process: process,
                cleanup: leftovers,
                link: link,
                database: connection
            )
        } catch {
            Residue(scratch: scratch, data: data(scratch)).clear()
            Cleanup.forget(leftovers)
            throw error
        }
    }

    /// Starts the server and waits for its word, which ends with a link.
    private static func launch(
        _ rota: String,
        _ scratch: ScratchFolder
    ) throws(BenchFailure) -> (process: pid_t, link: String) {
        let log = unsafe open(scratch.path + "/server.log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        var pipe: [Int32] = [0, 0]
        guard log >= 0, unsafe Glibc.pipe(&pipe) == 0 else {
            throw .system(doing: "listen to the server", code: errno)
        }
        for descriptor in pipe { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        defer { for descriptor in [log, pipe[0]] { close(descriptor) } }
        let arguments = ["standalone", "--data", data(scratch), "--dags", dags(scratch), "--port", "0"]
        let process: pid_t
        do {
            process = try Program(rota, arguments, isDetached: true).start(output: pipe[1], error: log)
            close(pipe[1])
        } catch {
            close(pipe[1])
            throw error
        }
        var said = ""
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !said.contains("\n") {
            let count = unsafe read(pipe[0], &buffer, buffer.count)
            guard count > 0 else {
                _ = try Program.wait(for: process)
                throw .serverEnded(log: TextFile.read(scratch.path + "/server.log") ?? "")
            }
            said += String(decoding: buffer[..<count], as: UTF8.self)
        }
        let line = said.prefix { $0 != "\n" }
        return (process, line.split(separator: " ").last.map(String.init) ?? "")
    }

    /// Where the database of a server listens that keeps its data here.
    private static func databaseAddress(_ scratch: ScratchFolder) throws(BenchFailure) -> String {
        let lines = Residue(scratch: scratch, data: data(scratch)).postmasterFile
        guard lines.count > 4 else { throw .strange(what: "the server's database has no pid file") }
        return "host=\(lines[4]) port=5432 dbname=rota user=rota"
    }

    /// Where its database listens.
    func databaseAddress() throws(BenchFailure) -> String { try Self.databaseAddress(scratch) }

    private static func connect(_ scratch: ScratchFolder) async throws -> Connection {
        let connection = try await Connection.connect(try ConnectionConfiguration(try databaseAddress(scratch)))
        let row = try await connection.execute(Statement(name: "version", sql: "SHOW server_version"))[0]
        let number: String = try row.decode(0)
        version.withLock { $0 = "PostgreSQL \(number)" }
        return connection
    }

    /// Ends the server as Ctrl-C would, and whatever is left of it by force; its folder goes.
    private func stop() async {
        await database.close()
        await Program.end(process)
        Residue(scratch: scratch, data: data).clear()
        Cleanup.forget(cleanup)
    }

    // MARK: What runs

    /// The processes that the server consists of.
    func processes() throws(BenchFailure) -> ServerProcesses {
        let residue = Residue(scratch: scratch, data: data)
        guard let keeper = residue.keeper, let postmaster = residue.postmaster else {
            throw .strange(what: "the server has no keeper or no database")
        }
        return ServerProcesses(server: process, keeper: keeper, postmaster: postmaster)
    }

    // MARK: Driving it

    /// A connection to the API.
    func api() throws(BenchFailure) -> APISocket { try APISocket(path: data + "/rota.sock") }

    /// Waits until so many DAGs are in force.
    func waitForDAGs(_ count: Int, every pause: Duration = .milliseconds(10)) async throws {
        let statement = Statement(
            name: "bench_dags",
            sql: "SELECT count(*) FROM dag WHERE state = 'active' AND version_id IS NOT NULL"
        )
        try await wait(for: "\(count) DAGs to be in force", every: pause) {
            let found: Int = try await database.execute(statement)[0].decode(0)
            return found >= count
        }
    }

    /// Waits until so many runners take tasks: before that their keepers may still be on their way to where they stay.
    func waitForRunners(_ count: Int) async throws {
        let statement = Statement(
            name: "bench_runners",
            sql: "SELECT count(*) FROM runner WHERE state = 'online' AND kind = 'local'"
        )
        try await wait(for: "\(count) runners") {
            let online: Int = try await database.execute(statement)[0].decode(0)
            return online >= count
        }
    }

    /// Waits until no run is under way, and insists that all of a DAG's runs have succeeded.
    func waitForRuns(
        of dag: String,
        limit: Int = 300,
        every pause: Duration = .milliseconds(10)
    ) async throws {
        let live = Statement(
            name: "bench_live_runs",
            sql: "SELECT count(*) FROM dag_run WHERE state IN ('queued', 'running') AND dag_id > 0"
        )
        try await wait(for: "the runs of \(dag)", limit: limit, every: pause) {
            let count: Int = try await database.execute(live)[0].decode(0)
            return count == 0
        }
        let states = Statement(
            name: "bench_run_states",
            sql: """
                SELECT coalesce(string_agg(DISTINCT r.state, ', '), 'none')
                FROM dag_run r JOIN dag d ON d.id = r.dag_id WHERE d.name = $1
                """
        )
        let found: String = try await database.execute(states, [dag])[0].decode(0)
        guard found == "success" else { throw BenchFailure.runFailed(dag: dag, states: found) }
    }

    /// Asks again and again.
    func wait(
        for what: String,
        limit: Int = 120,
        every pause: Duration = .milliseconds(10),
        _ isDone: () async throws -> Bool
    ) async throws {
        let due = ContinuousClock.now + .seconds(limit)
        while try await !isDone() {
            guard .now < due else { throw BenchFailure.tooLong(what: what, seconds: limit) }
            try await Machine.pause(pause)
        }
    }

    /// What tasks have written to the witness file, a line each, and forgets it.
    func takeWitness() -> [[Substring]] {
        let text = TextFile.read(witness) ?? ""
        unsafe unlink(witness)
        return text.split(separator: "\n").map { $0.split(separator: " ") }
    }
}

/// A DAG file to be written.
struct DAGText: Sendable {
    var name: String
    var text: String

    func write(in folder: String) throws(BenchFailure) {
        try TextFile.write(text, to: "\(folder)/\(name).yaml")
    }
}
