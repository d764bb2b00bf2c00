import Core
import Glibc

/// A mark that a command's descendants inherit whatever they do with their session, environment and descriptors.
///
/// It is the soft limit on the time a real-time process may run without blocking, at values of more than a hundred
/// thousand years, which therefore limit nothing; /proc shows it for every process.
enum ProcessTag {
    private static let base: UInt64 = 0x4000_0000_0000_0000
    private static let resource = __rlimit_resource_t(__RLIMIT_RTTIME.rawValue)

    /// The mark of one attempt: 62 of the random bits of its identity.
    static func value(for id: AttemptID) -> UInt64 {
        base | id.low & 0x3FFF_FFFF_FFFF_FFFF
    }

    /// Gives the mark to this process, for children spawned from now on; where the host forbids it there is none.
    static func put(_ tag: UInt64) {
        var limits = rlimit()
        guard unsafe getrlimit(resource, &limits) == 0, limits.rlim_max >= tag else { return }
        limits.rlim_cur = rlim_t(tag)
        _ = unsafe setrlimit(resource, &limits)
    }

    /// Takes the mark off this process, for children that belong to no attempt.
    static func clear() {
        var limits = rlimit()
        guard unsafe getrlimit(resource, &limits) == 0 else { return }
        limits.rlim_cur = limits.rlim_max
        _ = unsafe setrlimit(resource, &limits)
    }

    /// Finds the mark in the text of /proc/PID/limits; nil where there is none of ours.
    static func read(limits text: [UInt8]) -> UInt64? {
        let label = Array("Max realtime timeout".utf8)
        for line in text.split(separator: UInt8(ascii: "\n")) where line.starts(with: label) {
            let words = line.dropFirst(label.count).split(separator: UInt8(ascii: " "))
            guard let first = words.first, let value = UInt64(String(decoding: first, as: UTF8.self)) else {
                return nil
            }
            return value & base != 0 && value >> 63 == 0 ? value : nil
        }
        return nil
    }
}
