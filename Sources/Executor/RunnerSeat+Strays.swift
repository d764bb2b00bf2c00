import Core
import Logging
import Runner
import Store

extension RunnerSeat {
    /// Writes down which processes on the runner have outlived their attempts, and ends those that somebody asked it for.
    func strayLoop() async throws {
        let name = registration.name
        var known: [Stray]?
        var listedAt: ContinuousClock.Instant?
        while true {
            let asked = try await store.perform { try $0.reapRequests(runner: name) }
            if !asked.isEmpty {
                logger.notice("ending processes that outlived their attempts", metadata: ["runner": "\(name)"])
                try await adapter.reap(asked)
                listedAt = nil
            }
            if listedAt.map({ $0.duration(to: .now) >= configuration.strayInterval }) ?? true {
                guard let strays = try await listed() else { return }
                if strays != known { try await write { try $0.setStrays(runner: name, strays) } }
                known = strays
                // While something is being ended it is looked at again soon.
                listedAt = asked.isEmpty ? .now : nil
            }
            try await Task.sleep(for: configuration.beat)
        }
    }

    /// What the runner lists; nil where it cannot tell.
    private func listed() async throws(RunnerError) -> [Stray]? {
        do throws(RunnerError) {
            return try await adapter.strays()
        } catch {
            // A runner that does not know the question is none the worse for it.
            guard case .unable = error else { throw error }
            return nil
        }
    }
}
