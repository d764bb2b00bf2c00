import Core
import Glibc
import Logging
import Runner
import ServiceLifecycle
import Testing

/// A runner daemon in this process, on a port of its own, for as long as a closure runs.
struct HTTPFixture {
    static let token = "a token that is long enough"

    let local = LocalFixture()
    var folder: String { local.folder }

    /// Serves the folder's attempts over HTTP while the closure runs, and stops the daemon then.
    func withDaemon<Result: Sendable>(
        port: Int = 0,
        certificate: (file: String, key: String)? = nil,
        _ change: @Sendable (inout RunnerDaemon.Configuration) -> Void = { _ in },
        _ body: @Sendable (_ port: Int) async throws -> Result
    ) async throws -> Result {
        let tokenFile = folder + "/token"
        TextFile.write(HTTPFixture.token + "\n", to: tokenFile)
        var configuration = RunnerDaemon.Configuration(
            tokenFile: tokenFile,
            stateDirectory: folder + "/state",
            keeperExecutable: LocalFixture.keeperExecutable
        )
        configuration.port = port
        configuration.keeperIdleLimit = .seconds(1)
        configuration.tls = TLSFiles(certificate: certificate?.file, key: certificate?.key)
        change(&configuration)
        let (ports, continuation) = AsyncStream<Int>.makeStream()
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let daemon = try RunnerDaemon(configuration, logger: logger) { continuation.yield($0) }
        let services = ServiceGroup(services: [daemon], logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { continuation.finish() }
                try await services.run()
            }
            var iterator = ports.makeAsyncIterator()
            guard let port = await iterator.next() else {
                try await group.next()
                throw Unexpected.status("the daemon ended before it listened")
            }
            let outcome: Swift.Result<Result, any Error>
            do {
                outcome = .success(try await body(port))
            } catch {
                outcome = .failure(error)
            }
            await services.triggerGracefulShutdown()
            try await group.next()
            return try outcome.get()
        }
    }

    /// The adapter for a port.
    static func runner(_ port: Int, token: String = token) throws -> HTTPRunner {
        try HTTPRunner(name: "far", url: "http://127.0.0.1:\(port)", token: token)
    }
}

/// Files that tests read and never write.
enum RunnerFixture {
    /// The path of a file in Tests/Fixtures.
    static func path(_ name: String, of file: String = #filePath) -> String {
        file.split(separator: "/").dropLast(2).reduce("") { $0 + "/" + $1 } + "/Fixtures/" + name
    }
}
