import AttemptProtocol
import Core
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
package import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle

/// Where runners that dial in find this server.
package struct DialInGate: Service {
    /// What a gate needs to know.
    package struct Configuration: Sendable {
        /// Where to listen; loopback alone may go without TLS.
        package var host: String
        /// The port; 0 lets the system choose.
        package var port: Int
        /// Certificate and key, and the CA of the runners' certificates where they need one.
        package var tls: TLSFiles
        /// The editions of the conversation that are understood.
        ///
        /// Defaults to those of this program.
        package var edition = CarrierEdition.ours
        /// After so long without a sign of life a connection is taken for broken.
        ///
        /// Defaults to 10 s, five signs.
        package var silenceLimit = DialInWire.silenceLimit

        /// Names address and files.
        package init(host: String, port: Int, tls: TLSFiles = TLSFiles()) {
            self.host = host
            self.port = port
            self.tls = tls
        }
    }

    private let configuration: Configuration
    private let switchboard: Switchboard
    private let responder: DialInResponder
    private let server: HTTPServerBuilder
    private let logger: Logger
    private let onListening: @Sendable (Int) -> Void

    /// A connection without a request is closed after so long.
    private static let idleLimit: TimeAmount = .seconds(90)

    /// Reads the certificates and checks that the address may be listened on; `onListening` learns the port.
    package init(
        _ configuration: Configuration,
        switchboard: Switchboard,
        registry: any RunnerRegistry,
        logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) throws(RunnerDaemonError) {
        self.configuration = configuration
        self.switchboard = switchboard
        self.logger = logger
        self.onListening = onListening
        responder = DialInResponder(
            switchboard: switchboard,
            registry: registry,
            edition: configuration.edition,
            logger: logger
        )
        server = try RunnerDaemon.server(host: configuration.host, tls: configuration.tls, idleLimit: Self.idleLimit)
    }

    /// Serves until it is asked to stop; the runners' commands go on.
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
                logger.info("listening for runners", metadata: ["address": "\(address)", "port": "\(port)"])
                onListening(port)
            },
            logger: logger
        )
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await application.run() }
                group.addTask { await watch() }
                defer { group.cancelAll() }
                try await group.next()
            }
        } catch let error as IOError {
            throw RunnerDaemonError.address(address, reason: SystemFailure.words(error.errnoCode))
        }
    }

    /// Looks after the connections; at the end all are closed, else the requests that never end would hold it up.
    private func watch() async {
        await cancelWhenGracefulShutdown {
            var looks = 0
            while !Task.isCancelled {
                switchboard.look(beats: looks % 4 == 0, silenceLimit: configuration.silenceLimit)
                looks += 1
                // Cancelled: the loop ends.
                try? await Task.sleep(for: DialInWire.heartbeat / 4)
            }
        }
        // Until the application has finished its requests: one may have come in at the last moment.
        while !Task.isCancelled {
            switchboard.closeAll("the server stops")
            // Cancelled: the loop ends.
            try? await Task.sleep(for: .milliseconds(200))
        }
    }
}
