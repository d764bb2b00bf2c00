import Core
import Synchronization

/// The streams of events that are open, and the attempts that a new one has to watch from its beginning.
final class SSHWatchers: Sendable {
    private let state = Mutex(State())

    private struct State {
        var watches: [WeakWatch] = []
        var running: Set<AttemptID> = []
    }

    private struct WeakWatch: Sendable {
        weak let watch: SSHWatch?
    }

    /// Adds a stream; it is forgotten once nobody reads it.
    func add(_ watch: SSHWatch) {
        let running = state.withLock { state in
            state.watches.removeAll { $0.watch == nil }
            state.watches.append(WeakWatch(watch: watch))
            return state.running
        }
        watch.watch(Array(running))
    }

    /// Takes note of what the far side answered about attempts.
    func note(_ answers: [AttemptID: StartAnswer]) {
        let running = answers.filter { if case .status(.running) = $0.value { true } else { false } }.map(\.key)
        let watches = state.withLock { state in
            state.running.subtract(answers.keys)
            state.running.formUnion(running)
            return running.isEmpty ? [] : state.watches
        }
        for watch in watches { watch.watch?.watch(running) }
    }

    /// Tells the streams of ends that came as the answer to a start order.
    func tellEnded(_ answers: [AttemptID: StartAnswer]) {
        for watch in state.withLock({ $0.watches }) {
            for case (let id, .status(.ended(let record))) in answers { watch.watch?.tell(.ended(id, record)) }
        }
    }

    /// Forgets an attempt whose end a stream has told.
    func ended(_ id: AttemptID) {
        state.withLock { _ = $0.running.remove(id) }
    }

    /// Ends every stream.
    func close() {
        for watch in state.withLock({ $0.watches }) { watch.watch?.close() }
    }
}
