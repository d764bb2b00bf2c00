import Core
import Logging
import Postgres
import Runner
import Scheduler
import Store

extension RunnerSeat {
    /// Stores what running attempts print, as the runner says that there is something.
    func logLoop() async throws {
        while true {
            try Task.checkCancellation()
            try await askAgain()
            let batch = grown.filter { held[$0].map { !$0.isEnding } ?? false }.sorted()
            grown.removeAll()
            guard !batch.isEmpty else {
                await logWake.wait(atMost: .seconds(5))
                continue
            }
            for id in batch {
                _ = try await reading(id) { try await $0.storeLog(of: id, upTo: nil, keepingLast: false) }
            }
        }
    }

    /// Asks about attempts whose end is known on the runner and could not be written.
    private func askAgain() async throws {
        let ids = unfinished.filter { held[$0] != nil }.sorted()
        unfinished.removeAll()
        guard !ids.isEmpty else { return }
        try await Task.sleep(for: .milliseconds(500))
        for (id, status) in zip(ids, try await inquire(ids)) { take(status, of: id) }
    }

    /// Reads one attempt's log alone: two readers would store the same bytes twice.
    func reading<R: Sendable>(
        _ id: AttemptID,
        _ body: @Sendable (RunnerSeat) async throws -> R
    ) async throws -> R {
        while held[id]?.isReading ?? false {
            await withCheckedContinuation { held[id]?.readers.append($0) ?? $0.resume() }
        }
        held[id]?.isReading = true
        defer {
            held[id]?.isReading = false
            let readers = held[id]?.readers ?? []
            held[id]?.readers = []
            for reader in readers { reader.resume() }
        }
        return try await body(self)
    }

    /// Stores a piece, and gives up what the cap no longer keeps; false: another seat stored more meanwhile.
    private func store(_ piece: LogPiece, _ cap: LogCap) async throws -> Bool {
        let surplus = cap.surplus(storedTo: piece.start + Int64(piece.bytes.count))
        return try await store.transaction { connection in
            guard try connection.append([piece]).contains(piece.attempt) else { return false }
            if let surplus { try connection.dropLog(of: piece.attempt, surplus) }
            return true
        }
    }

    /// The most pieces of one log that are read before the next log's turn.
    private static let mostPieces = 16

    /// Stores the log from where it ends in the store.
    ///
    /// `end`: The log's final length; nil: as far as it has got.
    /// `keepingLast`: Whether the last piece is returned rather than stored, to be written with the end.
    /// `isOver`: Whether nothing is added to it any more, so that what may be the beginning of a secret is none.
    @discardableResult
    func storeLog(
        of id: AttemptID,
        upTo end: Int64?,
        keepingLast: Bool,
        isOver: Bool = false
    ) async throws -> LogPiece? {
        let cap = configuration.logCap
        var pieces = 0
        while let attempt = held[id] {
            pieces += 1
            if end == nil, !keepingLast, !isOver, pieces > Self.mostPieces {
                // A command that never stops printing must not keep others' logs from being read.
                grown.insert(id)
                logWake.set()
                return nil
            }
            if let end, attempt.logBytes >= end { return nil }
            let slice: LogSlice
            // Of a log beyond its cap, what lies between head and tail is not even read.
            let from = cap.next(after: attempt.logBytes, of: end ?? attempt.logLength)
            let limit = cap.limit(at: from, most: LogPiece.mostBytes)
            // Secrets are looked for across the borders of pieces.
            let margin = attempt.redactor?.longest ?? 0
            do throws(RunnerError) {
                slice = try await adapter.readLog(id, from: max(0, from - Int64(margin)), limit: limit + 2 * margin)
            } catch {
                guard error.isAboutOneAttempt else { throw error }
                // The command removed its own log, or made it unreadable: what is stored is all there is.
                logger.debug("the log of attempt \(id) cannot be read: \(error)")
                return nil
            }
            let first = slice.start ?? max(0, from - Int64(margin))
            let start = max(first, from)
            var bytes = slice.bytes
            if let redactor = attempt.redactor {
                let reached = first + Int64(bytes.count)
                let isEnd = end.map { reached >= $0 } ?? (isOver && reached >= slice.end)
                let settled = redactor.redact(&bytes, isEnd: isEnd)
                // Behind a gap may stand the rest of a secret that began in it.
                if first > from { redactor.maskFirstLine(of: &bytes) }
                let before = min(Int(start - first), settled)
                bytes = Array(bytes[before..<min(settled, before + limit)])
            }
            guard !bytes.isEmpty else { return nil }
            guard var scanner = held[id]?.scanner else { return nil }
            held[id]?.logLength = slice.end
            if start > attempt.logBytes { scanner.skip() }
            let firstLine = scanner.lineEnds + 1
            let lineEnds = scanner.scan(bytes)
            let piece = LogPiece(
                attempt: id,
                start: start,
                firstLine: firstLine,
                lineEnds: lineEnds,
                bytes: bytes,
                marks: scanner.takeMarks(),
                after: attempt.logBytes
            )
            let next = start + Int64(bytes.count)
            if keepingLast, next >= end ?? slice.end {
                held[id]?.scanner = scanner
                held[id]?.logBytes = next
                return piece
            }
            if try await store(piece, cap) {
                held[id]?.scanner = scanner
                held[id]?.logBytes = next
            } else if let stored = try await store.perform({ try $0.logEnd(id) }) {
                // Another seat stored more meanwhile: go on from there.
                held[id]?.logBytes = stored.bytes
                held[id]?.scanner = LineScanner(lineEnds: stored.lines)
            }
        }
        return nil
    }
}
