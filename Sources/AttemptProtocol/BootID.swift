import Glibc

/// The identity of the host's present boot.
package enum BootID {
    /// The variable that names another file to read it from, so that tests can restart a host that goes on.
    package static let fileVariable = "ROTA_BOOT_ID_FILE"
    private static let systemFile = "/proc/sys/kernel/random/boot_id"

    /// Reads the identity afresh.
    package static func read() throws(SystemFailure) -> String {
        let path = unsafe getenv(fileVariable).map { unsafe String(cString: $0) } ?? systemFile
        let file = try Descriptor(path: path, flags: O_RDONLY)
        let bytes = try file.read(from: 0, limit: 64)
        let text = String(decoding: bytes.prefix { $0 > 32 }, as: UTF8.self)
        guard !text.isEmpty else { throw SystemFailure("read the boot's identity from", path, code: ENODATA) }
        return text
    }

    /// How long ago the boot began; one that tests play began when its file was written.
    package static func age() -> Duration? {
        var now = timespec()
        guard let path = unsafe getenv(fileVariable).map({ unsafe String(cString: $0) }) else {
            return unsafe clock_gettime(CLOCK_BOOTTIME, &now) == 0 ? duration(now) : nil
        }
        var facts = stat()
        guard unsafe stat(path, &facts) == 0, unsafe clock_gettime(CLOCK_REALTIME, &now) == 0 else { return nil }
        return max(.zero, duration(now) - duration(facts.st_mtim))
    }

    private static func duration(_ time: timespec) -> Duration { .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec) }
}
