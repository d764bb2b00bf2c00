import Postgres
import TestKit
import Testing

struct PoolTests {
    private func withPool<R>(size: Int, _ body: (Pool) async throws -> R) async throws -> R {
        let configuration = try await PrivateServer.shared().configuration(database: "postgres")
        let pool = Pool(configuration, size: size)
        do {
            let value = try await body(pool)
            await pool.close()
            return value
        } catch {
            await pool.close()
            throw error
        }
    }

    /// Returns once so many tasks wait for a connection.
    private func waitUntilWaiting(_ count: Int, in pool: Pool) async {
        while pool.usage.waiting < count { await Task.yield() }
    }

    @Test func `a pool opens no more than its size and uses connections again`() async throws {
        try await withPool(size: 3) { pool in
            let backends = try await withThrowingTaskGroup(of: Int32.self) { group in
                for _ in 0..<200 { group.addTask { try await pool.perform { try $0.backendID() } } }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect((1...3).contains(backends.count))
            #expect(pool.usage.leased == 0)
            #expect(pool.usage.idle == backends.count)
        }
    }

    @Test func `tasks are served in the order in which they came`() async throws {
        try await withPool(size: 1) { pool in
            let order = Tally()
            try await withThrowingDiscardingTaskGroup { group in
                try await pool.withConnection { _ in
                    for number in 0..<10 {
                        group.addTask { try await pool.perform { _ in order.add(number) } }
                        await waitUntilWaiting(number + 1, in: pool)
                    }
                }
            }
            #expect(order.all == Array(0..<10))
        }
    }

    @Test func `a task that waits can be cancelled`() async throws {
        try await withPool(size: 1) { pool in
            try await pool.withConnection { _ in
                let task = Task { try await pool.perform { try $0.backendID() } }
                await waitUntilWaiting(1, in: pool)
                task.cancel()
                await #expect(throws: CancellationError.self) { _ = try await task.value }
                #expect(pool.usage.waiting == 0)
            }
            _ = try await pool.execute(.backendID)
        }
    }

    @Test func `a connection that the server ended while idle is replaced unnoticed`() async throws {
        try await withPool(size: 1) { pool in
            let backend = try await pool.perform { try $0.backendID() }
            try await withSession { other in try await other.perform { try $0.terminate(backend) } }
            let next = try await pool.perform { try $0.backendID() }
            #expect(next != backend)
            #expect(pool.usage.idle == 1)
        }
    }

    @Test func `a connection that broke while leased is not lent again`() async throws {
        try await withPool(size: 1) { pool in
            let error = await databaseError {
                try await pool.perform { connection in
                    let backend = try connection.backendID()
                    try connection.terminate(backend)
                }
            }
            #expect(error?.isRetryable == true)
            #expect(pool.usage.idle == 0)
            _ = try await pool.execute(.backendID)
        }
    }

    @Test func `a connection that comes back within a transaction is ended`() async throws {
        try await withPool(size: 1) { pool in
            let backend = try await pool.perform { connection in
                try connection.executeScript("BEGIN")
                return try connection.backendID()
            }
            #expect(pool.usage.idle == 0)
            let next = try await pool.perform { try $0.backendID() }
            #expect(next != backend)
        }
    }

    @Test func `a transaction on a leased connection is committed`() async throws {
        try await withPool(size: 1) { pool in
            try await pool.transaction { try $0.executeScript("CREATE TEMP TABLE kept (id int)") }
            let count = Statement(name: "count_kept", sql: "SELECT count(*) FROM kept")
            let counted = try await pool.execute(count)[0].decode(0, as: Int.self)
            #expect(counted == 0)
        }
    }

    @Test func `failed connects give their slots back, and a later one succeeds`() async throws {
        let server = try await PrivateServer.shared()
        let name = "late_\(UInt32.random(in: 0 ... .max))"
        let pool = Pool(
            try server.configuration(database: name),
            size: 2,
            backOff: BackOff(first: .milliseconds(1), limit: .milliseconds(2))
        )
        for _ in 0..<5 {
            let error = await databaseError { _ = try await pool.execute(.backendID) }
            guard case .connectionFailed = error else {
                Issue.record("not refused: \(String(describing: error))")
                return
            }
        }
        #expect(pool.usage.leased == 0)
        try await withSession { try await $0.executeScript("CREATE DATABASE \(name)") }
        _ = try await pool.execute(.backendID)
        await pool.close()
        try await withSession { try await $0.executeScript("DROP DATABASE \(name) WITH (FORCE)") }
    }

    @Test func `closing refuses those who wait and lets leases end`() async throws {
        let pool = Pool(try await PrivateServer.shared().configuration(database: "postgres"), size: 1)
        let closing = try await pool.withConnection { connection in
            let waiter = Task { try await pool.perform { try $0.backendID() } }
            await waitUntilWaiting(1, in: pool)
            let closing = Task { await pool.close() }
            await #expect(throws: DatabaseError.poolClosed) { _ = try await waiter.value }
            // The lease outlives the call of close.
            _ = try await connection.execute(.backendID)
            return closing
        }
        await closing.value
        #expect(pool.usage == (leased: 0, idle: 0, waiting: 0))
        #expect(await databaseError { _ = try await pool.execute(.backendID) } == .poolClosed)
    }
}
