import Core
import Glibc

extension Moment {
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
