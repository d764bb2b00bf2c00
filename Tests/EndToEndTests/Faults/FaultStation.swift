import Core
import Glibc
import Postgres
import TestKit

/// A small fleet on this host, each of whose lines goes through a proxy of its own, and tasks that bear witness.
///
/// Two servers share a PostgreSQL that may be killed. Tasks run on the servers' own hosts (`a`, `b`), on a runner that the
/// servers dial (`shelf`), on one that dials them (`far`), and over SSH (`box`).
final class FaultStation {
    static let names = ["a", "b"]

    let station: Station
    let own: OwnServer
    let database: PrivateDatabase
    let sshd: PrivateSSHServer
    /// Whether each fault is shown once and soon, and not for as long as it takes to be noticed.
    let isShort: Bool
    var servers: [String: Program] = [:]
    var daemons: [String: Program] = [:]
    private(set) var links: [String: CuttableProxy] = [:]
    /// Which invariants are told what was done on purpose.
    var testimony = Testimony(lines: [])
    /// The attempts of runs that wait for `open`, and the processes of their commands.
    var held: [String: [String: Int32]] = [:]
    private var doors: [String: Int] = [:]

    private init(station: Station, own: OwnServer, database: PrivateDatabase, sshd: PrivateSSHServer, isShort: Bool) {
        (self.station, self.own, self.database, self.sshd) = (station, own, database, sshd)
        self.isShort = isShort
    }

    /// Lends a fleet that is at work to the closure, and ends all of it.
    static func with(isShort: Bool, _ body: (FaultStation) async throws -> Void) async throws {
        let sshd = try PrivateSSHServer()
        defer { sshd.end() }
        try await OwnServer.with { own in
            try await Station.with { station in
                let database = try await own.server.database()
                let fleet = FaultStation(station: station, own: own, database: database, sshd: sshd, isShort: isShort)
                defer { for link in fleet.links.values { link.end() } }
                try await fleet.begin()
                try await body(fleet)
            }
        }
    }

    // MARK: - Beginning

    private func begin() async throws {
        try writeWork()
        try station.put("token", "a-long-random-word-for-a-test")
        let key = TextFile.read(sshd.folder + "/host_key.pub")?.split(separator: " ").prefix(2).joined(separator: " ")
        var known = ""
        for name in Self.names {
            let door = CuttableProxy.freePort()
            doors[name] = door
            links["\(name).database"] = CuttableProxy(.socket(own.socket))
            links["\(name).shelf"] = CuttableProxy(to: door)
            links["\(name).box"] = CuttableProxy(to: sshd.port)
            links["\(name).far"] = CuttableProxy(to: door)
            known += "[127.0.0.1]:\(port("\(name).box")) \(key ?? "")\n"
        }
        try station.put("known_hosts", known)
        try await serveShelf()
        for name in Self.names { try launchServer(name) }
        for name in Self.names { try await awaitReady(name) }
        try await Testimony.prepare(database)
        let token = try await ask("a", "runners", "token", "create", "fleet")
        guard token.exitCode == 0, let word = token.text.split(separator: "\n").first else {
            throw StationError.failed("\(token)")
        }
        try serveFar(more: ["--join", String(word), "--name", "far", "--slots", "16"])
        for id in Self.work.keys { try await awaitDAG(id) }
        try await allOnline()
    }

    func port(_ link: String) -> Int { links[link]?.port ?? 0 }

    /// Starts a server, unless it runs, and waits until it is ready.
    func serve(_ name: String) async throws {
        if servers[name]?.hasEnded != false { try launchServer(name) }
        try await awaitReady(name)
    }

    /// Starts a server and does not wait for it.
    func launchServer(_ name: String) throws {
        let data = "\(station.data)-\(name)"
        unsafe mkdir(data, 0o711)
        try TextFile.write(settings(name), to: data + "/rota.yaml")
        servers[name] = try station.launch(
            [
                "serve", "--data", data, "--dags", station.dags, "--listen", "127.0.0.1:0", "--runner-name", name,
            ],
            environment: ["DATABASE_URL": address(name)]
        )
    }

    private func awaitReady(_ name: String) async throws {
        _ = try await servers[name]?.line(startingWith: "ready ")
    }

    /// The database as a server sees it: through its own proxy.
    func address(_ name: String) -> String {
        "postgresql://rota@127.0.0.1:\(port("\(name).database"))/\(database.name)"
    }

    private func settings(_ name: String) -> String {
        """
        dial_in: {listen: "127.0.0.1:\(doors[name] ?? 0)"}
        pools: {narrow: 2}
        runners:
          - {name: \(name), kind: local, slots: 16}
          - name: shelf
            kind: http
            address: "http://127.0.0.1:\(port("\(name).shelf"))"
            token_file: \(station.folder)/token
            slots: 16
          - name: box
            kind: ssh
            address: 127.0.0.1
            port: \(port("\(name).box"))
            user: \(sshd.user)
            identity_file: \(sshd.identityFile)
            known_hosts: \(station.folder)/known_hosts
            slots: 16

        """
    }

