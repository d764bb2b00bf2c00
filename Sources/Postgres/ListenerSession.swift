import Glibc

/// What the thread behind one stream of notifications does.
struct ListenerSession: Sendable {
    let configuration: ConnectionConfiguration
    let channels: [String]
    let backOff: BackOff
    let continuation: AsyncStream<Listener.Event>.Continuation
    let stop: StopSignal
    /// Whether the consumer was too slow and has not been told yet.
    private var owesRescan = false

    init(
        configuration: ConnectionConfiguration,
        channels: [String],
        backOff: BackOff,
        continuation: AsyncStream<Listener.Event>.Continuation,
        stop: StopSignal
    ) {
        self.configuration = configuration
        self.channels = channels
        self.backOff = backOff
        self.continuation = continuation
        self.stop = stop
    }

    /// Connects, listens and reconnects until told to stop.
    mutating func run(using generator: inout some RandomNumberGenerator) {
        var failures = 0
        while !stop.wasSent {
            do throws(DatabaseError) {
                let handle = try connect()
                failures = 0
                yield(.reconnected)
                try listen(handle)
            } catch {
                yield(.disconnected(error))
            }
            failures += 1
            let pause = backOff.pause(afterFailures: failures, using: &generator)
            stop.wait(atMost: pause)
        }
        continuation.finish()
    }

    private func connect() throws(DatabaseError) -> ConnectionHandle {
        let handle = try ConnectionHandle(configuration)
        for channel in channels {
            let quoted = channel.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
            let statement = Statement(name: "listen", sql: "LISTEN \"\(quoted)\"")
            guard handle.send(script: statement.sql), let result = handle.result() else {
                throw .connectionLost(statement: statement.name, reason: handle.failure)
            }
            if let error = result.serverError(statement: statement.name, sql: statement.sql) { throw .server(error) }
            if result.isFailure { throw .connectionLost(statement: statement.name, reason: handle.failure) }
        }
        return handle
    }

    /// Hands notifications on until told to stop; throws when the connection breaks.
    private mutating func listen(_ handle: borrowing ConnectionHandle) throws(DatabaseError) {
        while true {
            while let (channel, payload) = handle.nextNotification() {
                yield(.notification(channel: channel, payload: payload))
            }
            // A consumer that owes us room is asked again soon; otherwise the thread sleeps until something comes.
            guard stop.wait(for: handle.socket, atMost: owesRescan ? .milliseconds(100) : nil) else { return }
            if owesRescan { yield(nil) }
            guard handle.consumeInput() else {
                throw .connectionLost(statement: "listen", reason: handle.failure)
            }
        }
    }

    /// Gives an event to the consumer, after the rescan that is owed to it, if any.
    mutating func yield(_ event: Listener.Event?) {
        if owesRescan {
            if case .dropped = continuation.yield(.reconnected) { return }
            owesRescan = false
        }
        if let event, case .dropped = continuation.yield(event) { owesRescan = true }
    }
}
