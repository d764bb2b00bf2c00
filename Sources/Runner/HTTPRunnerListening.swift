import Synchronization

/// Makes questions wait until streams of events that are being opened are open.
///
/// An executor opens the stream and then asks; were the question answered first, an end between the two would be missed.
final class HTTPRunnerListening: Sendable {
    private let shared = Mutex(Shared())

    private struct Shared {
        var opening: Set<Int> = []
        var next = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    /// Notes that a stream is being opened.
    func begin() -> Int {
        shared.withLock { shared in
            shared.next += 1
            shared.opening.insert(shared.next)
            return shared.next
        }
    }

    /// Notes that it is open, or will not be.
    func end(_ key: Int) {
        let waiting = shared.withLock { shared -> [CheckedContinuation<Void, Never>] in
            shared.opening.remove(key)
            guard shared.opening.isEmpty else { return [] }
            defer { shared.waiting.removeAll() }
            return shared.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Waits until no stream is being opened.
    func settled() async {
        await withCheckedContinuation { continuation in
            let isSettled = shared.withLock { shared in
                if shared.opening.isEmpty { return true }
                shared.waiting.append(continuation)
                return false
            }
            if isSettled { continuation.resume() }
        }
    }
}