    /// Starts the daemon that the servers dial.
    func serveShelf() async throws {
        let daemon = try station.launch(
            [
                "runner", "--listen", "127.0.0.1:0", "--token-file", "\(station.folder)/token", "--state",
                "\(station.folder)/shelf",
            ],
            environment: ["ROTA_BOOT_ID_FILE": bootFile]
        )
        daemons["shelf"] = daemon
        let ready = try await daemon.line(startingWith: "ready ")
        guard let port = ready.split(separator: ":").last.flatMap({ Int($0) }) else {
            throw StationError.failed(ready)
        }
        for name in Self.names { links["\(name).shelf"]?.redirect(to: .port(port)) }
    }

    /// Where the daemon of `shelf` reads which boot of its host this is.
    var bootFile: String { station.folder + "/boot" }

    /// Starts the daemon that dials the servers.
    func serveFar(more: [String] = []) throws {
        daemons["far"] = try station.launch(
            ["runner"] + Self.names.flatMap { ["--server", "http://127.0.0.1:\(port("\($0).far"))"] }
                + ["--state", "\(station.folder)/far"] + more
        )
    }

    // MARK: - Asking

    /// Runs a client command at a server, to its end.
    func ask(_ server: String, _ arguments: String...) async throws -> ProgramResult {
        try await station.bare(arguments, environment: ["ROTA_DATA": "\(station.data)-\(server)"])
    }

    func rows(_ sql: String) async throws -> [String] { try await database.rows(sql) }

    func awaitDAG(_ id: String) async throws {
        try await eventually("DAG '\(id)'") {
            try await rows("SELECT name FROM dag WHERE name = '\(id)' AND version_id IS NOT NULL").count == 1
        }
    }

    /// Waits until every runner can be reached.
    func allOnline() async throws {
        try await eventually("all runners online") {
            try await rows(
                "SELECT name FROM runner WHERE state = 'online' AND name IN ('a', 'b', 'shelf', 'box', 'far')"
            ).count == 5
        }
    }

    // MARK: - Signals

    /// Kills a server, and returns when it is gone.
    func kill(_ server: String) async throws {
        servers[server]?.signal(SIGKILL)
        _ = try await servers[server]?.result()
    }

    /// Kills the daemon of a runner, and starts it again.
    func replaceDaemon(_ name: String, by signal: Int32 = SIGKILL) async throws {
        daemons[name]?.signal(signal)
        _ = try await daemons[name]?.result()
        try await comeBack(name)
    }

    /// Starts the daemon of a runner, unless it runs.
    func comeBack(_ name: String) async throws {
        guard daemons[name]?.hasEnded != false else { return }
        if name == "shelf" { try await serveShelf() } else { try serveFar() }
    }

    /// The keeper of a runner on this host; nil where none runs.
    func keeper(of runner: String) -> Int32? {
        let folder = Self.names.contains(runner) ? "\(station.data)-\(runner)/runner" : "\(station.folder)/\(runner)"
        return Processes.all.first {
            Processes.program($0) == "rota-keeper" && Processes.words($0).contains(folder) && SeenProcess($0).isAlive
        }
    }

    /// Kills the keeper of a runner on purpose: what ran there may be lost.
    func killKeeper(of runner: String) async throws {
        guard let keeper = keeper(of: runner) else { return }
        // It counts for what was intended before.
        testimony.unkept.append((runner, try await rows("SELECT extract(epoch FROM clock_timestamp())").joined()))
        _ = Glibc.kill(keeper, SIGKILL)
    }

    // MARK: - Lines

    /// The lines that lead to runners, or those that lead to the database.
    func lines(to end: String) -> [CuttableProxy] {
        links.filter { $0.key.hasSuffix("." + end) }.sorted { $0.key < $1.key }.map(\.value)
    }

    var runnerLines: [CuttableProxy] { ["box", "far", "shelf"].flatMap { lines(to: $0) } }

    var allLines: [CuttableProxy] { runnerLines + lines(to: "database") }

    /// Resets all connections of lines and lets no others begin; returns once that is done.
    func cut(_ lines: [CuttableProxy]) async throws {
        for line in lines { line.set(.cut) }
        try await eventually("the cut") { lines.allSatisfy(\.hasCut) }
    }

    /// Mends everything: lines, servers, daemons, database.
    func heal() async throws {
        for line in links.values {
            line.set(.open)
            line.slow(nil)
            line.set(nil as CuttableProxy.Trap?)
        }
        if own.postmaster.map({ !SeenProcess($0).isAlive }) ?? true { await own.start() }
        for server in servers.values where !server.hasEnded { server.signal(SIGCONT) }
        for daemon in daemons.values where !daemon.hasEnded { daemon.signal(SIGCONT) }
        for name in Self.names { try await serve(name) }
        for name in ["shelf", "far"] { try await comeBack(name) }
    }
}
