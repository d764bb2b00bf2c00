import Executor
import Logging
import ServiceLifecycle

/// Says once, when the server starts, which secrets it cannot read.
struct SecretCheck: Service {
    let secrets: SecretProvider
    let logger: Logger

    func run() async throws {
        for problem in await secrets.problems() {
            logger.warning("\(problem) A task that needs it fails before it starts.")
        }
        try await gracefulShutdown()
    }
}
