import AttemptProtocol
import Core
import Glibc

/// A keeper's journal: facts about attempts, checksummed, in space that is reserved before they are needed.
///
/// `append` only collects; `commit` writes what was collected and makes it durable in one go.
struct Journal: ~Copyable {
    let path: String
    let number: Int
    private let file: Descriptor
    private var end: Int64
    private var reserved: Int64
    private var collected: [UInt8] = []
    private var needsSync = false
    /// Whether the disk once refused to make it durable.
    ///
    /// What it refused may count as written from then on, so that no later success is one: only another file is trusted.
    private(set) var isSuspect = false
    /// How long it was when it was last written anew.
    private var lengthWhenFresh: Int64

    /// No entry that ends an attempt is longer than this, notes included.
    static let longestEntry: Int64 = 2048
    private static let step: Int64 = 1 << 20

    /// Goes on with a file whose lock is held and whose entries end at `end`; what stands behind them is blanked.
    init(adopting file: consuming Descriptor, path: String, number: Int, end: Int64) throws(SystemFailure) {
        self.path = path
        self.number = number
        self.end = end
        let length = file.length
        reserved = length
        // Whoever wrote them may have died before they were durable.
        needsSync = end > 0
        lengthWhenFresh = end
        if length > end { try file.write([UInt8](repeating: 0, count: Int(length - end)), at: end) }
        self.file = file
    }

    /// Whether it has grown so much since it was fresh that writing it anew may pay.
    var isLong: Bool { end > 2 * lengthWhenFresh + Journal.step }

    /// Collects a fact; one that need not be durable goes with the next that must.
    mutating func append(_ entry: JournalEntry) {
        collected += entry.encoded
        needsSync = needsSync || entry.mustBeDurable
    }

    /// Makes sure that so many more attempts can come to their end on a full disk.
    mutating func reserve(entries: Int) throws(SystemFailure) {
        let needed = end + Int64(collected.count) + Int64(entries) * Journal.longestEntry
        guard needed > reserved else { return }
        let target = (needed / Journal.step + 1) * Journal.step
        let code = posix_fallocate(file.number, off_t(reserved), off_t(target - reserved))
        guard code == 0 else { throw SystemFailure("reserve space in", path, code: code) }
        // Space that was written once takes later entries without a change to the file system's own records.
        try file.write([UInt8](repeating: 0, count: Int(target - reserved)), at: reserved)
        guard fsync(file.number) == 0 else { throw SystemFailure("write to disk", path) }
        reserved = target
    }

    /// Whether so many entries fit into the space that is there already.
    func hasRoom(entries: Int) -> Bool {
        end + Int64(collected.count) + Int64(entries) * Journal.longestEntry <= reserved
    }

    /// Hands what was collected to the system, which suffices to outlive this process.
    mutating func flush() throws(SystemFailure) {
        guard !collected.isEmpty else { return }
        try file.write(collected, at: end)
        end += Int64(collected.count)
        collected.removeAll(keepingCapacity: true)
    }

    /// Makes everything durable.
    mutating func commit() throws(SystemFailure) {
        try flush()
        guard needsSync else { return }
        guard fdatasync(file.number) == 0 else {
            isSuspect = true
            throw SystemFailure("write to disk", path)
        }
        needsSync = false
    }

    /// Writes a journal of these entries alone and puts it in the place of this one.
    func rewritten(_ entries: [JournalEntry], in state: StateDirectory) throws(SystemFailure) -> Journal {
        let successor = try Journal.create(entries, number: number + 1, in: state)
        unsafe unlink(path)
        return successor
    }

    /// Makes a journal that begins with these entries, locked and durable.
    static func create(
        _ entries: [JournalEntry],
        number: Int,
        in state: StateDirectory
    ) throws(SystemFailure) -> Journal {
        let path = state.journal(number)
        let temporary = path + ".new"
        let file = try Descriptor(path: temporary, flags: O_RDWR | O_CREAT | O_TRUNC)
        guard flock(file.number, LOCK_EX | LOCK_NB) == 0 else { throw SystemFailure("lock", temporary) }
        let bytes = entries.flatMap(\.encoded)
        var journal = try Journal(adopting: file, path: path, number: number, end: 0)
        journal.collected = bytes
        journal.needsSync = true
        try journal.reserve(entries: 16)
        try journal.commit()
        journal.lengthWhenFresh = journal.end
        guard unsafe rename(temporary, path) == 0 else { throw SystemFailure("rename", temporary) }
        try Journal.syncFolder(state.path)
        return journal
    }

    private static func syncFolder(_ path: String) throws(SystemFailure) {
        let folder = try Descriptor(path: path, flags: O_RDONLY | O_DIRECTORY)
        guard fsync(folder.number) == 0 else { throw SystemFailure("write to disk", path) }
    }
}
