import Synchronization

/// A bounded number of connections, opened when needed and shared by many tasks.
///
/// Tasks that find none free wait in the order in which they came. A connection that broke, or that comes back in
/// the middle of a transaction, is ended and replaced. After failed connects further ones wait, longer each time.
package final class Pool: Sendable {
    private typealias Grant = PoolState<Connection, Waiter>.Slot

    /// A task that waits, for a slot or for the end of all leases.
    enum Waiter: Sendable {
        case lease(CheckedContinuation<PoolState<Connection, Waiter>.Slot, any Error>)
        case close(CheckedContinuation<Void, Never>)
    }

    private struct Failures {
        var count = 0
        var mayConnect: ContinuousClock.Instant?
        var generator: any RandomNumberGenerator & Sendable
    }

    private let configuration: ConnectionConfiguration
    private let backOff: BackOff
    private let state: Mutex<PoolState<Connection, Waiter>>
    private let failures: Mutex<Failures>

    /// Opens nothing yet.
    ///
    /// `size` is the most connections at one time; `backOff` says how long to wait after failed connects, by the
    /// chance of `generator`, for which tests pass a seeded one.
    package init(
        _ configuration: ConnectionConfiguration,
        size: Int = 8,
        backOff: BackOff = BackOff(),
        generator: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) {
        self.configuration = configuration
        self.backOff = backOff
        self.state = Mutex(PoolState(size: size))
        self.failures = Mutex(Failures(generator: generator))
    }

    /// How many connections are leased, idle, and how many tasks wait for one.
    package var usage: (leased: Int, idle: Int, waiting: Int) {
        state.withLock { ($0.leased, $0.idle.count, $0.waiting) }
    }

    /// Lends a connection for the length of the closure.
    ///
    /// - Throws: What the body throws; `.connectionFailed` when none could be opened; `.poolClosed`;
    ///   `CancellationError` when the task is cancelled while it waits.
    package func withConnection<R>(_ body: (Connection) async throws -> R) async throws -> R {
        let connection = try await lease()
        do {
            let value = try await body(connection)
            await release(connection)
            return value
        } catch {
            await release(connection)
            throw error
        }
    }

    /// Runs a closure on the thread of a leased connection; each statement is committed by itself.
    package func perform<R: Sendable>(_ body: @Sendable (isolated Connection) throws -> R) async throws -> R {
        try await withConnection { try await $0.perform(body) }
    }

    /// Runs a closure in a transaction on a leased connection, as `Connection.transaction` does.
    package func transaction<R: Sendable>(_ body: @Sendable (isolated Connection) throws -> R) async throws -> R {
        try await withConnection { try await $0.transaction(body) }
    }

    /// Executes one statement on a leased connection.
    package func execute(_ statement: Statement, _ parameters: [any PostgresEncodable] = []) async throws -> Rows {
        try await withConnection { try await $0.execute(statement, parameters) }
    }

    /// Refuses new leases and waiting tasks, ends idle connections, and returns when the last lease has ended.
    package func close() async {
        let (connections, refused) = state.withLock { $0.close() }
        for waiter in refused { resume(waiter, with: .failure(DatabaseError.poolClosed)) }
        for connection in connections { await connection.close() }
        await withCheckedContinuation { continuation in
            let waits = state.withLock { $0.awaitLastLease(.close(continuation)) }
            if !waits { continuation.resume() }
        }
    }
}

// MARK: - Leases

extension Pool {
    private func lease() async throws -> Connection {
        switch try await slot() {
        case .empty: return try await connectInSlot()
        case .idle(let connection):
            // What an idle server sends unasked is nearly always its farewell, and a new connection is cheap.
            guard connection.health.hasUnreadInput else { return connection }
            await connection.close()
            return try await connectInSlot()
        }
    }

    private func slot() async throws -> Grant {
        try Task.checkCancellation()
        let (action, id) = state.withLock { ($0.lease(), $0.makeID()) }
        switch action {
        case .use(let slot): return slot
        case .fail: throw DatabaseError.poolClosed
        case .wait: break
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                enqueue(.lease(continuation), id: id)
            }
        } onCancel: {
            if let waiter = state.withLock({ $0.cancel(id: id) }) {
                resume(waiter, with: .failure(CancellationError()))
            }
        }
    }

    private func enqueue(_ waiter: Waiter, id: Int) {
        let outcome: Result<Grant, any Error>? = state.withLock { state in
            // Asked under the lock: a cancellation that comes later finds the waiter in the queue.
            if Task.isCancelled { return .failure(CancellationError()) }
            // A slot may have become free between the first look and this one.
            switch state.lease() {
            case .use(let slot): return .success(slot)
            case .fail: return .failure(DatabaseError.poolClosed)
            case .wait:
                state.enqueue(waiter, id: id)
                return nil
            }
        }
        if let outcome { resume(waiter, with: outcome) }
    }

    private func release(_ connection: Connection) async {
        let isSound = connection.health.isIdle.load(ordering: .acquiring)
        if !isSound { await connection.close() }
        let action = state.withLock { $0.release(isSound ? connection : nil) }
        await perform(action)
    }

    private func perform(_ action: PoolState<Connection, Waiter>.ReleaseAction) async {
        switch action {
        case .none: break
        case .resume(let waiter, let slot): resume(waiter, with: .success(slot))
        case .finish(let connection, let closers):
            await connection?.close()
            for closer in closers { resume(closer, with: .failure(DatabaseError.poolClosed)) }
        }
    }

    private func resume(_ waiter: Waiter, with outcome: Result<Grant, any Error>) {
        switch waiter {
        case .lease(let continuation): continuation.resume(with: outcome)
        case .close(let continuation): continuation.resume()
        }
    }
}

// MARK: - Connecting

extension Pool {
    /// Opens a connection for a slot that is held already, and gives the slot back when that fails.
    private func connectInSlot() async throws -> Connection {
        do {
            try await waitOutFailures()
            let seen = failures.withLock { $0.count }
            do throws(DatabaseError) {
                let connection = try await Connection.connect(configuration)
                failures.withLock { failures in
                    failures.count = 0
                    failures.mayConnect = nil
                }
                return connection
            } catch {
                noteFailure(seen: seen)
                throw error
            }
        } catch {
            await perform(state.withLock { $0.release(nil) })
            throw error
        }
    }

    private func waitOutFailures() async throws {
        guard let instant = failures.withLock({ $0.mayConnect }) else { return }
        try await Task.sleep(until: instant, clock: .continuous)
    }

    /// Lengthens the pause once for all connects that failed side by side.
    private func noteFailure(seen: Int) {
        failures.withLock { failures in
            guard failures.count == seen else { return }
            failures.count += 1
            let pause = backOff.pause(afterFailures: failures.count, using: &failures.generator)
            failures.mayConnect = .now + pause
        }
    }
}
