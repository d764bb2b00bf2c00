/// One instant by two clocks: the wall's, for people, and the one that counts from the boot, for lengths of time.
package struct Moment: Hashable, Sendable {
    /// The wall clock.
    package var wall: Timestamp
    /// Time since the boot, suspension included; no step of the wall clock touches it.
    package var sinceBoot: Duration

    /// Joins the readings of the two clocks.
    package init(wall: Timestamp, sinceBoot: Duration) {
        self.wall = wall
        self.sinceBoot = sinceBoot
    }

    /// The same in the hundredths of a second in which /proc says when a process started.
    package var ticks: UInt64 { UInt64(max(0, sinceBoot.clampedMicroseconds / 10_000)) }
}
