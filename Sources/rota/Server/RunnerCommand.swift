import ArgumentParser
import Glibc
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
            The server's rota.yaml names this host with kind: http, its address and the same token. Stopping the daemon
            stops no task; the next start finds them again.

            EXAMPLES
              rota runner --token-file /etc/rota/token
              rota runner --listen 0.0.0.0:8091 --token-file T --tls-cert host.pem --tls-key host.key
            """
    )

    @Option(help: ArgumentHelp("Where servers reach this host; beyond loopback TLS is needed.", valueName: "host:port"))
    var listen = "127.0.0.1:8091"

    @Option(help: ArgumentHelp("The file whose first line is the token that servers show.", valueName: "file"))
    var tokenFile: String

    @Option(
        help: ArgumentHelp(
            "Where attempts are kept. Default: runner in ~/.local/share/rota, as root in /var/lib/rota.",
            valueName: "directory"
        )
    )
    var state: String?

    @Option(help: ArgumentHelp("PEM certificates, the host's own first.", valueName: "file"))
    var tlsCert: String?

    @Option(help: ArgumentHelp("The certificate's PEM key.", valueName: "file"))
    var tlsKey: String?

    @Flag(name: .shortAndLong, help: "Log more.")
    var verbose = false

    func run() async throws {
        ServerLog.bootstrap(level: verbose ? .debug : .info)
        let address = try ListenAddress(listen)
        let state = AbsolutePath.of(state ?? ProcessEnvironment.current.standardDataDirectory + "/runner")
        try DataDirectory.makeFolders(state)
        var configuration = RunnerDaemon.Configuration(
            tokenFile: AbsolutePath.of(tokenFile),
            stateDirectory: state,
            keeperExecutable: try RunnerFactory.keeper()
        )
        configuration.host = address.host
        configuration.port = address.port
        configuration.certificateFile = tlsCert.map(AbsolutePath.of)
        configuration.keyFile = tlsKey.map(AbsolutePath.of)
        let logger = Logger(label: "rota")
        do {
            let daemon = try RunnerDaemon(configuration, logger: logger) { port in
                Terminal.output.line("ready \(address.host):\(port)")
            }
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
}
