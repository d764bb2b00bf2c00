package import Core
import Postgres

/// Some bytes of an attempt's log.
package struct LogRange: Hashable, Sendable {
    /// The place of the first byte in the log; later than asked for where bytes in between were not kept.
    package var start: Int
    package var bytes: [UInt8]
    /// The place after the last byte.
    package var end: Int { start + bytes.count }

    /// Puts bytes at a place.
    package init(start: Int, bytes: [UInt8]) {
        self.start = start
        self.bytes = bytes
    }
}

/// How much of a log there is, and whether more will come.
package struct LogExtent: Hashable, Sendable {
    package var byteCount: Int
    package var attemptState: AttemptState
    /// Nothing will be added: all is stored, or the attempt ended so long ago that what is missing never will be.
    package var isComplete: Bool
    /// When this was so, by the database's clock; nil where it was not read.
    package var readAt: Timestamp?

    /// Joins the facts.
    package init(byteCount: Int, attemptState: AttemptState, isComplete: Bool, readAt: Timestamp? = nil) {
        self.byteCount = byteCount
        self.attemptState = attemptState
        self.isComplete = isComplete
        self.readAt = readAt
    }
}

extension Store {
    /// Reads at most so many bytes of a log from a place on; empty at its end.
    package func logBytes(of attempt: AttemptID, from start: Int, limit: Int) async throws -> LogRange {
        let rows = try await pool.execute(Self.logBytesStatement, [attempt, start, start + limit])
        var range = LogRange(start: start, bytes: [])
        for row in rows {
            let rowStart = try row.decode(0, as: Int.self)
            let bytes = try row.decode(1, as: [UInt8].self)
            if range.bytes.isEmpty {
                range.start = max(start, rowStart)
            } else if rowStart != range.end {
                // What follows a hole is the next range.
                break
            }
            let skipped = range.end - rowStart
            range.bytes += bytes[min(skipped, bytes.count)...].prefix(limit - range.bytes.count)
        }
        guard rows.isEmpty else { return range }
        return try await firstLogBytes(of: attempt, after: start, limit: limit)
    }

    /// Reads the first stored bytes after a hole.
    private func firstLogBytes(of attempt: AttemptID, after start: Int, limit: Int) async throws -> LogRange {
        guard let row = try await pool.execute(Self.logAfterHoleStatement, [attempt, start]).first else {
            return LogRange(start: start, bytes: [])
        }
        return LogRange(start: try row.decode(0), bytes: Array(try row.decode(1, as: [UInt8].self).prefix(limit)))
    }

    /// How much of an attempt's log is stored; nil where there is no such attempt.
    package func logExtent(of attempt: AttemptID) async throws -> LogExtent? {
        guard let row = try await pool.execute(Self.logExtentStatement, [attempt]).first else { return nil }
        return LogExtent(
            byteCount: try row.decode(0),
            attemptState: try row.decode(1),
            isComplete: try row.decode(2),
            readAt: try row.decode(3)
        )
    }

    static let logBytesStatement = Statement(
        name: "read_log_bytes",
        sql: """
            SELECT start_byte, bytes FROM attempt_log
            WHERE attempt_id = $1
                AND start_byte >= coalesce((
                    SELECT CASE WHEN l.start_byte + octet_length(l.bytes) > $2 THEN l.start_byte END
                    FROM (
                        SELECT start_byte, bytes FROM attempt_log
                        WHERE attempt_id = $1 AND start_byte <= $2 ORDER BY start_byte DESC LIMIT 1
                    ) l
                ), $2)
                AND start_byte < $3
            ORDER BY start_byte
            """
    )

    static let logAfterHoleStatement = Statement(
        name: "read_log_after_hole",
        sql: """
            SELECT start_byte, bytes FROM attempt_log
            WHERE attempt_id = $1 AND start_byte > $2
            ORDER BY start_byte LIMIT 1
            """
    )

    /// A runner that is heard of again adds the rest within seconds; after a minute nothing is waited for.
    static let logExtentStatement = Statement(
        name: "read_log_extent",
        sql: """
            SELECT log_bytes, state,
                ended_at IS NOT NULL AND (log_sealed OR ended_at < now() - interval '1 minute'), now()
            FROM attempt WHERE id = $1
            """
    )
}
