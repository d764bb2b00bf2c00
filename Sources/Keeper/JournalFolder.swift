import AttemptProtocol
import Core
import Glibc

/// The journals in a state directory when a keeper starts: those of living keepers, and those that nobody writes.
struct JournalFolder {
    /// Journals of keepers that were replaced and still wait for attempts.
    private(set) var held: [(journal: OlderJournal, entries: [JournalEntry])] = []
    /// The entries of journals that nobody writes any more, oldest first.
    private(set) var free: [[JournalEntry]] = []
    private var freeFiles: [(number: Int, path: String, end: Int)] = []
    private var lastNumber = 0

    /// Reads them all.
    static func open(in state: StateDirectory) throws(SystemFailure) -> JournalFolder {
        var folder = JournalFolder()
        for number in numbers(in: state.path) {
            let path = state.journal(number)
            let file = try Descriptor(path: path, flags: O_RDWR)
            let isHeld = flock(file.number, LOCK_EX | LOCK_NB) != 0
            let (entries, end) = JournalEntry.read(try file.read(from: 0, limit: Int(file.length)))
            folder.lastNumber = number
            if isHeld {
                let older = OlderJournal(path: path, file: file, readUpTo: end)
                folder.held.append((older, entries))
            } else {
                folder.free.append(entries)
                folder.freeFiles.append((number, path, end))
            }
        }
        return folder
    }

    /// The journal to go on with: the newest that nobody writes, which needs no new space, or else a new one.
    mutating func takeOwn(in state: StateDirectory) throws(SystemFailure) -> Journal {
        guard let (number, path, end) = freeFiles.popLast() else {
            return try Journal.create([], number: lastNumber + 1, in: state)
        }
        let file = try Descriptor(path: path, flags: O_RDWR)
        guard flock(file.number, LOCK_EX | LOCK_NB) == 0 else { throw SystemFailure("lock", path) }
        return try Journal(adopting: file, path: path, number: number, end: Int64(end))
    }

    /// Writes what the other journals that nobody writes say into the keeper's own, and removes them.
    func mergeFree(into keeper: Keeper) throws(SystemFailure) {
        guard !freeFiles.isEmpty else { return }
        keeper.journal = try keeper.journal.rewritten(keeper.machine.presentEntries, in: keeper.state)
        for file in freeFiles { unsafe unlink(file.path) }
    }

    private static func numbers(in path: String) -> [Int] {
        guard let folder = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(folder) }
        var numbers: [Int] = []
        while let item = unsafe readdir(folder) {
            let name = unsafe withUnsafeBytes(of: &item.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name.hasPrefix(StateDirectory.journalPrefix) else { continue }
            if let number = Int(name.dropFirst(StateDirectory.journalPrefix.count)) { numbers.append(number) }
        }
        return numbers.sorted()
    }
}
