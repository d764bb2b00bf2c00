import Executor
import Logging
import ServiceLifecycle

/// Holds all seats of this process.
struct Seats: Service {
    let seats: [RunnerSeat]
    /// Whether a stop waits until nothing runs on this host any more.
    let drains: Bool
    let logger: Logger
    /// Hears that no seat is held any more.
    let onEnd: @Sendable () -> Void

    func run() async throws {
        let (stops, stop) = AsyncStream<Void>.makeStream()
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                for seat in seats { group.addTask { await seat.run() } }
                // Ends with the stop, and where the task is cancelled.
                for await _ in stops {}
                if drains, !Task.isCancelled {
                    logger.notice("told to stop: taking nothing more, and waiting for what runs on this host")
                    for seat in seats { await seat.leave() }
                }
                group.cancelAll()
            }
        } onGracefulShutdown: {
            stop.finish()
        }
        onEnd()
    }
}
