import AttemptProtocol
import Core
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
package import Logging
import NIOCore
import NIOSSL
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

    private let configuration: Configuration
    private let responder: RunnerDaemonResponder
    private let server: HTTPServerBuilder
    private let measure: HostMeasure?
    private let logger: Logger
    private let onListening: @Sendable (Int) -> Void

    /// A connection without a request is closed after so long.
    private static let idleLimit: TimeAmount = .seconds(90)

    /// Reads token and certificate and checks that the address may be listened on; `onListening` learns the port.
    package init(
        _ configuration: Configuration,
        logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) throws(RunnerDaemonError) {
        self.configuration = configuration
        self.logger = logger
        self.onListening = onListening
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
        server = try RunnerDaemon.server(host: configuration.host, tls: configuration.tls, idleLimit: Self.idleLimit)
    }

    /// Serves until it is asked to stop; commands go on.
    package func run() async throws {
        let address = "\(configuration.host):\(configuration.port)"
        let application = Application(
            responder: responder,
            server: server,
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                reuseAddress: true
            ),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? 0
                logger.info("listening for servers", metadata: ["address": "\(address)", "port": "\(port)"])
                onListening(port)
            },
            logger: logger
        )
        do {
            try await withThrowingTaskGroup(of: Bool.self) { group in
                group.addTask {
                    try await application.run()
                    return true
                }
                group.addTask {
                    await measure?.run()
                    return false
                }
                defer { group.cancelAll() }
                while try await group.next() == false {}
            }
        } catch let error as IOError {
            throw RunnerDaemonError.address(address, reason: SystemFailure.words(error.errnoCode))
        }
    }

    /// What listens, with TLS wherever others could reach it.
    static func server(
        host: String,
        tls: TLSFiles,
        idleLimit: TimeAmount
    ) throws(RunnerDaemonError) -> HTTPServerBuilder {
        let plain = HTTPServerBuilder.http1(configuration: HTTP1Channel.Configuration(idleTimeout: idleLimit))
        let configuration: TLSConfiguration?
        do throws(TLSFilesError) {
            configuration = try tls.server()
        } catch {
            if error == .half { throw .halfCertificate }
            throw .certificate(reason: "\(error)")
        }
        guard let configuration else {
            guard isLoopback(host) else { throw .plainText(address: host) }
            return plain
        }
        do {
            return try .tls(plain, tlsConfiguration: configuration)
        } catch {
            throw .certificate(reason: "\(error)")
        }
    }

    /// Whether nobody but this host can reach an address.
    static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
