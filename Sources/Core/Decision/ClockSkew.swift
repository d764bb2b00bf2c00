/// By how much a host's clock differs from the database's.
package struct ClockSkew: Hashable, Sendable {
    /// How far it is ahead; negative where it is behind.
    package var ahead: Duration

    /// An answer that took longer than this says nothing.
    private static let patience = Duration.seconds(1)
    /// More than this is shown to people: what a log says of a time is then not what Rota says.
    private static let limit = Duration.seconds(2)

    /// Takes what was measured before.
    package init(ahead: Duration) {
        self.ahead = ahead
    }

    /// Compares the database's clock with the host's before and after it was asked; nil where that took too long to tell.
    package init?(before: Timestamp, database: Timestamp, after: Timestamp) {
        let span = after - before
        guard span >= .zero, span <= Self.patience else { return nil }
        ahead = before + span / 2 - database
    }

    /// Whether people should know.
    package var isFar: Bool { ahead > Self.limit || ahead < .zero - Self.limit }

    /// Such as `3.1 s ahead of` and `5 m behind`.
    package var words: String {
        ahead > .zero ? "\(DurationText.format(ahead)) ahead of" : "\(DurationText.format(.zero - ahead)) behind"
    }
}
