internal import Glibc

/// What the zone database asks of the file system.
enum ZoneFile {
    /// What changes when a file is replaced or written.
    struct Stamp: Hashable, Sendable {
        var device: UInt
        var inode: UInt
        var size: Int
        var seconds: Int
        var nanoseconds: Int
    }

    /// The system's words for a failed call.
    struct Failure: Error {
        var reason: String

        /// Of the last failed call of this thread.
        static func current() -> Failure {
            let number = errno
            guard let text = unsafe strerror(number) else { return Failure(reason: "error \(number)") }
            return Failure(reason: unsafe String(cString: text))
        }
    }

    /// The stamp of a regular file, links followed; nil when there is none.
    static func stamp(of path: String) -> Stamp? {
        var status = stat()
        guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Stamp(
            device: UInt(status.st_dev),
            inode: UInt(status.st_ino),
            size: Int(status.st_size),
            seconds: status.st_mtim.tv_sec,
            nanoseconds: status.st_mtim.tv_nsec
        )
    }

    static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Reads a file, or its beginning; no zone file has as much as a megabyte.
    static func read(_ path: String, limit: Int = 1 << 20) -> Result<[UInt8], Failure> {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return .failure(.current()) }
        defer { close(descriptor) }
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: min(limit, 16_384))
        while content.count < limit {
            let count = unsafe chunk.withUnsafeMutableBytes { buffer in
                unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return .failure(.current()) }
            if count == 0 { break }
            content.append(contentsOf: chunk[..<min(count, limit - content.count)])
        }
        return .success(content)
    }

    static func environment(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }

    /// The paths below a folder of the files that begin with `TZif`, ascending, each zone once.
    static func names(in directory: String) -> [String] {
        var found: [String] = []
        var pending = [""]
        while let folder = pending.popLast() {
            for entry in entries(of: "\(directory)/\(folder)") {
                let name = folder.isEmpty ? entry : "\(folder)/\(entry)"
                let path = "\(directory)/\(name)"
                // Copies of all zones, as POSIX counts and with leap seconds.
                if ["posix", "right"].contains(name) || ZoneName.aliases.contains(name) { continue }
                if isDirectory(path) {
                    // A link that leads back up would never end.
                    if name.split(separator: "/").count < 4 { pending.append(name) }
                } else if case .success(let head) = read(path, limit: 4), head.elementsEqual("TZif".utf8) {
                    found.append(name)
                }
            }
        }
        return found.sorted()
    }

    private static func entries(of path: String) -> [String] {
        guard let folder = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(folder) }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }
}
