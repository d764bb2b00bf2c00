import Core
import Glibc
import Postgres
import Synchronization
import TestKit

/// Starts the example site and fills it.
actor ExampleSiteStarter {
    private let thread = SerialThread(name: "example-site")
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe thread.asUnownedSerialExecutor() }

    private static let watchdog = Mutex<Watchdog?>(nil)

    /// Starts a server, says its first line, and at the end of standard input ends all that names its folder: the
    /// server, its keeper, and what tasks left.
    private static let script = """
        folder=$1; shift
        cd "$folder" || exit
        "$@" 2>"$folder/server.log" &
        server=$!
        trap '' PIPE
        read -r _
        kill -KILL $server
        for process in /proc/[0-9]*; do
            [ "${process#/proc/}" = $$ ] && continue
            if tr '\\0' '\\n' 2>/dev/null <"$process/cmdline" | grep -qF "$folder" ||
                tr '\\0' '\\n' 2>/dev/null <"$process/environ" | grep -qF "$folder"
            then kill -KILL "${process#/proc/}" 2>/dev/null
            fi
        done
        cd / && rm -rf "$folder"
        """

    /// Starts server and runs; returns when the runs have ended.
    func start() async throws -> ExampleSite {
        let folder = try Self.makeFolder()
        for (name, text) in ExampleDAGs.files(witness: "\(folder)/witness") {
            try SiteFile.write(text, to: "\(folder)/dags/\(name)")
        }
        try SiteFile.write("pools: {warehouse: 2, reports: 4}\n", to: "\(folder)/data/rota.yaml")
        let database = try await PrivateServer.shared().database()
        let variables = ["DATABASE_URL=\(database.address)"] + Self.environment(folder).map { "\($0.key)=\($0.value)" }
        let command = [
            Self.binaries + "/rota", "serve", "--data", "\(folder)/data", "--dags", "\(folder)/dags", "--listen",
            "127.0.0.1:0", "--runner-name", "here",
        ]
        let shell = ["/bin/sh", "-c", Self.script, "example-site", folder]
        let watchdog = try Watchdog(arguments: ["/usr/bin/env", "-i"] + variables + shell + command)
        Self.watchdog.withLock { $0 = watchdog }
        atexit { ExampleSiteStarter.watchdog.withLock { $0?.end() } }
        guard let line = watchdog.readLine(), line.hasPrefix("ready "), let end = line.range(ofFirst: "/login/") else {
            throw SiteError.failed("the server did not start. See \(folder)/server.log")
        }
        let url = String(line[line.index(line.startIndex, offsetBy: 6)..<end])
        let runs = try await Self.seed(folder)
        return ExampleSite(url: url, database: database, folder: folder, runs: runs)
    }

    // MARK: - Seeding

    private static func seed(_ folder: String) async throws -> [String: String] {
        for file in ExampleDAGs.files(witness: "").keys where file != "broken.yaml" {
            let name = String(file.dropLast(5))
            try await eventually("DAG '\(name)'") {
                try await run(["dags", "show", name], folder: folder).exitCode == 0
            }
        }
        func trigger(_ dag: String, _ more: String...) async throws -> String {
            let text = try await rota(["trigger", dag] + more, folder: folder).text
            return text.split(separator: "\n").first.map(String.init) ?? ""
        }
        var runs: [String: String] = [:]
        runs["many"] = try await trigger("many")
        runs["succeeded"] = try await trigger("sales_daily", "-p", "rows=50")
        runs["parts"] = try await trigger("parts")
        try await rota(
            ["backfill", "nightly", "--from", "2026-08-01T00:00:00Z", "--to", "2026-08-05T00:00:00Z"],
            folder: folder
        )
        try await awaitRun(runs["succeeded"] ?? "", "success", folder: folder)
        runs["before"] = try await trigger("sales_daily")
        try await awaitRun(runs["before"] ?? "", "failed", folder: folder)
        runs["failed"] = try await trigger("sales_daily", "-p", "rows=130")
        for name in ["failed", "many", "parts"] { try await awaitRun(runs[name] ?? "", "failed", folder: folder) }
        // It goes on as long as the site does.
        runs["running"] = try await trigger("stays")
        try SiteFile.write(ExampleDAGs.nightlyChanged, to: "\(folder)/dags/nightly.yaml")
        try await eventually("version 2 of 'nightly'") {
            let text = try await rota(["dags", "show", "nightly", "--json"], folder: folder).text
            return JSONValue(parsing: text)?["version"]?.plainText == "2"
        }
        return runs
    }

    /// Waits until a run is in a state.
    static func awaitRun(_ name: String, _ state: String, folder: String) async throws {
        try await eventually("\(name) in state \(state)") {
            let document = JSONValue(parsing: try await rota(["runs", "show", name, "--json"], folder: folder).text)
            return document?["state"]?.plainText == state
        }
    }

    /// Runs a client command, which has to succeed.
    @discardableResult static func rota(_ arguments: [String], folder: String) async throws -> ProgramResult {
        let result = try await run(arguments, folder: folder)
        guard result.exitCode == 0 else { throw SiteError.failed("\(result)") }
        return result
    }

    private static func run(_ arguments: [String], folder: String) async throws -> ProgramResult {
        let environment = environment(folder).merging(["ROTA_DATA": "\(folder)/data"]) { $1 }
        return try await Program.run(binaries + "/rota", arguments, environment: environment, folder: folder)
    }

    private static func environment(_ folder: String) -> [String: String] {
        ["PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": folder, "LANG": "C.UTF-8"]
    }

    // MARK: - Places

    /// The folder with the programs that were built beside this one.
    private static let binaries: String = {
        if let folder = unsafe getenv("ROTA_BIN_DIR") { return unsafe String(cString: folder) }
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = max(0, unsafe readlink("/proc/self/exe", &buffer, buffer.count))
        let parts = buffer[..<count].split(separator: 0x2F).dropLast()
        return parts.map { "/" + String(decoding: $0.map { UInt8(bitPattern: $0) }, as: UTF8.self) }.joined()
    }()

    private static func makeFolder() throws -> String {
        var template = Array("/tmp/rota-site-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw SiteError.failed("no folder under /tmp") }
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        for name in ["", "/data", "/dags", "/witness"] {
            unsafe mkdir(folder + name, 0o755)
            unsafe chmod(folder + name, 0o755)
        }
        return folder
    }
}

extension String {
    /// Where a text first begins in this one.
    fileprivate func range(ofFirst text: String) -> String.Index? {
        indices.first { self[$0...].hasPrefix(text) }
    }
}
