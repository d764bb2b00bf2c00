package import Core
package import Logging
import Synchronization

/// A host reached by OpenSSH's client, with nothing installed there: see `FarSide` for what it must have.
///
/// All channels share one connection. What this carrier cannot know it says: an exit code above 128 is "perhaps" a
/// signal, there is no memory figure, and a cancel proves the process group only.
package final class SSHRunner: RunnerAdapter {
    package let name: String
    private let connection: SSHConnection
    private let orders: SSHLane
    private let reads: SSHLane
    /// For greetings alone: an order or a removal that takes long is no silence.
    private let beats: SSHLane
    private let watchers: SSHWatchers
    private let starts: SSHStarts
    private let told = Mutex<RunnerLoad?>(nil)

    /// How many far shells start commands at once; sshd's usual limit is ten sessions per connection.
    private static let startLanes = 3

    /// Checks the parts, and connects nothing yet; `stateDirectory` is an absolute folder on the far side, nil: `~/.rota`.
    package init(
        name: String,
        way: SSHWay,
        stateDirectory: String? = nil
    ) throws(RunnerError) {
        self.name = name
        connection = try SSHConnection(runner: name, way, stateDirectory: stateDirectory)
        orders = SSHLane(connection)
        reads = SSHLane(connection)
        beats = SSHLane(connection)
        watchers = SSHWatchers()
        let lanes = [orders] + (1..<Self.startLanes).map { [connection] _ in SSHLane(connection) }
        starts = SSHStarts(lanes: lanes, runner: name, watchers: watchers)
    }

    package func identify() async throws(RunnerError) -> RunnerIdentity { try await greet(heard: nil).identity }

    package func greet(heard: KeeperClock?) async throws(RunnerError) -> RunnerGreeting {
        let channel = beats.current()
        let frames = try await channel.call(SSHRequest.greet(heard: heard))
        guard let greeting = channel.greeting, let (sinceBoot, load) = SSHAnswer.clock(frames) else {
            throw broken("greet")
        }
        told.withLock { $0 = load }
        let identity = RunnerIdentity(
            directoryID: greeting.directoryID,
            bootID: greeting.bootID,
            hostName: greeting.hostName,
            version: FarSide.version
        )
        return RunnerGreeting(
            identity: identity,
            clock: sinceBoot.map { KeeperClock(bootID: greeting.bootID, sinceBoot: $0) },
            bootAge: sinceBoot
        )
    }

    package func load() async -> RunnerLoad? { told.withLock { $0 } }

    /// A figure that a command of the host's owner measures there.
    package func measure(_ command: String, logger: Logger) -> HostMeasure {
        connection.measure(command, logger: logger)
    }

    package func start(_ orders: [StartOrder]) async throws(RunnerError) -> [StartAnswer] {
        var answers: [AttemptID: StartAnswer] = [:]
        var pending: [StartOrder] = []
        var boot: String?
        for order in orders where answers[order.id] == nil && !pending.contains(where: { $0.id == order.id }) {
            if let objection = ShellText.objection(to: order) {
                answers[order.id] = .refused(reason: objection)
                continue
            }
            if let objection = objection(to: order.limits) {
                answers[order.id] = .refused(reason: objection)
                continue
            }
            let meant = [order.bootID, order.fence?.contact.bootID].compactMap { $0 }
            if !meant.isEmpty {
                if boot == nil { boot = try await presentBoot() }
                if let other = meant.first(where: { $0 != boot }) {
                    answers[order.id] = .refused(
                        reason: "the order is for boot \(other) of the host, which is now in \(boot ?? "")"
                    )
                    continue
                }
            }
            pending.append(order)
        }
        for first in stride(from: 0, to: pending.count, by: SSHStarts.batch) {
            let part = Array(pending[first..<min(first + SSHStarts.batch, pending.count)])
            answers.merge(try await starts.start(part)) { $1 }
        }
        return try inOrder(orders.map(\.id), answers, "start")
    }

    package func ask(_ ids: [AttemptID]) async throws(RunnerError) -> [AttemptStatus] {
        guard !ids.isEmpty else { return [] }
        let frames = try await orders.call(SSHRequest.ask(ids))
        let answers = try SSHAnswer.statuses(frames, runner: name, request: "ask")
        watchers.note(answers)
        return try inOrder(ids, answers, "ask").map { answer throws(RunnerError) in
            guard case .status(let status) = answer else { throw broken("ask") }
            return status
        }
    }

    package func events() -> AsyncThrowingStream<RunnerEvent, any Error> {
        let watch = SSHWatch(connection)
        watchers.add(watch)
        return AsyncThrowingStream { [watchers] in
            let event = try await watch.next()
            if let id = event?.endedAttempt { watchers.ended(id) }
            return event
        }
    }

    package func readLog(_ id: AttemptID, from offset: Int64, limit: Int) async throws(RunnerError) -> LogSlice {
        let (bytes, end) = try await read("log", of: id, from: max(0, offset), limit: max(0, limit))
        return LogSlice(bytes: bytes, end: end)
    }

    package func readOutput(_ id: AttemptID) async throws(RunnerError) -> [UInt8] {
        try await read("output", of: id, from: 0, limit: 1024 * 1024 + 1).bytes
    }

    package func objection(to limits: ResourceLimits) -> String? {
        // Unlimited a task would do what its author meant to rule out.
        guard limits.processorMillis != nil else { return nil }
        return "the runner '\(name)' is reached by SSH and cannot keep `cpu` of `resources`; give it `install: keeper` "
            + "in rota.yaml, run the task elsewhere, or without it"
    }

    package func cancel(_ id: AttemptID, grace: Duration) async throws(RunnerError) {
        _ = try await orders.call(SSHRequest.cancel(id, grace: grace))
    }

    package func forget(_ ids: [AttemptID]) async throws(RunnerError) {
        guard !ids.isEmpty else { return }
        _ = try await orders.call(SSHRequest.forget(ids))
    }

    package func forgetRun(_ runDirectory: String) async throws(RunnerError) {
        guard ShellText.isRunDirectory(runDirectory) else {
            throw .unable(runner: name, reason: "the run directory '\(runDirectory)' is not made of plain names")
        }
        _ = try await orders.call(SSHRequest.forgetRun(runDirectory))
    }

    /// Ends the channels; running attempts are not touched, and a later call connects anew.
    package func close() {
        starts.close()
        reads.close()
        beats.close()
        watchers.close()
    }
}

