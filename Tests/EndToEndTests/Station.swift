import Core
import Glibc
import TestKit

/// One test's own Rota: a data directory and a DAG folder below a folder of its own, and the programs that work there.
///
/// `with` lends it and removes everything afterwards: servers, keepers, what tasks left running, and the folder.
final class Station {
    let folder: String
    private var programs: [Program] = []
    /// What a server says when it is ready, over the last start.
    private(set) var ready = ""

    var data: String { folder + "/data" }
    var dags: String { folder + "/dags" }
    /// Where tasks of a test leave what they have to say to it.
    var witness: String { folder + "/witness" }

    private init() throws {
        var template = Array("/tmp/rota-e2e-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw StationError.failed("no folder under /tmp") }
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // Root's private PostgreSQL runs as another user, who has to pass through.
        unsafe chmod(folder, 0o755)
        unsafe mkdir(dags, 0o755)
        unsafe mkdir(witness, 0o755)
    }

    /// Lends a station to a test; only a few of them are in use at a time.
    static func with(_ body: (Station) async throws -> Void) async throws {
        try await StationPlaces.shared.withPlace {
            let station = try Station()
            do {
                try await body(station)
            } catch {
                await station.clean()
                throw error
            }
            await station.clean()
        }
    }

    // MARK: - Programs

    /// The folder with the programs that were built beside this one.
    static let binaries: String = {
        if let folder = unsafe getenv("ROTA_BIN_DIR") { return unsafe String(cString: folder) }
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = max(0, unsafe readlink("/proc/self/exe", &buffer, buffer.count))
        let parts = buffer[..<count].split(separator: 0x2F).dropLast()
        return parts.map { "/" + String(decoding: $0.map { UInt8(bitPattern: $0) }, as: UTF8.self) }.joined()
    }()

    /// What every program is told by its environment: nothing of the tester's own.
    var environment: [String: String] {
        ["PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": folder, "LANG": "C.UTF-8"]
    }

    /// Runs `rota` to its end, as typed, in the station's folder.
    func bare(_ arguments: [String], environment more: [String: String] = [:]) async throws -> ProgramResult {
        try await Program.run(
            Self.binaries + "/rota",
            arguments,
            environment: environment.merging(more) { $1 },
            folder: folder
        )
    }

    /// Runs a client command at this station's server, to its end.
    func rota(_ arguments: String...) async throws -> ProgramResult {
        try await bare(arguments, environment: ["ROTA_DATA": data])
    }

    /// Starts a client command and lets it run.
    func begin(_ arguments: String...) throws -> Program {
        try launch(arguments, environment: ["ROTA_DATA": data])
    }

    /// Starts `rota` and lets it run.
    func launch(_ arguments: [String], environment more: [String: String] = [:]) throws -> Program {
        let program = try Program(
            Self.binaries + "/rota",
            arguments,
            environment: environment.merging(more) { $1 },
            folder: folder
        )
        programs.append(program)
        return program
    }

    /// Runs a client command with `--json`, which has to succeed, and reads its document.
    func json(_ arguments: String...) async throws -> JSONValue {
        let result = try await bare(arguments + ["--json"], environment: ["ROTA_DATA": data])
        guard result.exitCode == 0, let document = JSONValue(parsing: result.text) else {
            throw StationError.failed("\(result)")
        }
        return document
    }

    // MARK: - Servers

    /// Starts `rota standalone` and waits until it is ready.
    func start() async throws -> Program {
        try await start(["standalone", "--data", data, "--dags", dags, "--port", "0"])
    }

    /// Starts a server and waits until it is ready.
    func start(_ arguments: [String], environment: [String: String] = [:]) async throws -> Program {
        let server = try launch(arguments, environment: environment)
        ready = try await server.line(startingWith: "ready ")
        return server
    }

    /// Starts a server for DAG files that are in force when this returns.
    func start(_ files: [String: String]) async throws -> Program {
        for (name, text) in files { try write(name, text) }
        let server = try await start()
        for name in files.keys { try await awaitDAG(DAGFileName.id(of: name)) }
        return server
    }

    /// Where the server that was started last listens.
    var address: ServerAddress {
        get throws { try ServerAddress(ready: ready) }
    }

    /// Waits until a DAG is known.
    func awaitDAG(_ id: String) async throws {
        try await eventually("DAG '\(id)'") { try await rota("dags", "show", id).exitCode == 0 }
    }

    /// The number of the private PostgreSQL's first process.
    func postmaster() throws -> Int32 {
        let path = data + "/postgres/data/postmaster.pid"
        guard let line = TextFile.read(path)?.split(separator: "\n").first, let process = Int32(line) else {
            throw StationError.failed("no process in \(path)")
        }
        return process
    }

    /// The number of the keeper of this station's local runner.
    func keeper() throws -> Int32 {
        for process in Processes.all where Processes.program(process) == "rota-keeper" {
            if Processes.words(process).contains(data + "/runner") { return process }
        }
        throw StationError.failed("no keeper of \(data)/runner")
    }

    // MARK: - Files

    /// Puts a file into the DAG folder as editors do: written elsewhere, then moved into place.
    func write(_ name: String, _ text: String) throws {
        let draft = folder + "/draft"
        try TextFile.write(text, to: draft)
        if let slash = name.lastIndex(of: "/") { unsafe mkdir(dags + "/" + name[..<slash], 0o755) }
        guard unsafe rename(draft, dags + "/" + name) == 0 else { throw StationError.failed("\(name) was not moved") }
    }

    /// Writes a file into the station's own folder.
    func put(_ name: String, _ text: String) throws {
        try TextFile.write(text, to: folder + "/" + name)
    }

    /// The lines that tasks wrote to a witness file, which are complete ones.
    func lines(of name: String) -> [String] {
        (TextFile.read(witness + "/" + name) ?? "").split(separator: "\n").map(String.init)
    }

    /// Makes a witness file, for which a task waits.
    func leave(_ name: String) throws {
        try TextFile.write("", to: witness + "/" + name)
    }

    // MARK: - The end

    private func clean() async {
        for program in programs where !program.hasEnded { program.signal(SIGINT) }
        for program in programs {
            // One that does not end in time has been killed, which is all that is wanted here.
            _ = try? await program.result(limit: .seconds(60))
        }
        // Keepers, a PostgreSQL whose server was killed, and what tasks left: all of them name the folder.
        for _ in 0..<100 {
            let left = Processes.all.filter { Processes.mentions($0, folder) }
            if left.isEmpty { break }
            for process in left { _ = kill(process, SIGKILL) }
            // The wait is not cancelled, and if it were, the loop would just be quicker.
            try? await Task.sleep(for: .milliseconds(20))
        }
        // What cannot be removed does no harm to other tests.
        _ = try? await Program.run("/bin/rm", ["-rf", "--", folder])
    }
}

/// Why a station is not fit for its test.
enum StationError: Error, CustomStringConvertible {
    case failed(String)

    var description: String {
        switch self {
        case .failed(let sentence): sentence
        }
    }
}

/// How a file's name makes a DAG's id.
enum DAGFileName {
    static func id(of name: String) -> String {
        let stem = name.hasSuffix(".yaml") ? name.dropLast(5) : name[...]
        return stem.split(separator: "/").joined(separator: ".")
    }
}
