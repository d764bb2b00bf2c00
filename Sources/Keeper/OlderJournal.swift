import AttemptProtocol
import Core
import Glibc

/// The journal of a keeper that has been replaced and still waits for its last attempts.
final class OlderJournal {
    let path: String
    private let file: Descriptor
    private var position = 0

    init(path: String, file: consuming Descriptor, readUpTo position: Int) {
        self.path = path
        self.file = file
        self.position = position
    }

    /// What was added since the last time.
    func readNew() throws(SystemFailure) -> [JournalEntry] {
        let bytes = try file.read(from: Int64(position), limit: max(0, Int(file.length) - position))
        let (entries, end) = JournalEntry.read(bytes)
        position += end
        return entries
    }

    /// Whether its keeper has ended.
    var isAbandoned: Bool { flock(file.number, LOCK_EX | LOCK_NB) == 0 }
}
