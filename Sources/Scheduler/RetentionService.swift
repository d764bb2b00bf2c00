package import Core
package import Logging
import ServiceLifecycle
import Store

/// Prunes every hour, and where logs have a budget every five minutes.
package struct RetentionService: Service {
    private let pruner: Pruner
    private let retention: Retention
    private let logger: Logger

    /// How long after the start it begins, so that what was missed meanwhile comes first, and how often it repeats.
    private static let delay = Duration.seconds(300)
    private static let pause = Duration.seconds(3_600)
    private static let shortPause = Duration.seconds(300)

    /// Prepares the service.
    package init(pruner: Pruner, retention: Retention, logger: Logger) {
        self.pruner = pruner
        self.retention = retention
        self.logger = logger
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            // Cancelled: the loop ends.
            try? await Task.sleep(for: Self.delay)
            while !Task.isCancelled {
                await pruneOnce()
                try? await Task.sleep(for: pause)
            }
        }
    }

    /// A budget is used up sooner than a length of time.
    private var pause: Duration { retention.logBudget == nil ? Self.pause : Self.shortPause }

    private func pruneOnce() async {
        do {
            guard let gone = try await pruner.prune(retention), gone.runs + gone.ticks > 0 || gone.logBytes > 0 else {
                return
            }
            logger.notice(
                "retention removed \(gone.runs) runs, \(gone.attempts) attempts, \(gone.logBytes) bytes of logs, \(gone.ticks) ticks"
            )
        } catch {
            if !Task.isCancelled {
                let minutes = pause.components.seconds / 60
                logger.warning("retention could not remove what is old: \(error). Next try in \(minutes) minutes.")
            }
        }
    }
}
