import Core
import Synchronization

/// Gathers the start orders of many callers, so that they share the far side's work as well as the round trip.
///
/// Orders that come while a request is under way go together in the next one. There is no timer: a lone order waits
/// for nothing.
final class SSHStarts: Sendable {
    /// What a caller is told: its answers, or that it is its turn to send what has gathered.
    private enum Turn: Sendable {
        case lead(lane: Int)
        case answered(Answers)
    }

    typealias Answers = Result<[AttemptID: StartAnswer], RunnerError>

    /// How many orders a request takes before the rest waits for the next.
    static let batch = 50

    private let lanes: [SSHLane]
    private let runner: String
    private let watchers: SSHWatchers
    private let state: Mutex<State>

    private struct Waiter {
        var orders: [StartOrder]
        var continuation: CheckedContinuation<Turn, Never>
    }

    private struct State {
        var waiters: [Waiter] = []
        /// The lanes on which nothing is being started, the first ones last.
        var freeLanes: [Int]
    }

    /// Takes the lanes in the order in which they are opened, as many at once as there is need for.
    init(lanes: [SSHLane], runner: String, watchers: SSHWatchers) {
        (self.lanes, self.runner, self.watchers) = (lanes, runner, watchers)
        state = Mutex(State(freeLanes: lanes.indices.reversed()))
    }

    /// Starts at most a batch of orders; the answers may hold other callers' too.
    func start(_ orders: [StartOrder]) async throws(RunnerError) -> [AttemptID: StartAnswer] {
        let turn = await withCheckedContinuation { continuation in
            let lane = state.withLock { state in
                if let lane = state.freeLanes.popLast() { return lane as Int? }
                state.waiters.append(Waiter(orders: orders, continuation: continuation))
                return nil
            }
            if let lane { continuation.resume(returning: .lead(lane: lane)) }
        }
        switch turn {
        case .answered(let answers): return try answers.get()
        case .lead(let lane): return try await lead(orders, lane).get()
        }
    }

    private func lead(_ orders: [StartOrder], _ lane: Int) async -> Answers {
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
            try await call(SSHRequest.start(all), lane)
        }
        // The next orders go out while the commands of these begin.
        let next = state.withLock { state in
            if let next = state.waiters.first {
                state.waiters.removeFirst()
                return next as Waiter?
            }
            state.freeLanes.append(lane)
            state.freeLanes.sort(by: >)
            return nil
        }
        next?.continuation.resume(returning: .lead(lane: lane))
        let answers = await answers { () throws(RunnerError) in
            let refused = try refusals.get()
            let rest = all.map(\.id).filter { refused[$0] == nil }
            let started = rest.isEmpty ? [:] : try await call(SSHRequest.started(rest), lane)
            watchers.note(started)
            // A short command may have ended by now; those who wait for its event get it too.
            watchers.tellEnded(started)
            return refused.merging(started) { $1 }
        }
        for follower in followers { follower.continuation.resume(returning: .answered(answers)) }
        return answers
    }

    /// One caller's change of mind must not fail the others, so these calls cannot be abandoned.
    private func call(_ text: [UInt8], _ lane: Int) async throws(RunnerError) -> [AttemptID: StartAnswer] {
        let frames = try await lanes[lane].call(text, canBeAbandoned: false)
        return try SSHAnswer.statuses(frames, runner: runner, request: "start")
    }

    /// Closes the lanes; a later start opens them anew.
    func close() {
        for lane in lanes { lane.close() }
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
