import AttemptProtocol
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle

/// Listens for the other side of a conversation between servers and runners, with TLS wherever others could reach it.
struct RunnerListener: Sendable {
    private let host: String
    private let port: Int
    private let server: HTTPServerBuilder
    private let callers: String
    private let logger: Logger
    private let onListening: @Sendable (Int) -> Void

    /// A connection without a request is closed after so long.
    private static let idleLimit: TimeAmount = .seconds(90)

    /// Reads the certificates and checks that the address may be listened on; `onListening` learns the port.
    ///
    /// `callers`: Who is to call, for the log.
    init(
        host: String,
        port: Int,
        tls: TLSFiles,
        callers: String,
        logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void
    ) throws(RunnerDaemonError) {
        self.host = host
        self.port = port
        self.callers = callers
        self.logger = logger
        self.onListening = onListening
        server = try Self.server(host: host, tls: tls)
    }

    /// Serves until it is asked to stop; what runs beside it is cancelled then.
    func serve(
        _ responder: some HTTPResponder<BasicRequestContext>,
        beside: @escaping @Sendable () async -> Void
    ) async throws {
        let address = "\(host):\(port)"
        let application = Application(
            responder: responder,
            server: server,
            configuration: ApplicationConfiguration(address: .hostname(host, port: port), reuseAddress: true),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? 0
                logger.info("listening for \(callers)", metadata: ["address": "\(address)", "port": "\(port)"])
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
                    await beside()
                    return false
                }
                defer { group.cancelAll() }
                while try await group.next() == false {}
            }
        } catch let error as IOError {
            throw RunnerDaemonError.address(address, reason: SystemFailure.words(error.errnoCode))
        }
    }

    /// Whether nobody but this host can reach an address.
    static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    private static func server(host: String, tls: TLSFiles) throws(RunnerDaemonError) -> HTTPServerBuilder {
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
}
