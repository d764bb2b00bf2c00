import Core
import Glibc

/// The machine that is measured on.
struct MachineDescription: Sendable {
    var processors: Int
    var kernel: String
    var database: String

    /// For people, in one line.
    var text: String { "\(processors) processors, Linux \(kernel), \(database)" }

    /// For programs.
    var json: JSONValue {
        .object([
            .init("processors", .number("\(processors)")), .init("kernel", .string(kernel)),
            .init("database", .string(database)),
        ])
    }
}

/// Questions to the machine.
enum Machine {
    /// How many processors there are.
    static var processors: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    /// How many processes wanted to run during the last minute, on average.
    static func load() -> Double {
        TextFile.read("/proc/loadavg").flatMap { $0.split(separator: " ").first.flatMap { Double($0) } } ?? 0
    }

    static func description() -> MachineDescription {
        let kernel = TextFile.read("/proc/sys/kernel/osrelease")?.split(separator: "\n").first.map(String.init)
        return MachineDescription(
            processors: processors,
            kernel: kernel ?? "of unknown release",
            database: MeasuredServer.databaseVersion ?? "no database used"
        )
    }

    /// The wall clock in seconds, as bash's EPOCHREALTIME has it.
    static func wallClock() -> Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1_000_000_000
    }

    /// Lets time pass.
    static func pause(_ duration: Duration) async throws { try await Task.sleep(for: duration) }
}
