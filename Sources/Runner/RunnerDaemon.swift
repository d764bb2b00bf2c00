package import Logging
import ServiceLifecycle

/// Serves the runner of this host to servers elsewhere, over HTTP.
///
/// It holds no state of its own: killing it touches no command, and the next one finds all attempts again.
package struct RunnerDaemon: Service {
    /// What a daemon needs to know.
    package struct Configuration: Sendable {
        /// Where to listen; loopback alone may go without TLS, and is the default.
        package var host = "127.0.0.1"
        /// The port, by default 8091; 0 lets the system choose.
        package var port = 8091
        /// The file whose first line is the token that clients must show.
        package var tokenFile: String
        /// The absolute state directory of the runner.
        package var stateDirectory: String
        /// The program `rota-keeper`.
        package var keeperExecutable: String
        /// How long a keeper without clients and attempts lives on.
        package var keeperIdleLimit: Duration = .seconds(60)
        /// Certificate and key, and the CA of the servers' certificates where they need one.
        package var tls = TLSFiles()
        /// A command whose output is the host's own measure of how busy it is; nil: there is none.
        package var measureCommand: String?
        /// The editions of the conversation that are understood.
        ///
        /// Defaults to those of this program.
        package var edition = CarrierEdition.ours

        /// Makes a configuration for loopback, without TLS.
        package init(tokenFile: String, stateDirectory: String, keeperExecutable: String) {
            self.tokenFile = tokenFile
            self.stateDirectory = stateDirectory
            self.keeperExecutable = keeperExecutable
        }
    }

    private let responder: RunnerDaemonResponder
    private let listener: RunnerListener
    private let measure: HostMeasure?

    /// Reads token and certificate and checks that the address may be listened on; `onListening` learns the port.
    package init(
        _ configuration: Configuration,
        logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) throws(RunnerDaemonError) {
        measure = configuration.measureCommand.map { HostMeasure(command: $0, logger: logger) }
        let runner = LocalRunner(
            name: "this host",
            stateDirectory: configuration.stateDirectory,
            keeperExecutable: configuration.keeperExecutable,
            keeperIdleLimit: configuration.keeperIdleLimit,
            measure: measure
        )
        let token = try RunnerDaemonToken(path: configuration.tokenFile)
        responder = RunnerDaemonResponder(runner: runner, token: token, edition: configuration.edition)
        listener = try RunnerListener(
            host: configuration.host,
            port: configuration.port,
            tls: configuration.tls,
            callers: "servers",
            logger: logger,
            onListening: onListening
        )
    }

    /// Serves until it is asked to stop; commands go on.
    package func run() async throws {
        try await listener.serve(responder) { await measure?.run() }
    }
}
