import Glibc

/// Looks at this machine's processes.
enum Processes {
    /// The numbers of all.
    static var all: [Int32] {
        guard let directory = unsafe opendir("/proc") else { return [] }
        defer { _ = unsafe closedir(directory) }
        var numbers: [Int32] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let number = Int32(name) { numbers.append(number) }
        }
        return numbers
    }

    /// The words of a process's command line; none for one that has ended.
    static func words(_ process: Int32) -> [String] {
        (TextFile.read("/proc/\(process)/cmdline") ?? "").split(separator: "\0").map(String.init)
    }

    /// The last part of the program's name.
    static func program(_ process: Int32) -> String {
        words(process).first?.split(separator: "/").last.map(String.init) ?? ""
    }

    /// Whether a process was started for a folder: its command line or its environment names it.
    static func mentions(_ process: Int32, _ folder: String) -> Bool {
        guard process != getpid() else { return false }
        let places = ["/proc/\(process)/cmdline", "/proc/\(process)/environ"]
        return places.contains { TextFile.read($0)?.contains(folder) == true }
    }
}

/// Whole files at once.
enum TextFile {
    /// The text; nil if the file cannot be read.
    static func read(_ path: String) -> String? {
        bytes(path).map { String(decoding: $0, as: UTF8.self) }
    }

    static func bytes(_ path: String) -> [UInt8]? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var all: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe Glibc.read(descriptor, &part, part.count)
            guard count >= 0 else { return nil }
            guard count > 0 else { return all }
            all += part[..<count]
        }
    }

    static func write(_ text: String, to path: String) throws(StationError) {
        let bytes = Array(text.utf8)
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .failed("\(path) cannot be written") }
        defer { close(descriptor) }
        guard unsafe Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
            throw .failed("\(path) was not written whole")
        }
    }
}
