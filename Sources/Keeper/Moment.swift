import AttemptProtocol
import Core
import Glibc

/// One instant by two clocks: the wall's, for people, and the one that counts from the boot, for lengths of time.
struct Moment {
    /// The wall clock.
    var wall: Timestamp
    /// Time since the boot, suspension included; no step of the wall clock touches it.
    var sinceBoot: Duration

    /// The same in the hundredths of a second in which /proc says when a process started.
    var ticks: UInt64 { UInt64(max(0, sinceBoot.clampedMicroseconds / 10_000)) }

    /// Reads both clocks.
    static func now() -> Moment {
        var wall = timespec()
        var boot = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &wall)
        unsafe clock_gettime(CLOCK_BOOTTIME, &boot)
        return Moment(
            wall: Timestamp(microseconds: Int64(wall.tv_sec) * 1_000_000 + Int64(wall.tv_nsec) / 1000),
            sinceBoot: .seconds(boot.tv_sec) + .nanoseconds(boot.tv_nsec)
        )
    }
}
