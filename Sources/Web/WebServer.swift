import Glibc
import HTTPTypes
import Hummingbird
package import Logging
import NIOCore
package import Scheduler
package import ServiceLifecycle
package import Store

/// The pages and the API on TCP and on a unix socket.
package struct WebServer: Sendable {
    private let configuration: WebConfiguration
    private let responder: PatientResponder
    private let logger: Logger

    /// Parses the templates and lays out the routes; nothing listens yet.
    ///
    /// `watched`: The store with a connection of its own, by which it is known whether the database answers. Defaults to
    /// `store`.
    package init(
        configuration: WebConfiguration,
        store: Store,
        watched: Store? = nil,
        operations: Operations,
        logger: Logger
    ) throws {
        self.configuration = configuration
        self.logger = logger
        let site = Site(
            configuration: configuration,
            store: store,
            watched: watched,
            operations: operations,
            templates: try Templates(),
            logger: logger
        )
        responder = PatientResponder(site)
    }

    /// The listeners, which stop taking requests when told to shut down and finish those under way.
    package func makeServices() -> [any Service] {
        var services: [any Service] = [tcpListener()]
        if let path = configuration.socketPath { services.append(socketListener(path: path)) }
        return services
    }

    private func tcpListener() -> Listener {
        let host = configuration.host
        let port = configuration.port
        let onListening = configuration.onListening
        let boundPort = configuration.boundPort
        let application = Application(
            responder: responder,
            configuration: ApplicationConfiguration(address: .hostname(host, port: port)),
            onServerRunning: { channel in
                let bound = channel.localAddress?.port ?? port
                boundPort.number = bound
                await onListening(bound)
            },
            logger: quiet(logger)
        )
        return Listener(application: application) { error in
            guard let code = (error as? IOError)?.errnoCode else { return error }
            if code == EADDRINUSE { return WebServerError.portTaken(host: host, port: port) }
            return WebServerError.cannotListen(host: host, port: port, reason: words(for: code))
        }
    }

    private func socketListener(path: String) -> Listener {
        let logger = logger
        let application = Application(
            responder: responder,
            configuration: ApplicationConfiguration(address: .unixDomainSocket(path: path)),
            onServerRunning: { _ in
                // The folder is closed to others, so nobody came in before this line.
                if unsafe chmod(path, 0o600) != 0 {
                    logger.error("cannot close the socket to other users", metadata: ["path": "\(path)"])
                }
            },
            logger: quiet(logger)
        )
        return Listener(application: application) { error in
            guard let code = (error as? IOError)?.errnoCode else { return error }
            return WebServerError.cannotMakeSocket(path: path, reason: words(for: code))
        }
    }

    /// Hummingbird's own notes of start and stop say nothing to an operator that `ready` does not.
    private func quiet(_ logger: Logger) -> Logger {
        var logger = logger
        logger.logLevel = max(logger.logLevel, .warning)
        return logger
    }
}

/// One address that is listened on.
private struct Listener: Service {
    let application: Application<PatientResponder>
    let explain: @Sendable (any Error) -> any Error

    func run() async throws {
        do {
            try await application.run()
        } catch {
            throw explain(error)
        }
    }
}

private func words(for code: Int32) -> String {
    guard let text = unsafe strerror(code) else { return "error \(code)" }
    return unsafe String(cString: text)
}
