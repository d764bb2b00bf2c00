import Glibc

/// Reads and writes small files.
enum SiteFile {
    static func write(_ text: String, to path: String) throws {
        guard let stream = unsafe fopen(path, "w") else { throw SiteError.failed("\(path) cannot be written") }
        defer { unsafe fclose(stream) }
        let bytes = Array(text.utf8)
        guard unsafe fwrite(bytes, 1, bytes.count, stream) == bytes.count else {
            throw SiteError.failed("\(path) is not whole")
        }
    }

    /// The first 64 kB of a file; nothing where it cannot be read.
    static func read(_ path: String) -> [UInt8] {
        guard let stream = unsafe fopen(path, "r") else { return [] }
        defer { unsafe fclose(stream) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe fread(&bytes, 1, bytes.count, stream)
        return Array(bytes[..<count])
    }
}
