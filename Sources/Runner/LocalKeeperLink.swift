import AttemptProtocol
import Core
import Glibc
import Synchronization

/// The connection to a keeper, on a thread of its own because sockets and starting keepers block.
///
/// It connects when there is something to ask or somebody to tell, and again after a break. Requests are answered in
/// any order; what is under way when the connection breaks is asked once more, since every request can be repeated.
final class LocalKeeperLink: Sendable {
    private let launch: LocalKeeperLaunch
    private let shared = Mutex(Shared())
    /// A byte written to one end makes the thread, which waits at the other, look at `shared`.
    private let wakeUp: Descriptor
    private let wakened: Descriptor

    /// How long an answer may take; a keeper answers in milliseconds.
    private static let answerLimit: Duration = .seconds(60)
    /// So many events may wait for a reader; then the stream ends and its reader asks anew.
    private static let eventLimit = 100_000

    typealias Answer = Result<KeeperReply, RunnerError>

    /// What the callers' threads and ours share.
    private struct Shared {
        var queue: [Asked] = []
        var subscribers: [Int: AsyncThrowingStream<RunnerEvent, any Error>.Continuation] = [:]
        var nextSubscriber = 0
        var hasThread = false
        var isStopped = false
    }

    /// A request and whoever waits for its answer.
    struct Asked: Sendable {
        var request: KeeperRequest
        var due: ContinuousClock.Instant
        var isRepeated = false
        var waiting: CheckedContinuation<Answer, Never>
    }

    init(launch: LocalKeeperLaunch) {
        self.launch = launch
        var pair: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Linux.socketClosesOnExec | Linux.socketDoesNotBlock
        let code = unsafe socketpair(AF_UNIX, kind, 0, &pair)
        precondition(code == 0, "a process that may not have two more descriptors cannot work at all")
        wakeUp = Descriptor(owning: pair[0])
        wakened = Descriptor(owning: pair[1])
    }

    /// Asks the keeper and waits for its answer.
    func ask(_ request: KeeperRequest) async throws(RunnerError) -> KeeperReply {
        let answer: Answer = await withCheckedContinuation { waiting in
            let due = ContinuousClock.now + LocalKeeperLink.answerLimit
            submit { $0.queue.append(Asked(request: request, due: due, waiting: waiting)) }
        }
        return try answer.get()
    }

    /// Tells what happens from now on.
    func events() -> AsyncThrowingStream<RunnerEvent, any Error> {
        let (stream, continuation) = AsyncThrowingStream<RunnerEvent, any Error>.makeStream(
            bufferingPolicy: .bufferingOldest(LocalKeeperLink.eventLimit)
        )
        submit { shared in
            let key = shared.nextSubscriber
            shared.nextSubscriber += 1
            shared.subscribers[key] = continuation
            continuation.onTermination = { [weak self] _ in
                _ = self?.shared.withLock { $0.subscribers.removeValue(forKey: key) }
            }
        }
        return stream
    }

    /// Ends the thread; the keeper and its attempts go on.
    func stop() {
        shared.withLock { $0.isStopped = true }
        wake()
    }

    private func submit(_ change: (inout sending Shared) -> Void) {
        let needsThread = shared.withLock { shared in
            change(&shared)
            defer { shared.hasThread = true }
            return !shared.hasThread
        }
        if needsThread { startThread() }
        wake()
    }

    private func wake() {
        var byte: UInt8 = 1
        // A full buffer will wake the thread just as well.
        _ = unsafe send(wakeUp.number, &byte, 1, Int32(MSG_NOSIGNAL))
    }

    private func startThread() {
        let session = LocalKeeperSession(link: self, launch: launch)
        let context = unsafe Unmanaged.passRetained(session).toOpaque()
        var thread = pthread_t()
        let code = unsafe pthread_create(
            &thread,
            nil,
            { context in
                guard let context = unsafe context else { return nil }
                unsafe Unmanaged<LocalKeeperSession>.fromOpaque(context).takeRetainedValue().run()
                return nil
            },
            context
        )
        precondition(code == 0, "a process that may not have one more thread cannot work at all")
        pthread_detach(thread)
    }

    // MARK: For the thread

    /// The descriptor that becomes readable when there is something new.
    var newsDescriptor: Int32 { wakened.number }

    /// Whether the link is no longer needed.
    var isStopped: Bool { shared.withLock { $0.isStopped } }

    /// Whether there is anything to connect for.
    var hasDemand: Bool { shared.withLock { !$0.queue.isEmpty || !$0.subscribers.isEmpty } }

    /// Whether somebody listens.
    var hasSubscribers: Bool { shared.withLock { !$0.subscribers.isEmpty } }

    /// Takes what was asked since the last time.
    func takeQueue() -> [Asked] {
        var buffer = [UInt8](repeating: 0, count: 256)
        while unsafe recv(wakened.number, &buffer, buffer.count, 0) > 0 {}
        return shared.withLock { shared in
            defer { shared.queue.removeAll() }
            return shared.queue
        }
    }

    /// Passes an event on to all who listen; those who have fallen too far behind are let go.
    func tell(_ event: RunnerEvent) {
        let subscribers = shared.withLock { $0.subscribers }
        for (key, subscriber) in subscribers {
            guard case .dropped = subscriber.yield(event) else { continue }
            _ = shared.withLock { $0.subscribers.removeValue(forKey: key) }
            let reason = "its events were read too slowly"
            subscriber.finish(throwing: RunnerError.unreachable(runner: launch.runner, reason: reason))
        }
    }

    /// Tells all who listen, and all who wait, that there is no connection.
    func fail(_ error: RunnerError, waiting: [Asked]) {
        endStreams(error)
        for asked in waiting { asked.waiting.resume(returning: .failure(error)) }
    }

    /// Puts requests back in the queue, for the next connection.
    func putBack(_ waiting: [Asked]) {
        shared.withLock { $0.queue = waiting + $0.queue }
    }

    /// Ends the streams of all who listen: they missed something.
    func endStreams(_ error: RunnerError) {
        let subscribers = shared.withLock { shared in
            defer { shared.subscribers.removeAll() }
            return shared.subscribers
        }
        for subscriber in subscribers.values { subscriber.finish(throwing: error) }
    }
}
