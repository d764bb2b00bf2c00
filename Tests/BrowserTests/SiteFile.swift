import Glibc

/// Writes a file of the site.
enum SiteFile {
    static func write(_ text: String, to path: String) throws {
        guard let stream = unsafe fopen(path, "w") else { throw SiteError.failed("\(path) cannot be written") }
        defer { unsafe fclose(stream) }
        let bytes = Array(text.utf8)
        guard unsafe fwrite(bytes, 1, bytes.count, stream) == bytes.count else {
            throw SiteError.failed("\(path) is not whole")
        }
    }
}
