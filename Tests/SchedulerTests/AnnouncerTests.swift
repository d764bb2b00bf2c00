import Logging
import Postgres
import Testing

@testable import Scheduler

/// Words of one server to the others.
struct AnnouncerTests {
    @Test func `a server is heard by the others, and knows its own word`() async throws {
        try await Stage.with { stage in
            var events = Listener(stage.configuration).notifications(on: [Announcer.channel]).makeAsyncIterator()
            #expect(await events.next() == .reconnected)
            let announcers = ["a:1", "b:2"].map { sender in
                Announcer(
                    store: stage.store,
                    sender: sender,
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
                )
            }
            for (speaker, other) in [(announcers[0], announcers[1]), (announcers[1], announcers[0])] {
                speaker.announce()
                guard case .notification(Announcer.channel, let payload) = await events.next() else {
                    Issue.record("no word was heard")
                    return
                }
                #expect(speaker.hasSaid(payload) && !other.hasSaid(payload))
            }
        }
    }
}
