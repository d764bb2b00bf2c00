import Postgres

/// The bytes of a log that were not kept, because it is longer than its cap.
package struct LogGap: Hashable, Sendable {
    /// The place of the first byte that is missing.
    package var start: Int
    /// The place of the first byte after it that is there.
    package var end: Int
    /// How many line ends are missing; nil where the bytes were never read.
    package var lines: Int?

    /// How many bytes are missing.
    package var byteCount: Int { end - start }

    /// Joins the facts.
    package init(start: Int, end: Int, lines: Int?) {
        self.start = start
        self.end = end
        self.lines = lines
    }

    /// Reads three columns; nil where nothing is missing.
    init?(row: Row, from first: Int) throws(DatabaseError) {
        guard let start = try row.decode(first, as: Int?.self), let end = try row.decode(first + 1, as: Int?.self)
        else {
            return nil
        }
        self.init(start: start, end: end, lines: try row.decode(first + 2))
    }
}
