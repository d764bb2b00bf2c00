import Glibc

/// What the kernel says of processes.
enum ProcessUse {
    /// The processor time of a process and, apart, of its children that were collected, in seconds.
    static func processorTime(of process: pid_t) -> (own: Double, children: Double)? {
        guard let fields = status(of: process), fields.count > 14 else { return nil }
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        let times = fields[11...14].map { (Double($0) ?? 0) / ticks }
        return (times[0] + times[1], times[2] + times[3])
    }

    static func parent(of process: pid_t) -> pid_t? {
        status(of: process).flatMap { $0.count > 1 ? pid_t($0[1]) : nil }
    }

    /// All processes there are.
    static func all() -> [pid_t] {
        guard let folder = unsafe opendir("/proc") else { return [] }
        defer { unsafe closedir(folder) }
        var processes: [pid_t] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe String(cString: UnsafeRawPointer(pointer).assumingMemoryBound(to: CChar.self))
            }
            if let process = pid_t(name) { processes.append(process) }
        }
        return processes
    }

    static func children(of process: pid_t) -> [pid_t] { all().filter { parent(of: $0) == process } }

    static func descendants(of process: pid_t) -> [pid_t] {
        children(of: process).flatMap { [$0] + descendants(of: $0) }
    }

    /// The command line's words.
    static func words(of process: pid_t) -> [String] {
        TextFile.read("/proc/\(process)/cmdline").map { $0.split(separator: "\0").map(String.init) } ?? []
    }

    /// Memory in MiB, what is shared counted by its share.
    static func memory(of process: pid_t) -> Double? {
        guard let text = TextFile.read("/proc/\(process)/smaps_rollup") else { return nil }
        for line in text.split(separator: "\n") where line.hasPrefix("Pss:") {
            let words = line.split(separator: " ")
            return words.count > 1 ? Double(words[1]).map { $0 / 1024 } : nil
        }
        return nil
    }

    /// The fields of /proc/PID/stat from the third on: the second may hold spaces.
    private static func status(of process: pid_t) -> [Substring]? {
        guard let text = TextFile.read("/proc/\(process)/stat"), let bracket = text.lastIndex(of: ")") else {
            return nil
        }
        return text[text.index(after: bracket)...].split(separator: " ")
    }
}
