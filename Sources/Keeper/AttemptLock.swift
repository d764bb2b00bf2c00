import AttemptProtocol
import Core
import Glibc

/// The lock on an attempt's log: held while any process that inherited the descriptor lives.
enum AttemptLock {
    /// Whether a process of the attempt holds it.
    static func isHeld(_ id: AttemptID, in state: StateDirectory) -> Bool {
        // Without the file nobody can hold it.
        guard let file = try? Descriptor(path: state.log(id), flags: O_RDWR) else { return false }
        return flock(file.number, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }
}
