/// How much of an attempt's log is kept: its head and its tail; what lies between them is counted and left out.
package struct LogCap: Hashable, Sendable {
    /// How many bytes are kept.
    package let bytes: Int64

    /// Takes the number of bytes; the half of it is for the head.
    package init(bytes: Int64) {
        self.bytes = bytes
    }

    /// What holds where nobody says otherwise.
    package static let standard = LogCap(bytes: 256 << 20)

    /// So many bytes are kept from the beginning.
    package var head: Int64 { bytes / 2 }

    /// So many bytes are kept from the end.
    package var tail: Int64 { bytes - head }

    /// Where reading goes on in a log that is stored up to `stored` and so long by now: what will not be kept is passed
    /// over.
    package func next(after stored: Int64, of length: Int64) -> Int64 {
        guard length > bytes, stored >= head else { return stored }
        return max(stored, length - tail)
    }

    /// How many bytes are read at a place at once, so that a piece ends where the head does.
    package func limit(at place: Int64, most: Int) -> Int {
        place < head ? Int(min(Int64(most), head - place)) : most
    }

    /// What is no longer kept of a log that is stored up to a place; nil: nothing.
    package func surplus(storedTo end: Int64) -> Range<Int64>? {
        end > bytes ? head..<(end - tail) : nil
    }

    /// What a runner need no longer have of a log that is so long, whether it was read or not; nil: nothing.
    ///
    /// It keeps twice the tail, so that whoever reads the tail while the log grows still finds it. The ends are on the
    /// boundaries of a file's blocks, for what is given back to the disk is whole blocks.
    package func spare(of length: Int64) -> Range<Int64>? {
        let first = (head + Self.block - 1) / Self.block * Self.block
        let end = (length - 2 * tail) / Self.block * Self.block
        return end > first ? first..<end : nil
    }

    private static let block: Int64 = 64 << 10
}
