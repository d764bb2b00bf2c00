import Core
import Store
import Synchronization

/// Reads what was marked in logs, and keeps it for those that will not grow.
final class LogOutlines: Sendable {
    private let store: Store
    private let kept = Mutex<[AttemptID: LogOutline]>([:])

    /// An outline is half a megabyte at most; then it begins anew.
    private static let limit = 64

    init(store: Store) {
        self.store = store
    }

    /// The folds and errors of an attempt's log.
    func outline(of attempt: AttemptRecord) async throws -> LogOutline {
        if let known = kept.withLock({ $0[attempt.id] }) { return known }
        let outline = LogOutline(try await store.logMarks(of: attempt.id), cause: attempt.cause)
        if attempt.isLogSealed, !attempt.state.isLive {
            kept.withLock { kept in
                if kept.count >= Self.limit { kept.removeAll() }
                kept[attempt.id] = outline
            }
        }
        return outline
    }
}
