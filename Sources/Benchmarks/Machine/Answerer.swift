import Hummingbird
import Logging

/// A server on loopback that answers every request with nothing: what `http` tasks talk to.
enum Answerer {
    /// Runs a body with it; the number is its port.
    static func with<R: Sendable>(_ body: @escaping @Sendable (Int) async throws -> R) async throws -> R {
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let router = Router()
        router.get("/") { _, _ in HTTPResponse.Status.noContent }
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in
                if let number = channel.localAddress?.port { port.yield(number) }
                port.finish()
            },
            logger: Logger(label: "answerer") { _ in SwiftLogNoOpLogHandler() }
        )
        return try await withThrowingTaskGroup(of: R?.self) { group in
            group.addTask {
                try await application.run()
                return nil
            }
            group.addTask {
                for await number in ports { return try await body(number) }
                throw BenchFailure.strange(what: "the server that answers requests did not start")
            }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
            }
            throw BenchFailure.strange(what: "the server that answers requests ended early")
        }
    }
}
