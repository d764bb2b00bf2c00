import Core
import Glibc

/// This host's clock, for commands that work without a server.
enum WallClock {
    /// The time now.
    static func now() -> Timestamp {
        var time = timespec()
        guard unsafe clock_gettime(CLOCK_REALTIME, &time) == 0 else { return .epoch }
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }
}
