package import Core
import Glibc

/// Reads from the kernel how busy this host is.
package enum HostLoad {
    /// The present figures; what the kernel does not tell is left out.
    package static func now() -> RunnerLoad {
        var load = RunnerLoad()
        let processors = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        load.load = text("/proc/loadavg").flatMap { firstLoad($0) }.map { $0 / Double(processors) }
        load.memoryFree = text("/proc/meminfo").flatMap { freePart($0) }
        return load
    }

    /// The first word of `/proc/loadavg`.
    package static func firstLoad(_ text: String) -> Double? {
        text.split(separator: " ").first.flatMap { Double(String($0)) }
    }

    /// What `/proc/meminfo` says is available, as a part of all.
    package static func freePart(_ text: String) -> Double? {
        func kilobytes(_ name: String) -> Double? {
            for line in text.split(separator: "\n") where line.hasPrefix(name + ":") {
                return line.dropFirst(name.count + 1).split(separator: " ").first.flatMap { Double(String($0)) }
            }
            return nil
        }
        return freePart(of: kilobytes("MemTotal"), free: kilobytes("MemAvailable"))
    }

    /// What is free as a part of all; nil where one of them is not known.
    package static func freePart(of all: Double?, free: Double?) -> Double? {
        guard let all, let free, all > 0 else { return nil }
        return min(1, max(0, free / all))
    }

    private static func text(_ path: String) -> String? {
        // A kernel without the file tells nothing, which is no error.
        guard let file = try? Descriptor(path: path, flags: O_RDONLY),
            let bytes = try? file.read(from: 0, limit: 16 << 10)
        else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }
}
