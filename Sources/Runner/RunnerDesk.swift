import AttemptProtocol
import Core

/// Answers what servers ask of this host, over whichever connection they do.
struct RunnerDesk: Sendable {
    let runner: LocalRunner

    /// Answers one request of the attempt protocol.
    func reply(to question: KeeperRequest) async throws(RunnerError) -> KeeperReply {
        switch question {
        case .hello(_, let heard):
            let greeting = try await runner.greet(heard: heard)
            var identity = KeeperIdentity(
                directoryID: greeting.identity.directoryID,
                bootID: greeting.identity.bootID,
                hostName: greeting.identity.hostName,
                processID: 0
            )
            identity.sinceBoot = greeting.clock?.sinceBoot
            identity.bootAge = greeting.bootAge
            return .hello(identity)
        case .start(let orders): return .started(try await runner.start(orders))
        case .ask(let ids): return .statuses(try await runner.ask(ids))
        case .cancel(let id, let grace): try await runner.cancel(id, grace: grace)
        case .forget(let ids): try await runner.forget(ids)
        case .forgetRun(let name): try await runner.forgetRun(name)
        case .list: return .listing(try await runner.listing())
        case .reap(let processes): try await runner.reap(processes)
        case .subscribe, .retire: return .unable("this cannot be asked over HTTP")
        }
        return .done
    }
}
