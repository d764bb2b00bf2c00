package import Core
import Postgres

/// Where one stored piece of a log lies.
package struct LogPlace: Hashable, Sendable {
    /// The place of its first byte in the log.
    package var start: Int
    /// The number of the line that its first byte belongs to, from 1.
    package var firstLine: Int
    /// How many line ends it holds.
    package var lineEnds: Int
    package var byteCount: Int
    /// When it was stored.
    package var arrivedAt: Timestamp

    /// Joins the facts.
    package init(start: Int, firstLine: Int, lineEnds: Int, byteCount: Int, arrivedAt: Timestamp) {
        self.start = start
        self.firstLine = firstLine
        self.lineEnds = lineEnds
        self.byteCount = byteCount
        self.arrivedAt = arrivedAt
    }
}

/// A piece of a log that is read to search in it.
package struct ScannedPiece: Hashable, Sendable {
    package var start: Int
    /// The number of the line that its first byte belongs to.
    package var firstLine: Int
    package var bytes: [UInt8]
}

/// Where a log ends at this moment.
package struct LogEnd: Hashable, Sendable {
    /// How many bytes there are.
    package var byteCount: Int
    /// The number of the last line that has any byte; 0 for an empty log.
    package var lastLine: Int
    /// Where the log goes on behind what its cap left out; nil: nothing was left out.
    package var gapEnd: Int?

    /// Joins the numbers.
    package init(byteCount: Int, lastLine: Int, gapEnd: Int? = nil) {
        self.byteCount = byteCount
        self.lastLine = lastLine
        self.gapEnd = gapEnd
    }
}

extension Store {
    /// Where the stored log of an attempt ends.
    package func logEnd(of attempt: AttemptID) async throws -> LogEnd {
        guard let row = try await pool.execute(Self.logEndStatement, [attempt]).first else {
            return LogEnd(byteCount: 0, lastLine: 0)
        }
        let next = try row.decode(1, as: Int.self)
        let endsLine = try row.decode(2, as: Bool.self)
        return LogEnd(byteCount: try row.decode(0), lastLine: endsLine ? next - 1 : next, gapEnd: try row.decode(3))
    }

    /// The pieces that hold the lines from one number to another, in order; at most 4,096.
    ///
    /// The first may begin before the first line; its line ends tell how many to pass over.
    package func logPlaces(of attempt: AttemptID, lines: ClosedRange<Int>) async throws -> [LogPlace] {
        let parameters: [any PostgresEncodable] = [attempt, lines.lowerBound, lines.upperBound]
        return try await pool.execute(Self.logPlacesStatement, parameters).map { row in
            LogPlace(
                start: try row.decode(0),
                firstLine: try row.decode(1),
                lineEnds: try row.decode(2),
                byteCount: try row.decode(3),
                arrivedAt: try row.decode(4)
            )
        }
    }

    /// The bytes of pieces by where they start, in order.
    package func logPieces(of attempt: AttemptID, starts: [Int]) async throws -> [[UInt8]] {
        let parameters: [any PostgresEncodable] = [attempt, starts]
        return try await pool.execute(Self.logPiecesStatement, parameters).map { try $0.decode(0) }
    }

    /// Pieces with their bytes, in order, from the one on that begins at a place or after it.
    package func logScan(of attempt: AttemptID, from start: Int, pieces: Int) async throws -> [ScannedPiece] {
        try await pool.execute(Self.logScanStatement, [attempt, start, pieces]).map { row in
            ScannedPiece(start: try row.decode(0), firstLine: try row.decode(1), bytes: try row.decode(2))
        }
    }

    /// The number of the line that the first byte at or after a place belongs to; nil where none is stored there.
    package func logLine(of attempt: AttemptID, at place: Int) async throws -> Int? {
        try await pool.execute(Self.logLineStatement, [attempt, place]).first?.decode(0)
    }

    /// Asked for behind a gap only, where a piece begins.
    static let logLineStatement = Statement(
        name: "log_line_at",
        sql: """
            SELECT first_line FROM attempt_log WHERE attempt_id = $1 AND start_byte >= $2 ORDER BY start_byte LIMIT 1
            """
    )

    static let logScanStatement = Statement(
        name: "log_scan",
        sql: """
            SELECT start_byte, first_line, bytes FROM attempt_log WHERE attempt_id = $1 AND start_byte >= $2
            ORDER BY start_byte LIMIT $3
            """
    )

    static let logEndStatement = Statement(
        name: "log_end",
        sql: """
            SELECT start_byte + octet_length(bytes), first_line + line_ends,
                get_byte(bytes, octet_length(bytes) - 1) = 10,
                (SELECT log_gap_end FROM attempt WHERE id = $1)
            FROM attempt_log WHERE attempt_id = $1 ORDER BY start_byte DESC LIMIT 1
            """
    )

    /// A line begins in the last piece whose first byte belongs to an earlier one, or at the log's beginning.
    static let logPlacesStatement = Statement(
        name: "log_places",
        sql: """
            WITH begin AS (
                SELECT first_line, start_byte FROM attempt_log WHERE attempt_id = $1 AND first_line < $2
                ORDER BY first_line DESC, start_byte DESC LIMIT 1
            )
            SELECT start_byte, first_line, line_ends, octet_length(bytes), at FROM attempt_log
            WHERE attempt_id = $1
                AND (first_line, start_byte) >= (
                    coalesce((SELECT first_line FROM begin), 0), coalesce((SELECT start_byte FROM begin), 0)
                )
                AND first_line <= $3
            ORDER BY first_line, start_byte LIMIT 4096
            """
    )

    static let logPiecesStatement = Statement(
        name: "log_pieces",
        sql: """
            SELECT bytes FROM attempt_log WHERE attempt_id = $1 AND start_byte = ANY ($2) ORDER BY start_byte
            """
    )
}
