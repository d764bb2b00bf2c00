import Core
import Logging
import Postgres
import Runner
import Store

// MARK: - A runner that says nothing

extension RunnerSeat {
    /// Asks the runner who it is, and keeps its lease as long as that takes.
    ///
    /// A runner that does not answer would else be passed on from server to server, none of which may say that nobody
    /// reaches it. Once it has been silent for as long as it may, its attempts are unreachable; `endsSilence` breaks off
    /// then, for only a new session finds out what became of them.
    func greet(endsSilence: Bool) async throws -> RunnerGreeting {
        let heard = endsSilence ? heard : nil
        askedAt = .now
        let greeting = try await withThrowingTaskGroup(of: RunnerGreeting?.self) { group in
            group.addTask(name: "greet") { try await self.adapter.greet(heard: heard) }
            group.addTask(name: "silence") {
                try await self.watchSilence(isEnded: endsSilence)
                return nil
            }
            defer { group.cancelAll() }
            while let answer = try await group.next() {
                if let answer { return answer }
            }
            throw CancellationError()
        }
        heardAt = .now
        return greeting
    }

    private func watchSilence(isEnded: Bool) async throws {
        var isTold = false
        while true {
            try await Task.sleep(for: configuration.beat)
            try await keepLease()
            guard isSilent, !isTold else { continue }
            isTold = true
            let error = RunnerError.unreachable(
                runner: registration.name,
                reason: "it has given no sign of life for \(DurationText.format(configuration.silence))"
            )
            await noteTrouble(error, failures: 0)
            if isEnded { throw error }
        }
    }

    /// Renews the lease, as long as nobody else has had it.
    func keepLease() async throws {
        guard let fence = try await acquire(), fence == self.fence else { throw LeaseLost() }
    }

    /// Whether nothing was heard of the runner for as long as it may be silent.
    private var isSilent: Bool {
        heardAt.map { $0.duration(to: .now) >= configuration.silence } ?? false
    }

    /// Writes that the runner is down, and that its attempts are unreachable once it was silent for too long.
    func noteTrouble(_ error: any Error, failures: Int) async {
        guard let error = error as? RunnerError else {
            if failures == 1 { logger.error("runner '\(registration.name)': \(error). Trying again.") }
            return
        }
        if failures == 1 { logger.warning("\(error). Trying again.") }
        var state = "unreachable"
        switch error {
        case .hostKey, .notAuthorised, .copied: state = "held"
        case .unreachable, .unable, .unknownAttempt: break
        }
        let (name, isSilent) = (registration.name, isSilent)
        do {
            try await write { [state] connection in
                try connection.setRunnerDown(runner: name, state: state, reason: "\(error)")
                if isSilent { try connection.setUnreachable(runner: name, reason: "\(error)") }
            }
        } catch {
            logger.debug("could not note that runner '\(name)' is down: \(error)")
        }
    }
}
