import Glibc

/// A small file of text, read whole and replaced whole.
enum TextFile {
    /// The text of a file, or nil when it cannot be read.
    ///
    /// At most 64 KiB of it, from `offset` on.
    static func read(_ path: String, from offset: Int64 = 0) -> String? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 64 * 1024)
        let count = unsafe pread(descriptor, &bytes, bytes.count, off_t(offset))
        guard count >= 0 else { return nil }
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    /// Replaces a file by a text in one step: a reader sees the old or the new one, also after a power cut.
    ///
    /// Never writes through a link that stands at `path`, for the folder may belong to somebody else.
    static func replace(_ path: String, with text: String, mode: mode_t) throws(PrivateClusterError) {
        let draft = path + ".new"
        unsafe unlink(draft)
        let descriptor = unsafe open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw .file("write", path) }
        defer { close(descriptor) }
        var text = text
        let isWritten = text.withUTF8 { bytes in
            var done = 0
            while done < bytes.count {
                let count = unsafe write(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
                if count > 0 { done += count } else if errno != EINTR { return false }
            }
            return true
        }
        guard isWritten, fchmod(descriptor, mode) == 0, fsync(descriptor) == 0, unsafe rename(draft, path) == 0 else {
            let code = errno
            unsafe unlink(draft)
            throw .file("write", path, code: code)
        }
    }
}
