import Core
import Glibc
import Synchronization

/// One far shell, kept open over the shared connection: requests go in, answers come out, in order.
///
/// While a request is under way, those that come are gathered and go together as the next one, so many callers cost
/// one round trip. A channel that failed stays failed; its lane opens another.
final class SSHChannel: Sendable {
    /// Who answered, told when the channel opened.
    struct Greeting: Hashable, Sendable {
        var directoryID: String
        var bootID: String
        var hostName: String
    }

    typealias Answer = Result<[SSHFrame], RunnerError>

    let destination: SSHDestination
    let failure: SSHFailure
    let generation: Int
    let state: Mutex<State>

    struct Call {
        var tag: Int
        var text: [UInt8]
        var frames: [SSHFrame] = []
        var continuation: CheckedContinuation<Answer, Never>
    }

    struct State {
        var parser: SSHFrameParser
        var process: SpawnedProcess?
        var greeting: Greeting?
        var error: RunnerError?
        var errors: [UInt8] = []
        var lastTag = 0
        var queue: [Call] = []
        var underWay: [Call] = []
        /// The tag whose end is the end of the request under way; nil: the far side waits for us.
        var expected: Int?
    }

    /// A word that no noise of rc files contains.
    static func randomMarker() -> String {
        (0..<2).map { _ in
            let digits = String(UInt64.random(in: .min ... .max), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    /// Starts the client; the first call tells whether it came through.
    init(_ destination: SSHDestination, generation: Int, stateDirectory: String?) {
        let marker = Self.randomMarker()
        self.destination = destination
        self.generation = generation
        failure = SSHFailure(destination)
        state = Mutex(State(parser: SSHFrameParser(marker: marker)))
        launch(installer: FarSide.installer(marker: marker, stateDirectory: stateDirectory))
    }

    deinit {
        state.withLock { $0.process }?.signal(SIGKILL)
    }

    /// Why the channel is of no more use; nil while it is.
    var error: RunnerError? { state.withLock { $0.error } }

    /// Who answered; nil before that.
    var greeting: Greeting? { state.withLock { $0.greeting } }

    /// Sends shell text and gives what it said; an empty text asks only that the channel be open.
    ///
    /// A caller whose task is cancelled gives up at once, unless the call is made for others too.
    func call(_ text: [UInt8], canBeAbandoned: Bool = true) async throws(RunnerError) -> [SSHFrame] {
        let tag = state.withLock { state in
            state.lastTag += 1
            return state.lastTag
        }
        let answer: Answer = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isCancelled = canBeAbandoned && Task.isCancelled
                enqueue(Call(tag: tag, text: text, continuation: continuation), isCancelled: isCancelled)
            }
        } onCancel: {
            if canBeAbandoned { abandon(tag) }
        }
        return try answer.get()
    }

    /// Ends the client; what is under way fails.
    func close() {
        fail(.unreachable(runner: destination.runner, reason: "the connection was closed here"))
    }

    // MARK: - Calls

    private func enqueue(_ call: Call, isCancelled: Bool) {
        let refusal: RunnerError? = state.withLock { state in
            if let error = state.error { return error }
            guard !isCancelled else {
                return .unreachable(runner: destination.runner, reason: "the caller gave up")
            }
            state.queue.append(call)
            sendNext(&state)
            return nil
        }
        if let refusal { call.continuation.resume(returning: .failure(refusal)) }
    }

    /// The far side goes on with an abandoned call; only nobody waits for it.
    private func abandon(_ tag: Int) {
        let call = state.withLock { state -> Call? in
            if let index = state.queue.firstIndex(where: { $0.tag == tag }) { return state.queue.remove(at: index) }
            guard let index = state.underWay.firstIndex(where: { $0.tag == tag }) else { return nil }
            return state.underWay.remove(at: index)
        }
        call?.continuation.resume(
            returning: .failure(.unreachable(runner: destination.runner, reason: "the caller gave up"))
        )
    }

    func sendNext(_ state: inout State) {
        guard state.greeting != nil, state.expected == nil, !state.queue.isEmpty else { return }
        let request = SSHRequest.joined(state.queue.map { ($0.tag, $0.text) })
        state.expected = state.queue.last?.tag
        state.underWay = state.queue
        state.queue = []
        state.process?.write(request)
        state.process?.setDeadline(.now + destination.timeouts.answer)
    }
}
