import Glibc

/// A log from whose middle blocks may have been given back to the disk.
///
/// The file's sticky bit says so. It is set before the first block goes, and can be set on a full disk.
package enum TrimmedLog {
    private static let mark: mode_t = 0o1000

    /// Gives a range of whole blocks back to the disk; the log's length and all other bytes stay.
    package static func trim(_ path: String, _ range: Range<Int64>) throws(SystemFailure) {
        // A command may put anything in its log's place: what is no file is left alone.
        let file = try Descriptor(path: path, flags: O_RDWR | O_NOFOLLOW | O_NONBLOCK)
        guard FileFacts(descriptor: file.number)?.isRegular == true else {
            throw SystemFailure("trim", path, code: EINVAL)
        }
        guard fchmod(file.number, mark | 0o600) == 0 else { throw SystemFailure("mark as trimmed", path) }
        guard fallocate(file.number, Linux.punchHole, Int(range.lowerBound), range.count) == 0 else {
            throw SystemFailure("trim", path)
        }
    }

    /// Reads at most so many bytes from an offset on, or from where bytes are kept again; and says where that is.
    package static func read(
        _ file: borrowing Descriptor,
        from offset: Int64,
        limit: Int
    ) throws(SystemFailure) -> (start: Int64, bytes: [UInt8], end: Int64) {
        var start = offset
        while true {
            let end = file.length
            let count = max(0, min(Int64(limit), end - start))
            guard count > 0 else { return (start, [], end) }
            let bytes = try file.read(from: start, limit: Int(count))
            // Looked at after the reading: what went before it would have been read as zeros.
            guard isTrimmed(file) else { return (start, bytes, end) }
            let hole = Int64(lseek(file.number, off_t(start), Linux.seekHole))
            guard hole >= 0, hole < start + Int64(bytes.count) else { return (start, bytes, end) }
            guard hole == start else { return (start, Array(bytes.prefix(Int(hole - start))), end) }
            let data = Int64(lseek(file.number, off_t(start), Linux.seekData))
            guard data > start else { return (end, [], end) }
            start = data
        }
    }

    private static func isTrimmed(_ file: borrowing Descriptor) -> Bool {
        var facts = stat()
        return unsafe fstat(file.number, &facts) == 0 && facts.st_mode & mark != 0
    }
}
