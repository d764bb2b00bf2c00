import AttemptProtocol
import Core
import Glibc

/// All processes of the host at one moment, with what ties them to attempts.
struct ProcessTable {
    private(set) var entries: [Entry] = []
    private var byProcess: [Int32: Int] = [:]

    /// One process.
    struct Entry {
        var process: Int32
        var parent: Int32
        var group: Int32
        var session: Int32
        /// When it started, in the system's count since the boot.
        var ticks: UInt64
        var isZombie: Bool
        var name: String
        /// The mark of an attempt, where it carries one.
        var tag: UInt64?
        /// The attempt that its environment names, where it names one.
        var marker: AttemptID?
    }

    /// Reads /proc once; this keeper itself is left out.
    static func scan() -> ProcessTable {
        var table = ProcessTable()
        guard let folder = unsafe opendir("/proc") else { return table }
        let own = getpid()
        while let item = unsafe readdir(folder) {
            let text = unsafe withUnsafeBytes(of: &item.pointee.d_name) { name in
                unsafe String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let process = Int32(text), process != own, var entry = Entry(process: process) else { continue }
            // Kernel threads descend from process 2 and belong to nobody.
            if entry.parent != 2 && !entry.isZombie { entry.readMarks() }
            table.byProcess[process] = table.entries.count
            table.entries.append(entry)
        }
        unsafe closedir(folder)
        return table
    }

    /// The living processes of an attempt: of its group, its session, with its mark or its marker.
    func members(of attempt: KeptAttempt) -> [Entry] {
        let leader = attempt.start.flatMap { start -> Int32? in
            let process = start.record.processID
            // A number that another process has by now cannot be a living group's or session's as well.
            guard let index = byProcess[process] else { return process }
            return start.ticks.contains(entries[index].ticks) ? process : nil
        }
        let tag = ProcessTag.value(for: attempt.id)
        return entries.filter { entry in
            guard !entry.isZombie else { return false }
            if let leader, entry.group == leader || entry.session == leader { return true }
            return entry.tag == tag || entry.marker == attempt.id
        }
    }

    /// Whether the attempt's own process is still there and is no zombie.
    func hasMain(of attempt: KeptAttempt) -> Bool {
        guard let start = attempt.start, let index = byProcess[start.record.processID] else { return false }
        return start.ticks.contains(entries[index].ticks) && !entries[index].isZombie
    }
}

extension ProcessTable.Entry {
    /// Reads /proc/PID/stat; nil where the process has gone meanwhile.
    init?(process: Int32) {
        guard let stat = ProcessTable.Entry.read("/proc/\(process)/stat", limit: 1024),
            let opening = stat.firstIndex(of: UInt8(ascii: "(")),
            // The name may hold any byte, brackets and blanks too; what follows it does not.
            let closing = stat.lastIndex(of: UInt8(ascii: ")")), opening < closing
        else { return nil }
        let fields = stat[(closing + 1)...].split(separator: UInt8(ascii: " ")).map {
            String(decoding: $0, as: UTF8.self)
        }
        guard fields.count > 19, let parent = Int32(fields[1]), let group = Int32(fields[2]),
            let session = Int32(fields[3]), let ticks = UInt64(fields[19])
        else { return nil }
        self.init(
            process: process,
            parent: parent,
            group: group,
            session: session,
            ticks: ticks,
            isZombie: fields[0] == "Z" || fields[0] == "X",
            name: String(decoding: stat[(opening + 1)..<closing], as: UTF8.self)
        )
    }

    fileprivate mutating func readMarks() {
        tag = ProcessTable.Entry.read("/proc/\(process)/limits", limit: 4096).flatMap(ProcessTag.read(limits:))
        guard tag == nil, let environment = ProcessTable.Entry.read("/proc/\(process)/environ", limit: 1 << 18) else {
            return
        }
        let prefix = Array((CommandEnvironment.marker + "=").utf8)
        let variable = environment.split(separator: 0).first { $0.starts(with: prefix) }
        marker = variable.flatMap { AttemptID(String(decoding: $0.dropFirst(prefix.count), as: UTF8.self)) }
    }

    private static func read(_ path: String, limit: Int) -> [UInt8]? {
        // A process that has gone, or is another user's, is no error here: there is nothing to read of it.
        guard let file = try? Descriptor(path: path, flags: O_RDONLY) else { return nil }
        return try? file.read(from: 0, limit: limit)
    }
}