extension RunnerEvent {
    /// The attempt that is over; nil for hints.
    fileprivate var endedAttempt: AttemptID? {
        switch self {
        case .ended(let id, _), .lost(let id, _): id
        default: nil
        }
    }
}

extension SSHRunner {
    /// A boot ends every channel, so the greeting of one that answers is of the present boot.
    private func presentBoot() async throws(RunnerError) -> String {
        let channel = orders.current()
        _ = try await channel.call([])
        guard let greeting = channel.greeting else { throw broken("identify") }
        return greeting.bootID
    }

    private func inOrder(
        _ ids: [AttemptID],
        _ answers: [AttemptID: StartAnswer],
        _ request: String
    ) throws(RunnerError) -> [StartAnswer] {
        try ids.map { id throws(RunnerError) in
            guard let answer = answers[id] else { throw broken(request) }
            return answer
        }
    }

    private func read(
        _ file: String,
        of id: AttemptID,
        from offset: Int64,
        limit: Int
    ) async throws(RunnerError) -> (bytes: [UInt8], end: Int64) {
        let frames = try await reads.call(SSHRequest.read(file, of: id, from: offset, limit: limit))
        guard let frame = frames.first else { throw broken("read") }
        if frame.kind == "unknown" { throw .unknownAttempt(runner: name, id: id.description) }
        guard frame.kind == "bytes", let end = frame.text.split(separator: " ").last.flatMap({ Int64($0) }) else {
            throw broken("read")
        }
        return (Array(frame.bytes.dropFirst(Int(offset % 4096))), end)
    }

    private func broken(_ request: String) -> RunnerError { SSHAnswer.broken(runner: name, request: request) }
}
