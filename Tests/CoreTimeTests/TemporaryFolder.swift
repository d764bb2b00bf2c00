import Glibc

/// A folder that is removed with what tests wrote into it.
final class TemporaryFolder {
    let path: String
    private var names: Set<String> = []

    init() throws {
        var template = Array("/tmp/core-time-XXXXXX".utf8CString)
        let isMade = unsafe template.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return false }
            return unsafe mkdtemp(base) != nil
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard isMade else { throw Fixture.Missing(path: path) }
    }

    deinit {
        for name in names { unsafe unlink("\(path)/\(name)") }
        unsafe rmdir(path)
    }

    func write(_ bytes: [UInt8], to name: String) throws {
        guard let file = unsafe fopen("\(path)/\(name)", "wb") else { throw Fixture.Missing(path: "\(path)/\(name)") }
        defer { unsafe fclose(file) }
        for byte in bytes { unsafe putc(Int32(byte), file) }
        names.insert(name)
    }

    /// Puts one file in the place of another, as package managers do.
    func rename(_ name: String, to other: String) {
        unsafe Glibc.rename("\(path)/\(name)", "\(path)/\(other)")
        names.insert(other)
    }

    func remove(_ name: String) {
        unsafe unlink("\(path)/\(name)")
    }
}
