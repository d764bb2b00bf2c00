import AttemptProtocol
import Core
import Executor
import Glibc
import Host
import Logging
import Runner
import Scheduler
import Settings
import Store

/// Makes the seats of the runners that `rota.yaml` names, and of this host.
struct RunnerFactory {
    let settings: Settings
    let directory: DataDirectory
    let folder: String
    let engine: Engine
    let holder: String
    let secrets: SecretProvider
    /// What the runner on this host is called.
    let localName: String
    let logger: Logger

    /// One seat for each runner.
    func seats() throws(ServerFailure) -> [RunnerSeat] {
        var runners = settings.runners
        if !runners.contains(where: { $0.kind == .local }) {
            runners.insert(RunnerSettings(name: localName, kind: .local), at: 0)
        }
        var seats: [RunnerSeat] = []
        for runner in runners { seats.append(try seat(runner)) }
        return seats + [requests()]
    }

    /// What makes the requests of `http` tasks, in one of the servers.
    private func requests() -> RunnerSeat {
        RunnerSeat(
            adapter: RequestRunner(hostName: HostName.current()) { WallClock.now() },
            registration: RunnerRegistration(
                name: RequestOrder.runnerName,
                kind: "requests",
                address: nil,
                labels: [],
                slots: Self.mostRequests
            ),
            engine: engine,
            holder: holder,
            folder: nil,
            logger: logger
        )
    }

    /// How many requests are under way at once.
    private static let mostRequests = 256

    private func seat(_ runner: RunnerSettings) throws(ServerFailure) -> RunnerSeat {
        let (adapter, kind, address, measure) = try adapter(runner)
        let slots = runner.slots ?? Self.usualSlots
        return RunnerSeat(
            adapter: adapter,
            registration: RunnerRegistration(
                name: runner.name,
                kind: kind,
                address: address,
                labels: runner.labels,
                slots: slots,
                reserved: runner.reserved,
                busy: runner.busy
            ),
            engine: engine,
            holder: holder,
            folder: kind == "local" ? folder : nil,
            measure: measure,
            secrets: secrets,
            configuration: settings.seats,
            logger: logger
        )
    }

    /// Most tasks wait for something else than a processor.
    static var usualSlots: Int { max(8, 4 * sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    private func adapter(
        _ runner: RunnerSettings
    ) throws(ServerFailure) -> (any RunnerAdapter, kind: String, address: String?, measure: HostMeasure?) {
        switch runner.kind {
        case .local:
            let local = LocalRunner(
                name: runner.name,
                stateDirectory: runner.runAs.map { "\(directory.runnerState)-\($0)" } ?? directory.runnerState,
                keeperExecutable: try Self.keeper(),
                controlGroup: runner.controlGroup,
                user: try user(of: runner)
            )
            return (local, "local", nil, runner.measure.map { HostMeasure(command: $0, logger: logger) })
        case .ssh(let way):
            let (ssh, measure) = try ssh(runner, way)
            return (ssh, "ssh", way.host, measure)
        case .http(let url, let tokenFile, let tls):
            return (try http(runner.name, url, tokenFile, TLSFiles(tls)), "http", url, nil)
        }
    }

    /// Whose the runner's tasks are: as `run_as` says, else the owner of the DAG folder; nil: this process is theirs.
    private func user(of runner: RunnerSettings) throws(ServerFailure) -> LocalUser? {
        guard let name = runner.runAs else { return try owner() }
        guard let user = LocalUser(name: name) else {
            throw .runner(
                "rota.yaml says run_as: \(name), and this host has no user of that name. Make one, or correct the name."
            )
        }
        if user.number == geteuid() { return nil }
        guard geteuid() == 0 else {
            throw .runner(
                "rota.yaml says run_as: \(name), and only root may run tasks as another user. Start the server as root, or "
                    + "start it as \(name) and leave run_as out."
            )
        }
        return user
    }

    /// Root's server runs tasks as the owner of the DAG folder, as cron runs a crontab as its owner.
    private func owner() throws(ServerFailure) -> LocalUser? {
        guard geteuid() == 0, let facts = FileFacts(path: folder), facts.owner != 0 else { return nil }
        guard let user = LocalUser(number: facts.owner) else {
            throw .runner(
                "The DAG folder \(folder) belongs to the user number \(facts.owner), whom this host does not know, so "
                    + "its tasks would run as nobody. Give the folder to a user with `chown`."
            )
        }
        return user
    }

    private func http(
        _ name: String,
        _ url: String,
        _ tokenFile: String,
        _ tls: TLSFiles
    ) throws(ServerFailure) -> HTTPRunner {
        guard let text = SmallFile.read(AbsolutePath.of(tokenFile)), let token = text.split(separator: "\n").first
        else {
            throw .runner(
                "The token of runner '\(name)' cannot be read from \(tokenFile): \(SmallFile.reason). "
                    + "Write the token there that `rota runner` on that host has."
            )
        }
        do throws(RunnerError) {
            return try HTTPRunner(name: name, url: url, token: String(token), tls: tls)
        } catch {
            throw .runner("\(error)")
        }
    }

    private func ssh(
        _ runner: RunnerSettings,
        _ settings: SSHSettings
    ) throws(ServerFailure) -> (any RunnerAdapter, HostMeasure?) {
        let home = ProcessEnvironment.current["HOME"] ?? ""
        let control = "/tmp/rota-ssh-\(geteuid())-\(directory.serverID.prefix(8))"
        let way = SSHWay(
            host: settings.host,
            port: settings.port ?? 22,
            user: settings.user ?? ProcessEnvironment.current["USER"] ?? "root",
            identityFile: settings.identityFile ?? home + "/.ssh/id_ed25519",
            knownHostsFile: settings.knownHostsFile ?? home + "/.ssh/known_hosts",
            configFile: settings.configFile,
            controlDirectory: control
        )
        let keeper = settings.installsKeeper ? try Self.keeper() : nil
        do throws(RunnerError) {
            guard let keeper else {
                let ssh = try SSHRunner(name: runner.name, way: way)
                return (ssh, runner.measure.map { ssh.measure($0, logger: logger) })
            }
            let ssh = try SSHKeeperRunner(
                name: runner.name,
                way: way,
                keeperExecutable: keeper,
                runAs: runner.runAs,
                controlGroup: runner.controlGroup
            )
            return (ssh, runner.measure.map { ssh.measure($0, logger: logger) })
        } catch {
            throw .runner("\(error)")
        }
    }

    /// The keeper lies beside this program.
    static func keeper() throws(ServerFailure) -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count - 1)
        guard count > 0 else { throw .runner("This program cannot find where it lies: \(SmallFile.reason).") }
        let program = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard let slash = program.lastIndex(of: "/") else { return "rota-keeper" }
        return program[..<slash] + "/rota-keeper"
    }
}

extension TLSFiles {
    /// The files that `rota.yaml` names.
    init(_ settings: TLSSettings) {
        self.init(
            certificate: settings.certificate.map(AbsolutePath.of),
            key: settings.key.map(AbsolutePath.of),
            authority: settings.authority.map(AbsolutePath.of),
            verifiesName: settings.verifiesName
        )
    }
}

extension Settings {
    /// What the settings say to every seat.
    var seats: RunnerSeat.Configuration {
        var configuration = RunnerSeat.Configuration()
        configuration.logCap = logCap
        return configuration
    }
}
