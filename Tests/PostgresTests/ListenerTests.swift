import Postgres
import TestKit
import Testing

struct ListenerTests {
    private static let notify = Statement(name: "notify", sql: "SELECT pg_notify($1, $2)")
    private static let listeners = Statement(
        name: "listeners",
        sql: "SELECT pid FROM pg_stat_activity WHERE application_name = $1 AND query LIKE 'LISTEN%'"
    )

    private func listener(named name: String) async throws -> Listener {
        var configuration = try await PrivateServer.shared().configuration(database: "postgres")
        configuration.applicationName = name
        return Listener(configuration, backOff: BackOff(first: .milliseconds(1), limit: .milliseconds(5)))
    }

    @Test func `notifications of the channels asked for arrive in order`() async throws {
        let listener = try await listener(named: "order")
        var events = listener.notifications(on: ["plain_order", "Odd \"name\""]).makeAsyncIterator()
        #expect(await events.next() == .reconnected)
        try await withSession { connection in
            _ = try await connection.execute(Self.notify, ["plain_order", "1"])
            _ = try await connection.execute(Self.notify, ["other_order", "2"])
            _ = try await connection.execute(Self.notify, ["Odd \"name\"", "é 3"])
            try await connection.transaction { transaction in
                _ = try transaction.execute(Self.notify, ["plain_order", ""])
            }
        }
        #expect(await events.next() == .notification(channel: "plain_order", payload: "1"))
        #expect(await events.next() == .notification(channel: "Odd \"name\"", payload: "é 3"))
        #expect(await events.next() == .notification(channel: "plain_order", payload: ""))
    }

    @Test func `a killed session is replaced, and the consumer is told to look again`() async throws {
        let listener = try await listener(named: "killed")
        var events = listener.notifications(on: ["killed"]).makeAsyncIterator()
        #expect(await events.next() == .reconnected)
        for round in 0..<3 {
            try await withSession { connection in
                let rows = try await connection.execute(Self.listeners, ["killed"])
                #expect(rows.count == 1)
                let backend: Int32 = try rows[0].decode(0)
                try await connection.perform { try $0.terminate(backend) }
            }
            guard case .disconnected(let error) = await events.next() else {
                Issue.record("no word of the lost connection")
                return
            }
            #expect(error.isRetryable)
            #expect(await events.next() == .reconnected)
            try await withSession { connection in
                _ = try await connection.execute(Self.notify, ["killed", "\(round)"])
            }
            #expect(await events.next() == .notification(channel: "killed", payload: "\(round)"))
        }
    }

    @Test func `a listener without a server says why and goes on trying`() async throws {
        let configuration = try ConnectionConfiguration("host=/nonexistent dbname=rota user=rota")
        let listener = Listener(configuration, backOff: BackOff(first: .milliseconds(1), limit: .milliseconds(2)))
        var failures = 0
        for await event in listener.notifications(on: ["any"]) {
            guard case .disconnected(.connectionFailed) = event else {
                Issue.record("unexpected: \(event)")
                return
            }
            failures += 1
            if failures == 3 { break }
        }
        #expect(failures == 3)
    }

    @Test func `a stream that is let go ends its session`() async throws {
        let listener = try await listener(named: "gone")
        let task = Task {
            for await _ in listener.notifications(on: ["gone"]) { return }
        }
        await task.value
        try await withSession { connection in
            try await eventually("nobody who listens") {
                try await connection.execute(Self.listeners, ["gone"]).count == 0
            }
        }
    }
}
