/// That an attempt is being ended, as it stands beside it for keepers that come after the one that began.
package struct EndingMark: Hashable, Sendable {
    /// Why.
    package var cause: ExitRecord.Cause
    /// When KILL follows, by the clock that counts from the boot.
    package var killAt: Duration

    /// Joins cause and time.
    package init(cause: ExitRecord.Cause, killAt: Duration) {
        self.cause = cause
        self.killAt = killAt
    }
}
