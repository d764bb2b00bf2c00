/// Tells time that really passed from a clock that was only set.
///
/// Between two looks the database's clock is compared with one that counts every second since the host's start, also
/// those in which it slept: what both saw is an outage and is caught up with; what the database alone saw is a jump.
package struct ClockWatch: Sendable {
    /// A jump forward by more than this is taken for a mistake, of which a person must say that it is none.
    package static let limit = Duration.seconds(24 * 3_600)

    private var last: (wall: Timestamp, counted: Duration)?

    /// A jump backward by more than this is told: what was decided ahead of it rests until the clock is there again.
    package static let backwardLimit = Duration.seconds(60)

    /// How the database's clock was set while no time passed.
    package enum Jump: Hashable, Sendable {
        /// So far that schedules are halted.
        case forward(Duration)
        case backward(Duration)
    }

    /// Has not looked yet.
    package init() {}

    /// Looks at both clocks; returns by how much the database's has jumped, where that is far.
    ///
    /// Backward jumps are no danger: the ledger decides no tick twice. `counted` is the other clock's reading.
    package mutating func look(wall: Timestamp, counted: Duration) -> Jump? {
        defer { last = (wall, counted) }
        guard let last else { return nil }
        let jump = (wall - last.wall) - (counted - last.counted)
        if jump > Self.limit { return .forward(jump) }
        return jump < .zero - Self.backwardLimit ? .backward(.zero - jump) : nil
    }
}
