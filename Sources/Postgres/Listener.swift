/// Hears what others NOTIFY, on connections of its own.
package struct Listener: Sendable {
    /// What a consumer is told.
    package enum Event: Sendable, Equatable {
        /// Somebody notified a channel.
        case notification(channel: String, payload: String)
        /// From here on nothing is missed, but something may have been before: look at everything once.
        ///
        /// Comes first on every stream, after every reconnect, and when the consumer was too slow to be told all.
        case reconnected
        /// There is no connection at present; the next try follows after a pause.
        case disconnected(DatabaseError)
    }

    private let configuration: ConnectionConfiguration
    private let backOff: BackOff
    private let generator: any RandomNumberGenerator & Sendable

    /// Prepares to listen; each stream connects by itself.
    ///
    /// `backOff` says how long to wait between tries to connect, by the chance of `generator`, for which tests pass
    /// a seeded one.
    package init(
        _ configuration: ConnectionConfiguration,
        backOff: BackOff = BackOff(),
        generator: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) {
        self.configuration = configuration
        self.backOff = backOff
        self.generator = generator
    }

    /// Listens on channels until the stream is let go or its task is cancelled.
    ///
    /// Each stream has one connection and one thread, asleep while nothing arrives. At most 4,096 events wait for
    /// the consumer; when it falls further behind, the rest is dropped and `.reconnected` says so.
    package func notifications(on channels: [String]) -> AsyncStream<Event> {
        let (stream, continuation) = AsyncStream.makeStream(of: Event.self, bufferingPolicy: .bufferingOldest(4096))
        let stop = StopSignal()
        continuation.onTermination = { _ in stop.send() }
        let session = ListenerSession(
            configuration: configuration,
            channels: channels,
            backOff: backOff,
            continuation: continuation,
            stop: stop
        )
        let generator = generator
        OwnThread.start(name: "postgres-listen") {
            var session = session
            var generator = generator
            session.run(using: &generator)
        }
        return stream
    }
}
