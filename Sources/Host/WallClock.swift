package import Core
import Glibc

/// This host's clock, where the database's cannot be asked; it decides nothing.
package enum WallClock {
    /// The time now.
    package static func now() -> Timestamp {
        var time = timespec()
        guard unsafe clock_gettime(CLOCK_REALTIME, &time) == 0 else { return .epoch }
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }
}
