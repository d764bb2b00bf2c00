package import Core
import Synchronization

/// The runners that have dialled this server, each by its newest connection.
package final class Switchboard: Sendable {
    private let shared = Mutex(Shared())

    private struct Shared {
        var lines: [String: RunnerLine] = [:]
        /// Connections of which only the first half is there, by their word.
        var halves: [String: RunnerLine] = [:]
        /// Whole connections of which it is not yet known whether they may take their place.
        var entering: [RunnerLine] = []
        var watchers: [Int: AsyncStream<Void>.Continuation] = [:]
        var nextWatcher = 0
    }

    /// Nobody has dialled yet.
    package init() {}

    /// A runner that is connected now.
    package struct Presence: Hashable, Sendable {
        package var name: String
        /// On which terms it takes tasks.
        package var terms: RunnerTerms
    }

    /// Who is connected now, by name.
    package var present: [Presence] {
        shared.withLock { $0.lines }.sorted { $0.key < $1.key }.compactMap { name, line in
            guard line.isOpen, let terms = line.terms else { return nil }
            return Presence(name: name, terms: terms)
        }
    }

    /// Tells whenever somebody comes or goes, and once at the beginning.
    package func changes() -> AsyncStream<Void> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let key = shared.withLock { shared in
                shared.nextWatcher += 1
                shared.watchers[shared.nextWatcher] = continuation
                return shared.nextWatcher
            }
            continuation.onTermination = { _ in self.shared.withLock { $0.watchers[key] = nil } }
            continuation.yield()
        }
    }

    /// The adapter of a runner that dials in.
    package func runner(named name: String) -> DialInRunner {
        DialInRunner(name: name, switchboard: self)
    }

    /// Ends a runner's connection; it may dial again.
    package func disconnect(_ runner: String, reason: String) {
        shared.withLock { $0.lines[runner] }?.close(reason)
        change()
    }

    /// Ends all connections.
    func closeAll(_ reason: String) {
        for line in all { line.close(reason) }
        change()
    }

    /// The open connection of a runner.
    func line(of runner: String) throws(RunnerError) -> RunnerLine {
        if let line = shared.withLock({ $0.lines[runner] }), line.isOpen { return line }
        throw .unreachable(runner: runner, reason: "it is not connected to this server")
    }

    /// Keeps the first half of a connection until the second comes.
    func expect(_ line: RunnerLine, session: String) {
        shared.withLock { $0.halves[session] = line }
    }

    /// Finds the first half of a runner's connection.
    func match(session: String, runner: String) -> RunnerLine? {
        shared.withLock { shared in
            guard let line = shared.halves[session], line.runner == runner else { return nil }
            shared.halves[session] = nil
            shared.entering.append(line)
            return line
        }
    }

    /// Puts a whole connection in the place of an older one.
    func connect(_ line: RunnerLine) {
        let old = shared.withLock { shared in
            defer { shared.lines[line.runner] = line }
            shared.entering.removeAll { $0 === line }
            return shared.lines[line.runner]
        }
        if let old, old !== line { old.close("it has dialled anew") }
        change()
    }

    /// Forgets a connection that has ended.
    func forget(_ line: RunnerLine) {
        shared.withLock { shared in
            if shared.lines[line.runner] === line { shared.lines[line.runner] = nil }
            shared.halves = shared.halves.filter { $0.value !== line }
            shared.entering.removeAll { $0 === line }
        }
        change()
    }

    /// Looks for connections that have fallen silent, and gives signs of life to the others.
    func look(beats: Bool, silenceLimit: Duration) {
        for line in all {
            line.check(silenceLimit: silenceLimit)
            if beats, line.isOpen { line.beat() }
        }
    }

    private var all: [RunnerLine] {
        shared.withLock { Array($0.lines.values) + Array($0.halves.values) + $0.entering }
    }

    /// The connection that has a runner's place and was made in another boot than the given one; nil: none was.
    func otherBoot(of runner: String, than bootID: String) -> RunnerLine? {
        guard let line = shared.withLock({ $0.lines[runner] }), line.isOpen else { return nil }
        return line.identity.flatMap { $0.bootID == bootID ? nil : line }
    }

    /// Lets everybody who watches look again.
    package func nudge() {
        change()
    }

    private func change() {
        let watchers = shared.withLock { Array($0.watchers.values) }
        for watcher in watchers { watcher.yield() }
    }
}
