import AttemptProtocol
import Core
import Synchronization

/// One connection to a runner over which questions, answers and events travel as frames, as the server sees it.
final class RunnerLine: Sendable {
    /// The runner's name.
    let runner: String
    /// Takes what is to be sent to the runner; nil once there is nothing more.
    private let sending: @Sendable ([UInt8]?) -> Void
    private let shared = Mutex(Shared())

    private struct Shared {
        var failure: RunnerError?
        var waiting: [UInt32: Question] = [:]
        var nextRequest: UInt32 = 1
        var listeners: [UInt32: Listener] = [:]
        var nextListener: UInt32 = 1
        var lastHeard = ContinuousClock.now
        var terms: RunnerTerms?
        var identity: RunnerIdentity?
        var load: RunnerLoad?
    }

    private struct Question {
        var due: ContinuousClock.Instant
        var continuation: CheckedContinuation<Result<Frame, RunnerError>, Never>
    }

    private typealias Listener = AsyncThrowingStream<RunnerEvent, any Error>.Continuation

    /// How long an answer may take.
    private static let answerLimit: Duration = .seconds(60)

    /// Names who answers there, and what takes the bytes.
    ///
    /// What waits for a place to go is bounded by what is asked at once: a minute's questions, then the line is broken.
    /// After nil there may be calls that mean nothing.
    init(runner: String, sending: @escaping @Sendable ([UInt8]?) -> Void) {
        self.runner = runner
        self.sending = sending
    }

    /// Whether it can be used.
    var isOpen: Bool { shared.withLock { $0.failure == nil } }

    /// What the runner said of itself; nil as long as it has said nothing.
    var terms: RunnerTerms? { shared.withLock { $0.terms } }

    /// Who answered when it was let in; nil as long as that is not known.
    var identity: RunnerIdentity? { shared.withLock { $0.identity } }

    /// How busy the runner's host is; nil where it does not tell.
    var load: RunnerLoad? { shared.withLock { $0.load } }

    /// Sends a sign of life.
    func beat() {
        sending(KeeperEvent.heartbeat.frame.encoded)
    }

    /// Asks one question and waits for its answer.
    func ask(_ make: (UInt32) -> Frame) async throws(RunnerError) -> Frame {
        let number = shared.withLock { shared in
            defer { shared.nextRequest = shared.nextRequest == .max ? 1 : shared.nextRequest + 1 }
            return shared.nextRequest
        }
        let bytes = make(number).encoded
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let due = ContinuousClock.now + Self.answerLimit
                let failure = shared.withLock { shared -> RunnerError? in
                    guard shared.failure == nil, !Task.isCancelled else {
                        return shared.failure ?? broken("nobody waits for the answer any more")
                    }
                    shared.waiting[number] = Question(due: due, continuation: continuation)
                    return nil
                }
                guard let failure else {
                    sending(bytes)
                    return
                }
                continuation.resume(returning: .failure(failure))
            }
        } onCancel: {
            let question = shared.withLock { $0.waiting.removeValue(forKey: number) }
            question?.continuation.resume(returning: .failure(broken("nobody waits for the answer any more")))
        }
        return try result.get()
    }

    /// What the runner tells from now on.
    func events() -> AsyncThrowingStream<RunnerEvent, any Error> {
        AsyncThrowingStream(bufferingPolicy: .bufferingOldest(100_000)) { continuation in
            let (key, failure) = shared.withLock { shared -> (UInt32, RunnerError?) in
                defer { shared.nextListener += 1 }
                if shared.failure == nil { shared.listeners[shared.nextListener] = continuation }
                return (shared.nextListener, shared.failure)
            }
            if let failure { return continuation.finish(throwing: failure) }
            continuation.onTermination = { _ in
                self.shared.withLock { _ = $0.listeners.removeValue(forKey: key) }
            }
            // In its place among the questions: what is asked after this is answered after the runner listens.
            sending(KeeperRequest.subscribe.frame(request: 0).encoded)
        }
    }

    /// Notes that something came, be it half a frame.
    func hear() {
        shared.withLock { $0.lastHeard = .now }
    }

    /// Notes who answers.
    func note(_ identity: RunnerIdentity) {
        shared.withLock { $0.identity = identity }
    }

    /// Notes that the runner can be heard from now on; what was asked before waited for that.
    func begin() {
        shared.withLock { shared in
            shared.lastHeard = .now
            for number in shared.waiting.keys { shared.waiting[number]?.due = .now + Self.answerLimit }
        }
    }

    /// Takes what the runner sent.
    func take(_ frame: Frame) throws(WireError) {
        if let message = try CarrierMessage(frame) {
            switch message {
            case .hello(let terms): return shared.withLock { $0.terms = terms }
            case .report(let load): return shared.withLock { $0.load = load }
            case .goodbye(let reason, _): return close(reason)
            case .bytes, .failure, .readLog, .readOutput: break
            }
        }
        guard frame.request == 0 else {
            let question = shared.withLock { $0.waiting.removeValue(forKey: frame.request) }
            question?.continuation.resume(returning: .success(frame))
            return
        }
        // What a later edition tells is skipped whole: its body may be made in another way.
        guard frame.kind < CarrierMessage.firstKind else { return }
        switch try KeeperEvent(frame) {
        case .ended(let id, let record): tell(.ended(id, record))
        case .lost(let id, let proof): tell(.lost(id, proof: proof))
        case .logGrew(let id): tell(.logGrew(id))
        case .heartbeat, nil: break
        }
    }

    private func tell(_ event: RunnerEvent) {
        for (key, listener) in shared.withLock({ $0.listeners }) {
            guard case .dropped = listener.yield(event) else { continue }
            shared.withLock { _ = $0.listeners.removeValue(forKey: key) }
            listener.finish(throwing: broken("its events were read too slowly"))
        }
    }

    /// Breaks the line where the runner has fallen silent, or owes an answer for too long.
    func check(silenceLimit: Duration, now: ContinuousClock.Instant = .now) {
        let reason = shared.withLock { shared -> String? in
            if now - shared.lastHeard > silenceLimit {
                return "it has given no sign of life for \((now - shared.lastHeard).components.seconds) seconds"
            }
            return shared.waiting.values.contains { $0.due < now } ? "no answer within 60 seconds" : nil
        }
        if let reason { close(reason) }
    }

    /// Ends the line; whoever waits is told why, and the runner hears it where it still can.
    func close(_ reason: String) {
        close(broken(reason))
    }

    /// Ends the line for a reason that is no mere break.
    func close(_ failure: RunnerError) {
        let (waiting, listeners) = shared.withLock { shared -> ([Question], [Listener]) in
            guard shared.failure == nil else { return ([], []) }
            shared.failure = failure
            defer {
                shared.waiting.removeAll()
                shared.listeners.removeAll()
            }
            return (Array(shared.waiting.values), Array(shared.listeners.values))
        }
        for question in waiting { question.continuation.resume(returning: .failure(failure)) }
        for listener in listeners { listener.finish(throwing: failure) }
        let (reason, word) = (HTTPRunnerWire.reason(failure), HTTPRunnerWire.word(failure))
        sending(CarrierMessage.goodbye(reason, word: word).frame().encoded)
        sending(nil)
    }

    private func broken(_ reason: String) -> RunnerError {
        .unreachable(runner: runner, reason: reason)
    }
}
