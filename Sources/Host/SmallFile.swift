import Glibc

/// Reads files of a few lines, such as tokens and notes.
package enum SmallFile {
    /// The file's text, at most 64 KiB of it; nil where it cannot be read, and then `reason` says why.
    package static func read(_ path: String) -> String? {
        read(path, limit: 64 * 1024).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The file's bytes, at most so many; nil where it cannot be read, and then `reason` says why.
    package static func read(_ path: String, limit: Int) -> [UInt8]? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        while bytes.count < limit {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            guard count >= 0 else { return nil }
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return Array(bytes.prefix(limit))
    }

    /// Why the last call of the system failed, in its words.
    package static var reason: String {
        guard let text = unsafe strerror(errno) else { return "error \(errno)" }
        return unsafe String(cString: text)
    }
}
