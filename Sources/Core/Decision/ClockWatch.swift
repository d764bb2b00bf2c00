/// Tells time that really passed from a clock that was only set.
///
/// Between two looks the database's clock is compared with one that counts every second since the host's start, also
/// those in which it slept: what both saw is an outage and is caught up with; what the database alone saw is a jump.
package struct ClockWatch: Sendable {
    /// A jump forward by more than this is taken for a mistake, of which a person must say that it is none.
    package static let limit = Duration.seconds(24 * 3_600)

    private var last: (wall: Timestamp, counted: Duration)?

    /// Has not looked yet.
    package init() {}

    /// Looks at both clocks; returns by how much the database's has jumped forward, where that is too far.
    ///
    /// Backward jumps are no danger: the ledger decides no tick twice. `counted` is the other clock's reading.
    package mutating func look(wall: Timestamp, counted: Duration) -> Duration? {
        defer { last = (wall, counted) }
        guard let last else { return nil }
        let jump = (wall - last.wall) - (counted - last.counted)
        return jump > Self.limit ? jump : nil
    }
}
