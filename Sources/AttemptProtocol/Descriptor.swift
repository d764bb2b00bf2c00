import Glibc

/// An open file descriptor, closed when its owner lets go of it.
package struct Descriptor: ~Copyable, Sendable {
    /// The number by which the system knows it.
    package let number: Int32

    /// Takes over an open descriptor.
    package init(owning number: Int32) {
        self.number = number
    }

    /// Opens a file, closed in spawned processes; the mode counts when it is created.
    package init(path: String, flags: Int32, mode: UInt32 = 0o600) throws(SystemFailure) {
        let opened = unsafe open(path, flags | O_CLOEXEC, mode)
        guard opened >= 0 else { throw SystemFailure("open", path) }
        number = opened
    }

    deinit {
        close(number)
    }

    /// Reads up to `limit` bytes from an offset; fewer only at the end of the file.
    package func read(from offset: Int64, limit: Int) throws(SystemFailure) -> [UInt8] {
        var failure: Int32?
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            while count < limit, let base = buffer.baseAddress {
                let got = unsafe pread(number, base + count, limit - count, off_t(offset) + off_t(count))
                if got < 0 && errno == EINTR { continue }
                if got < 0 { failure = errno }
                guard got > 0 else { return }
                count += got
            }
        }
        if let failure { throw SystemFailure("read", "a file", code: failure) }
        return bytes
    }

    /// Writes all bytes, at an offset or, without one, where the descriptor stands.
    package func write(_ bytes: [UInt8], at offset: Int64? = nil) throws(SystemFailure) {
        var failure: Int32?
        unsafe bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count, let base = buffer.baseAddress {
                let written =
                    if let offset {
                        unsafe pwrite(number, base + done, buffer.count - done, off_t(offset) + off_t(done))
                    } else {
                        unsafe Glibc.write(number, base + done, buffer.count - done)
                    }
                if written < 0 && errno == EINTR { continue }
                guard written > 0 else {
                    failure = errno
                    return
                }
                done += written
            }
        }
        if let failure { throw SystemFailure("write to", "a file", code: failure) }
    }

    /// The file's length in bytes; 0 where it cannot be told.
    package var length: Int64 {
        var facts = stat()
        return unsafe fstat(number, &facts) == 0 ? Int64(facts.st_size) : 0
    }
}
