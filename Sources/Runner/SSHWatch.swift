import Core
import Synchronization

/// One stream of events: polls the far side over a channel of its own, only while attempts run there.
///
/// A poll is a line to a shell that is there already. The pace follows the age of the last change, from 10 ms to
/// 250 ms, so a short command is noticed at once and a long one costs four lines a second. How long logs are costs the
/// far side a process, so that is asked for less often.
final class SSHWatch: Sendable {
    private static let fastest = Duration.milliseconds(10)
    private static let slowest = Duration.milliseconds(250)
    private static let sizes = Duration.milliseconds(100)
    /// How long an idle channel goes unasked; its breaking is noticed after that.
    private static let idle = Duration.seconds(5)

    private let connection: SSHConnection
    private let state = Mutex(State())

    private struct State {
        var channel: SSHChannel?
        var added: [AttemptID] = []
        var watched: [AttemptID: Int64] = [:]
        var events: [RunnerEvent] = []
        var lastChange = ContinuousClock.now
        var nextSizes = ContinuousClock.now
        var isClosed = false
        var sleeper: CheckedContinuation<Void, Never>?
    }

    init(_ connection: SSHConnection) {
        self.connection = connection
    }

    /// Watches more attempts; those that are watched already are left out.
    func watch(_ ids: [AttemptID]) {
        let sleeper = state.withLock { state in
            let new = ids.filter { state.watched[$0] == nil }
            guard !new.isEmpty else { return nil as CheckedContinuation<Void, Never>? }
            for id in new { state.watched[id] = 0 }
            state.added += new
            state.lastChange = .now
            return state.sleeper.take()
        }
        sleeper?.resume()
    }

    /// Adds an event that was learnt elsewhere.
    func tell(_ event: RunnerEvent) {
        let sleeper = state.withLock { state in
            state.events.append(event)
            return state.sleeper.take()
        }
        sleeper?.resume()
    }

    /// Ends the stream.
    func close() {
        let (channel, sleeper) = state.withLock { state in
            state.isClosed = true
            return (state.channel, state.sleeper.take())
        }
        channel?.close()
        sleeper?.resume()
    }

    /// The next event; nil once closed.
    func next() async throws -> RunnerEvent? {
        while true {
            try Task.checkCancellation()
            let (event, isClosed) = state.withLock { state in
                (state.events.isEmpty ? nil : state.events.removeFirst(), state.isClosed)
            }
            if let event { return event }
            if isClosed { return nil }
            try await poll()
            if state.withLock({ $0.events.isEmpty }) { await pause() }
        }
    }

    private func poll() async throws(RunnerError) {
        let (channel, added, wantsSizes) = state.withLock { state in
            let channel = state.channel ?? connection.openChannel(after: nil)
            state.channel = channel
            let added = state.added
            state.added = []
            let wantsSizes = state.nextSizes <= .now
            if wantsSizes { state.nextSizes = .now + Self.sizes }
            return (channel, added, wantsSizes)
        }
        var text: [UInt8] = []
        if !added.isEmpty { text += SSHRequest.watch(added) + Array("; ".utf8) }
        let frames = try await channel.call(text + Array((wantsSizes ? "poll sizes" : "poll").utf8))
        state.withLock { state in
            for frame in frames { Self.take(frame, &state) }
        }
    }

    private static func take(_ frame: SSHFrame, _ state: inout State) {
        if frame.kind == "bytes" {
            for line in String(decoding: frame.bytes, as: UTF8.self).split(separator: "\n") {
                let words = line.split(separator: " ", maxSplits: 1)
                let folder = words.last?.split(separator: "/").dropLast().last
                guard let id = folder.flatMap({ AttemptID(String($0)) }), let size = words.first.flatMap({ Int64($0) }),
                    let known = state.watched[id], size > known
                else { continue }
                state.watched[id] = size
                state.events.append(.logGrew(id))
            }
        } else if case (let id, .status(let status))? = SSHAnswer.status(frame) {
            switch status {
            case .ended(let record): state.events.append(.ended(id, record))
            case .lost(let proof): state.events.append(.lost(id, proof: proof))
            // It ended between two looks; the next one tells.
            case .running, .neverStarted: return
            }
            state.watched[id] = nil
        }
        if !state.events.isEmpty { state.lastChange = .now }
    }

    private func pause() async {
        let delay = state.withLock { state in
            state.watched.isEmpty ? Self.idle : min(Self.slowest, max(Self.fastest, (.now - state.lastChange) / 8))
        }
        await withTaskGroup { group in
            // Cancelling ends the sleep early, which is all that its error would say.
            group.addTask { try? await Task.sleep(for: delay) }
            group.addTask { await self.waitForMore() }
            await group.next()
            group.cancelAll()
        }
    }

    /// Returns when there is more to watch, or when its task is cancelled.
    private func waitForMore() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isNeedless = state.withLock { state in
                    guard state.added.isEmpty, state.events.isEmpty, !state.isClosed, !Task.isCancelled else {
                        return true
                    }
                    state.sleeper = continuation
                    return false
                }
                if isNeedless { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.sleeper.take() }?.resume()
        }
    }
}
