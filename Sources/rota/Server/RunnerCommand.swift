import ArgumentParser
import Core
import Glibc
import Host
import Logging
import Runner
import ServiceLifecycle
import UnixSignals

/// The daemon of a worker host.
struct RunnerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runner",
        abstract: "Let servers elsewhere run tasks on this host, over HTTP.",
        discussion: """
            Either the host dials the servers, also from behind NAT: it joins once with a
            token that `rota runners token create` made, and needs none from then on. Or it
            listens, and the servers' rota.yaml names it with kind: http, its address and
            the same token.

            Stopping the daemon stops no task; the next start finds them again. So a newer
            version is put in its place by starting it anew.

            EXAMPLES
              rota runner --server https://rota-a:8092 --join TOKEN --label etl
              rota runner --server https://rota-a:8092 --reserve 2:80 --busy-load 1.5
              rota runner --server https://rota-a:8092 --server https://rota-b:8092
              rota runner --listen 0.0.0.0:8091 --token-file T \\
                --tls-cert host.pem --tls-key host.key
            """
    )

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "A server's address for runners, which this host dials; give it for each server.",
            valueName: "url"
        )
    )
    var server: [String] = []

    @Option(
        help: ArgumentHelp(
            "The token to join with. Default: ROTA_JOIN_TOKEN, which no list of processes shows.",
            valueName: "token"
        )
    )
    var join: String?

    @Option(help: ArgumentHelp("What tasks call this host. Default: the host's name.", valueName: "name"))
    var name: String?

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp("What tasks may ask for instead of the name; may be given several times.", valueName: "name")
    )
    var label: [String] = []

    @Option(
        help: ArgumentHelp(
            "How much may run here at once. Default: four for each processor, at least 8.",
            valueName: "n"
        )
    )
    var slots: Int?

    @Option(
        help: ArgumentHelp(
            "Where servers reach this host, unless it dials; beyond loopback TLS is needed. Default: 127.0.0.1:8091.",
            valueName: "host:port"
        )
    )
    var listen: String?

    @Option(help: ArgumentHelp("The file whose first line is the token that servers show.", valueName: "file"))
    var tokenFile: String?

    @Option(
        help: ArgumentHelp(
            "Where attempts are kept. Default: runner in ~/.local/share/rota, as root in /var/lib/rota.",
            valueName: "directory"
        )
    )
    var state: String?

    @Option(help: ArgumentHelp("PEM certificates that are shown, the host's own first.", valueName: "file"))
    var tlsCert: String?

    @Option(help: ArgumentHelp("The certificate's PEM key.", valueName: "file"))
    var tlsKey: String?

    @Option(
        help: ArgumentHelp(
            "The PEM certificate of the CA that signed the servers'; where the host listens, servers must show one then.",
            valueName: "file"
        )
    )
    var tlsCA: String?

    @Option(
        help: ArgumentHelp(
            "A command whose output is a number, run every 15 s; servers can choose runners by it.",
            valueName: "command"
        )
    )
    var measure: String?

    @Option(
        help: ArgumentHelp(
            "So many slots are for tasks of such a priority and above, as in 2:80.",
            valueName: "slots:priority"
        )
    )
    var reserve: String?

    @Option(help: ArgumentHelp("Take nothing more above this load for each processor.", valueName: "figure"))
    var busyLoad: Double?

    @Option(help: ArgumentHelp("Take nothing more with less of the memory free, as in 0.1.", valueName: "part"))
    var busyMemoryFree: Double?

    @Option(help: ArgumentHelp("Take nothing more above this figure of --measure.", valueName: "figure"))
    var busyMeasure: Double?

    @Option(
        help: ArgumentHelp(
            "By how much a figure must be better before it takes more again. Default: 0.1.",
            valueName: "part"
        )
    )
    var busyMargin: Double?

    @Flag(name: .shortAndLong, help: "Log more.")
    var verbose = false

    func validate() throws {
        if server.isEmpty {
            guard tokenFile != nil else {
                throw ValidationError("Say --server to dial servers, or --token-file to listen for them.")
            }
            guard join == nil, name == nil, label.isEmpty, slots == nil else {
                throw ValidationError(
                    "--join, --name, --label and --slots go with --server; of a host that listens rota.yaml says them."
                )
            }
            guard reserve == nil, busyLoad == nil, busyMemoryFree == nil, busyMeasure == nil, busyMargin == nil else {
                throw ValidationError(
                    "--reserve and --busy-... go with --server; of a host that listens rota.yaml says 'reserved' and 'busy'."
                )
            }
        } else {
            guard listen == nil, tokenFile == nil else {
                throw ValidationError(
                    "A host either dials servers or listens for them: leave out --listen and --token-file."
                )
            }
            if let slots, !(1...100_000).contains(slots) { throw ValidationError("Say --slots as 1 to 100000.") }
            if let reserve, Self.reserved(reserve) == nil {
                throw ValidationError("Say --reserve as slots and a priority, such as 2:80.")
            }
            if let complaint = terms.complaint { throw ValidationError("That cannot be: \(complaint).") }
        }
    }

    func run() async throws {
        ServerLog.bootstrap(level: verbose ? .debug : .info)
        let state = AbsolutePath.of(state ?? ProcessEnvironment.current.standardDataDirectory + "/runner")
        try DataDirectory.makeFolders(state)
        let logger = Logger(label: "rota")
        do {
            let daemon: any Service =
                server.isEmpty ? try listener(state, logger) : try await dialler(state, logger)
            var quiet = logger
            quiet.logLevel = .warning
            let group = ServiceGroup(
                configuration: ServiceGroupConfiguration(
                    services: [.init(service: daemon, successTerminationBehavior: .gracefullyShutdownGroup)],
                    gracefulShutdownSignals: [.sigterm, .sigint],
                    logger: quiet
                )
            )
            try await group.run()
        } catch {
            throw ServerFailure(error) ?? error
        }
    }

    /// On which terms this host takes tasks.
    private var terms: RunnerTerms {
        RunnerTerms(
            labels: label,
            slots: slots ?? RunnerFactory.usualSlots,
            reserved: reserve.flatMap(Self.reserved),
            busy: LoadLimits(
                load: busyLoad,
                memoryFree: busyMemoryFree,
                measure: busyMeasure,
                margin: busyMargin ?? LoadLimits().margin
            )
        )
    }

    private static func reserved(_ text: String) -> ReservedSlots? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let slots = Int(parts[0]), let priority = Int(parts[1]) else { return nil }
        return ReservedSlots(slots: slots, priority: priority)
    }

    private var tls: TLSFiles {
        TLSFiles(
            certificate: tlsCert.map(AbsolutePath.of),
            key: tlsKey.map(AbsolutePath.of),
            authority: tlsCA.map(AbsolutePath.of)
        )
    }

    private func listener(_ state: String, _ logger: Logger) throws -> RunnerDaemon {
        let address = try ListenAddress(listen ?? "127.0.0.1:8091")
        var configuration = RunnerDaemon.Configuration(
            tokenFile: AbsolutePath.of(tokenFile ?? ""),
            stateDirectory: state,
            keeperExecutable: try RunnerFactory.keeper()
        )
        configuration.host = address.host
        configuration.port = address.port
        configuration.tls = tls
        configuration.measureCommand = measure
        return try RunnerDaemon(configuration, logger: logger) { port in
            Terminal.output.line("ready \(address.host):\(port)")
        }
    }

    private func dialler(_ state: String, _ logger: Logger) async throws -> DialOut {
        var configuration = DialOut.Configuration(
            servers: server,
            stateDirectory: state,
            keeperExecutable: try RunnerFactory.keeper(),
            slots: terms.slots
        )
        configuration.terms = terms
        configuration.name = name
        configuration.hostName = HostName.current()
        configuration.joinToken = join ?? ProcessEnvironment.current["ROTA_JOIN_TOKEN"]
        configuration.tls = tls
        configuration.measureCommand = measure
        let dialler = try await DialOut(configuration, logger: logger) { server in
            Terminal.output.line("connected \(server)")
        }
        Terminal.output.line("ready \(dialler.name)")
        return dialler
    }
}
