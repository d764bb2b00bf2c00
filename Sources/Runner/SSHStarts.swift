import Core
import Synchronization

/// Gathers the start orders of many callers, so that they share the far side's work as well as the round trip.
///
/// Orders that come while a request is under way go together in the next one. There is no timer: a lone order waits
/// for nothing.
final class SSHStarts: Sendable {
    /// What a caller is told: its answers, or that it is its turn to send what has gathered.
    private enum Turn: Sendable {
        case lead
        case answered(Answers)
    }

    typealias Answers = Result<[AttemptID: StartAnswer], RunnerError>

    /// How many orders a request takes before the rest waits for the next.
    static let batch = 50

    private let lane: SSHLane
    private let runner: String
    private let watchers: SSHWatchers
    private let state = Mutex(State())

    private struct Waiter {
        var orders: [StartOrder]
        var continuation: CheckedContinuation<Turn, Never>
    }

    private struct State {
        var waiters: [Waiter] = []
        var isLed = false
    }

    init(lane: SSHLane, runner: String, watchers: SSHWatchers) {
        (self.lane, self.runner, self.watchers) = (lane, runner, watchers)
    }

    /// Starts at most a batch of orders; the answers may hold other callers' too.
    func start(_ orders: [StartOrder]) async throws(RunnerError) -> [AttemptID: StartAnswer] {
        let turn = await withCheckedContinuation { continuation in
            let leads = state.withLock { state in
                defer { state.isLed = true }
                if state.isLed { state.waiters.append(Waiter(orders: orders, continuation: continuation)) }
                return !state.isLed
            }
            if leads { continuation.resume(returning: .lead) }
        }
        switch turn {
        case .answered(let answers): return try answers.get()
        case .lead: return try await lead(orders).get()
        }
    }

    private func lead(_ orders: [StartOrder]) async -> Answers {
        var (all, known) = (orders, Set(orders.map(\.id)))
        let followers = state.withLock { state in
            var followers: [Waiter] = []
            while all.count < Self.batch, !state.waiters.isEmpty {
                let follower = state.waiters.removeFirst()
                for order in follower.orders where known.insert(order.id).inserted { all.append(order) }
                followers.append(follower)
            }
            return followers
        }
        let refusals = await answers { () throws(RunnerError) in
            try await call(SSHRequest.start(all))
        }
        // The next orders go out while the commands of these begin.
        let next = state.withLock { state in
            state.isLed = !state.waiters.isEmpty
            return state.waiters.isEmpty ? nil : state.waiters.removeFirst()
        }
        next?.continuation.resume(returning: .lead)
        let answers = await answers { () throws(RunnerError) in
            let refused = try refusals.get()
            let rest = all.map(\.id).filter { refused[$0] == nil }
            let started = rest.isEmpty ? [:] : try await call(SSHRequest.started(rest))
            watchers.note(started)
            // A short command may have ended by now; those who wait for its event get it too.
            watchers.tellEnded(started)
            return refused.merging(started) { $1 }
        }
        for follower in followers { follower.continuation.resume(returning: .answered(answers)) }
        return answers
    }

    /// One caller's change of mind must not fail the others, so these calls cannot be abandoned.
    private func call(_ text: [UInt8]) async throws(RunnerError) -> [AttemptID: StartAnswer] {
        try SSHAnswer.statuses(try await lane.call(text, canBeAbandoned: false), runner: runner, request: "start")
    }

    private func answers(
        _ body: () async throws(RunnerError) -> [AttemptID: StartAnswer]
    ) async -> Answers {
        do throws(RunnerError) {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }
}
