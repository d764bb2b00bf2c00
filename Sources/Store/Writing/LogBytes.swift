package import Core
package import Postgres

/// A piece of a log on its way into the store.
package struct LogPiece: Sendable {
    package var attempt: AttemptID
    /// The offset of its first byte in the attempt's log.
    package var start: Int64
    /// Where the stored log must end for it to be taken; what is between that and its first byte is left out.
    package var after: Int64
    /// Number of the line that its first byte belongs to, counted from 1.
    package var firstLine: Int64
    /// How many line ends it holds.
    package var lineEnds: Int
    /// At most 256 KiB.
    package var bytes: [UInt8]
    /// Of the lines that end in it.
    package var marks: [LogMark]

    /// The most bytes of one piece.
    package static let mostBytes = 262_144

    /// Joins the facts.
    package init(
        attempt: AttemptID,
        start: Int64,
        firstLine: Int64,
        lineEnds: Int,
        bytes: [UInt8],
        marks: [LogMark] = [],
        after: Int64? = nil
    ) {
        self.attempt = attempt
        self.start = start
        self.firstLine = firstLine
        self.lineEnds = lineEnds
        self.bytes = bytes
        self.marks = marks
        self.after = after ?? start
    }
}

/// The line that most likely tells why an attempt failed.
package struct CauseLine: Hashable, Sendable {
    /// Counted from 1.
    package var number: Int64
    package var text: String
    /// The rule that chose it.
    package var rule: String

    /// Joins the facts.
    package init(number: Int64, text: String, rule: String) {
        self.number = number
        self.text = text
        self.rule = rule
    }
}

extension Connection {
    /// Adds pieces to logs, one for each attempt; a piece that does not follow what its log ends with is not taken.
    ///
    /// Returns the attempts whose piece was taken.
    package func append(_ pieces: [LogPiece]) throws -> Set<AttemptID> {
        guard !pieces.isEmpty else { return [] }
        let rows = try execute(
            Statement(
                name: "append_log",
                sql: """
                    WITH piece AS (
                        SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::integer[], $5::bytea[],
                            $6::text[], $7::bigint[])
                            AS u (id, start_byte, first_line, line_ends, bytes, marks, after_byte)),
                    locked AS (
                        SELECT id FROM attempt WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE),
                    moved AS (
                        UPDATE attempt a SET log_bytes = p.start_byte + octet_length(p.bytes),
                            log_lines = p.first_line - 1 + p.line_ends,
                            log_gap_start = CASE WHEN p.start_byte > p.after_byte
                                THEN coalesce(a.log_gap_start, p.after_byte) ELSE a.log_gap_start END,
                            log_gap_end = CASE WHEN p.start_byte > p.after_byte
                                THEN p.start_byte ELSE a.log_gap_end END,
                            log_gap_lines = CASE WHEN p.start_byte > p.after_byte
                                THEN NULL ELSE a.log_gap_lines END
                        FROM piece p JOIN locked l ON l.id = p.id
                        WHERE a.id = p.id AND a.log_bytes = p.after_byte RETURNING a.id)
                    INSERT INTO attempt_log (attempt_id, start_byte, first_line, line_ends, bytes, marks)
                    SELECT p.id, p.start_byte, p.first_line, p.line_ends, p.bytes, p.marks::jsonb
                    FROM piece p JOIN moved m ON m.id = p.id
                    RETURNING attempt_id
                    """
            ),
            [
                pieces.map(\.attempt), pieces.map { Int($0.start) }, pieces.map { Int($0.firstLine) },
                pieces.map { Int32(clamping: $0.lineEnds) }, pieces.map(\.bytes),
                pieces.map { LogMark.document($0.marks) }, pieces.map { Int($0.after) },
            ]
        )
        return Set(try rows.map { try $0.decode(0) })
    }

    /// Removes the pieces of a log that lie within a range that its cap does not keep, and notes what is left out.
    package func dropLog(of id: AttemptID, _ range: Range<Int64>) throws {
        _ = try execute(
            Statement(
                name: "drop_log_middle",
                sql: """
                    WITH gone AS (
                        DELETE FROM attempt_log
                        WHERE attempt_id = $1 AND start_byte >= $2 AND start_byte + octet_length(bytes) <= $3
                            AND start_byte < $3
                        RETURNING start_byte, octet_length(bytes) AS size, line_ends),
                    sums AS (
                        SELECT min(start_byte) AS first, max(start_byte + size) AS last, sum(line_ends) AS lines
                        FROM gone HAVING count(*) > 0)
                    UPDATE attempt a SET log_gap_start = least(a.log_gap_start, s.first),
                        log_gap_end = greatest(a.log_gap_end, s.last),
                        log_gap_lines = CASE WHEN a.log_gap_start IS NULL THEN s.lines ELSE a.log_gap_lines + s.lines END
                    FROM sums s WHERE a.id = $1
                    """
            ),
            [id, Int(range.lowerBound), Int(range.upperBound)]
        )
    }

    /// Writes what an end that comes again tells of a log that was not whole when the attempt ended: the line that tells
    /// why it failed, where one was found, and whether it is now stored up to the length that its runner counted.
    package func seal(_ logs: [(attempt: AttemptID, length: Int64?, cause: CauseLine?)]) throws {
        guard !logs.isEmpty else { return }
        try send(
            Statement(
                name: "seal_logs",
                sql: """
                    WITH locked AS (
                        SELECT id FROM attempt WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE)
                    UPDATE attempt a SET log_sealed = coalesce(a.log_bytes >= u.length, false), log_length = u.length,
                        cause_line = u.line, cause_text = u.text, cause_rule = u.rule
                    FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::text[])
                        AS u (id, length, line, text, rule) JOIN locked l ON l.id = u.id
                    WHERE a.id = u.id AND NOT a.log_sealed
                    """
            ),
            [
                logs.map(\.attempt), logs.map { $0.length.map(Int.init) }, logs.map { $0.cause.map { Int($0.number) } },
                logs.map(\.cause?.text), logs.map(\.cause?.rule),
            ]
        )
    }

    /// Where an attempt's stored log ends.
    package func logEnd(_ id: AttemptID) throws -> (bytes: Int64, lines: Int64)? {
        try execute(
            Statement(name: "stored_log_end", sql: "SELECT log_bytes, log_lines FROM attempt WHERE id = $1"),
            [id]
        ).first.map { (bytes: Int64(try $0.decode(0) as Int), lines: Int64(try $0.decode(1) as Int)) }
    }
}
