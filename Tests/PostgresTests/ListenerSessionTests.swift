import Testing

@testable import Postgres

struct ListenerSessionTests {
    private func notification(_ number: Int) -> Listener.Event {
        .notification(channel: "c", payload: "\(number)")
    }

    @Test func `a consumer that fell behind is told to look again before it hears more`() async throws {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Listener.Event.self,
            bufferingPolicy: .bufferingOldest(2)
        )
        var session = ListenerSession(
            configuration: try ConnectionConfiguration("dbname=rota"),
            channels: ["c"],
            backOff: BackOff(),
            continuation: continuation,
            stop: StopSignal()
        )
        var events = stream.makeAsyncIterator()
        for number in 1...5 { session.yield(notification(number)) }
        #expect(await events.next() == notification(1))
        #expect(await events.next() == notification(2))
        session.yield(notification(6))
        #expect(await events.next() == .reconnected)
        #expect(await events.next() == notification(6))
        for number in 7...9 { session.yield(notification(number)) }
        #expect(await events.next() == notification(7))
        #expect(await events.next() == notification(8))
        // Nothing new arrives, yet the debt is paid.
        session.yield(nil)
        #expect(await events.next() == .reconnected)
    }
}
