package import Core
import Postgres
package import Store

/// Removes what is older than retention allows: in small batches, each a transaction of its own, under a lease, so that
/// one server does it at a time and one that was frozen meanwhile does nothing more.
package struct Pruner: Sendable {
    private let store: Store
    private let holder: String

    /// The lease's name.
    package static let lease = "prune"
    /// How long a batch may take.
    private static let span = Duration.seconds(60)
    /// About how many tasks go in one transaction, and pieces of logs, and lines of history.
    private static let taskBatch = 2_000
    private static let pieceBatch = 400
    private static let lineBatch = 5_000

    /// Works on a store; `holder` is `SERVER:INCARNATION`.
    package init(store: Store, holder: String) {
        self.store = store
        self.holder = holder
    }

    /// Removes everything that is too old; nil: somebody else is at it.
    ///
    /// `onProgress`: Called after each batch with what has gone so far.
    package func prune(
        _ retention: Retention,
        onProgress: @Sendable (PrunedAmounts) -> Void = { _ in }
    ) async throws -> PrunedAmounts? {
        let (holder, span) = (holder, Self.span)
        guard let fence = try await store.transaction({ try $0.acquireLease(Self.lease, holder: holder, for: span) })
        else { return nil }
        let result: Result<PrunedAmounts, any Error>
        do {
            var byAge = retention
            byAge.logBudget = nil
            var gone = PrunedAmounts()
            var cutoffs = try await store.cutoffs(of: byAge)
            try await prune(cutoffs, fence: fence, gone: &gone, onProgress: onProgress)
            // It reads all logs that are kept, and must not keep what is old from going.
            if retention.logBudget != nil {
                cutoffs = try await store.cutoffs(of: retention)
                let logsAlone = Retention.Cutoffs(logs: cutoffs.logs)
                try await prune(logsAlone, fence: fence, gone: &gone, onProgress: onProgress)
            }
            let reached = cutoffs
            try await batch(fence) { try $0.noteRetention(reached) }
            result = .success(gone)
        } catch {
            result = .failure(error)
        }
        try await store.transaction { try $0.releaseLease(Self.lease, holder: holder) }
        return try result.get()
    }

    private func prune(
        _ cutoffs: Retention.Cutoffs,
        fence: Int,
        gone: inout PrunedAmounts,
        onProgress: @Sendable (PrunedAmounts) -> Void
    ) async throws {
        try await dropMonths(cutoffs, fence) { month in
            gone.add(month)
            onProgress(gone)
        }
        if let cutoff = cutoffs.history {
            while let batch = try await pruneRuns(before: cutoff, fence) {
                gone.add(batch)
                onProgress(gone)
            }
        }
        if let cutoff = cutoffs.logs {
            try await pruneLogs(before: cutoff, fence) { bytes in
                gone.logBytes += bytes
                onProgress(gone)
            }
        }
        if let cutoff = cutoffs.runFolders { try await giveUpFolders(before: cutoff, fence) }
        if let cutoff = cutoffs.history {
            while true {
                let count = try await batch(fence) { try $0.removeTicks(before: cutoff, limit: Self.lineBatch) }
                gone.ticks += count
                onProgress(gone)
                guard count == Self.lineBatch else { break }
            }
            gone.ticks += try await batch(fence) { connection in
                let ticks = try connection.removeTickRanges(before: cutoff)
                try connection.removeSmallThings(before: cutoff)
                return ticks
            }
            onProgress(gone)
        }
        while try await batch(fence, { try $0.foldOutcomes(limit: Self.lineBatch) }) == Self.lineBatch {}
        try await batch(fence) { try $0.removeExpiredAccess() }
    }

    /// One transaction that does something only as long as the lease is ours.
    private func batch<R: Sendable>(
        _ fence: Int,
        _ body: @escaping @Sendable (isolated Connection) throws -> R
    ) async throws -> R {
        try Task.checkCancellation()
        let (holder, span) = (holder, Self.span)
        return try await store.transaction { connection in
            guard try connection.acquireLease(Self.lease, holder: holder, for: span) == fence else {
                throw PruningError.leaseLost
            }
            return try body(connection)
        }
    }

    /// Drops whole months of which nothing is needed any more; to say what was in one is dearer than to drop it.
    private func dropMonths(
        _ cutoffs: Retention.Cutoffs,
        _ fence: Int,
        onProgress: (PrunedAmounts) -> Void
    ) async throws {
        for (tables, cutoff) in [(["tick", "transition"], cutoffs.history), (["attempt_log"], cutoffs.logs)] {
            guard let cutoff else { continue }
            let months = try await batch(fence) { try $0.partitions(endedBefore: cutoff) }
            for month in months where tables.contains(month.table) {
                do {
                    let amounts = try await batch(fence) { connection -> PrunedAmounts? in
                        guard try !connection.isNeeded(month, before: cutoff) else { return nil }
                        var amounts = PrunedAmounts()
                        if month.table == "tick" { amounts.ticks = try connection.ticks(in: month) }
                        if month.table == "attempt_log" { amounts.logBytes = try connection.logBytes(in: month) }
                        try connection.drop(month)
                        return amounts
                    }
                    if let amounts { onProgress(amounts) }
                } catch let error as DatabaseError where error.isRetryable {
                    // Somebody reads the table for long; the month goes the next time, or row by row.
                    continue
                }
            }
        }
    }

    /// Removes some runs, or a part of what belongs to them; nil: none is left.
    private func pruneRuns(before cutoff: Timestamp, _ fence: Int) async throws -> PrunedAmounts? {
        try await batch(fence) { connection in
            let runs = try connection.lockOldRuns(before: cutoff, tasks: Self.taskBatch, limit: 200)
            guard !runs.isEmpty else { return nil }
            // While something is left over the runs stay, so that whoever goes on finds them.
            let (pieces, bytes) = try connection.removeLogPieces(ofRuns: runs, limit: Self.pieceBatch)
            var amounts = PrunedAmounts()
            amounts.logBytes = bytes
            guard pieces < Self.pieceBatch,
                try connection.removeTransitions(ofRuns: runs, limit: Self.lineBatch) < Self.lineBatch
            else { return amounts }
            try connection.noteRunFolders(ofRuns: runs)
            amounts.add(try connection.removeRuns(runs))
            return amounts
        }
    }

    private func pruneLogs(
        before cutoff: Timestamp,
        _ fence: Int,
        onProgress: (Int) -> Void
    ) async throws {
        let bound = AttemptID(bound: cutoff)
        var last = AttemptID(high: 0, low: 0)
        while true {
            let after = last
            let found = try await batch(fence) { connection in
                let logs = try connection.oldLogs(after: after, bound: bound, cutoff: cutoff, limit: 100)
                let bytes = try connection.removeLogs(ofAttempts: logs.filter(\.isOld).map(\.attempt))
                return (newest: logs.last?.attempt, bytes: bytes)
            }
            guard let newest = found.newest else { return }
            last = newest
            onProgress(found.bytes)
        }
    }

    private func giveUpFolders(before cutoff: Timestamp, _ fence: Int) async throws {
        while true {
            let count = try await batch(fence) { connection in
                let runs = try connection.lockRunsWithOldFolders(before: cutoff, limit: 500)
                try connection.noteRunFolders(ofRuns: runs)
                return runs.count
            }
            guard count > 0 else { return }
        }
    }
}

/// Why pruning stopped before its end.
package enum PruningError: Error, Hashable, CustomStringConvertible {
    /// Another server has the lease now.
    case leaseLost

    package var description: String {
        "pruning was interrupted for so long that another server has taken it over; nothing was removed after that"
    }
}

extension PrunedAmounts {
    /// Adds others.
    fileprivate mutating func add(_ other: PrunedAmounts) {
        runs += other.runs
        tasks += other.tasks
        attempts += other.attempts
        logBytes += other.logBytes
        ticks += other.ticks
    }
}
