package import Logging
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

    private let silenceLimit: Duration
    private let switchboard: Switchboard
    private let responder: DialInResponder
    private let listener: RunnerListener

    /// Reads the certificates and checks that the address may be listened on; `onListening` learns the port.
    package init(
        _ configuration: Configuration,
        switchboard: Switchboard,
        registry: any RunnerRegistry,
        logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) throws(RunnerDaemonError) {
        self.switchboard = switchboard
        silenceLimit = configuration.silenceLimit
        responder = DialInResponder(
            switchboard: switchboard,
            registry: registry,
            edition: configuration.edition,
            logger: logger
        )
        listener = try RunnerListener(
            host: configuration.host,
            port: configuration.port,
            tls: configuration.tls,
            callers: "runners",
            logger: logger,
            onListening: onListening
        )
    }

    /// Serves until it is asked to stop; the runners' commands go on.
    package func run() async throws {
        try await listener.serve(responder) { await watch() }
    }

    /// Looks after the connections; at the end all are closed, else the requests that never end would hold it up.
    private func watch() async {
        await cancelWhenGracefulShutdown {
            var looks = 0
            while !Task.isCancelled {
                switchboard.look(beats: looks % 4 == 0, silenceLimit: silenceLimit)
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
