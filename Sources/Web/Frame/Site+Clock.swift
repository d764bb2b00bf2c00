import Core
import Glibc

extension Site {
    /// This host's clock, for pages that must render while the database, whose clock counts, cannot be reached.
    static func localClock() -> Timestamp {
        var time = timespec()
        guard unsafe clock_gettime(CLOCK_REALTIME, &time) == 0 else { return .epoch }
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }
}
