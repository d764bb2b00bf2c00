import Glibc

/// The process of a running server, as the kernel tells of it.
struct ServerProcess {
    let number: Int32

    /// Finds the `rota serve` whose arguments name a folder.
    init(naming folder: String) throws {
        guard let directory = unsafe opendir("/proc") else { throw SiteError.failed("/proc cannot be read") }
        defer { unsafe _ = closedir(directory) }
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            guard let number = Int32(name) else { continue }
            let words = SiteFile.read("/proc/\(number)/cmdline").split(separator: 0).map {
                String(decoding: $0, as: UTF8.self)
            }
            if words.first?.hasSuffix("/rota") == true, words.contains("serve"), words.contains(folder) {
                self.number = number
                return
            }
        }
        throw SiteError.failed("no server of \(folder) is running")
    }

    /// Begins to count its peak of memory anew.
    func resetPeak() throws { try SiteFile.write("5", to: "/proc/\(number)/clear_refs") }

    /// The memory that it has, or the most that it has had, in kB: `VmRSS` or `VmHWM`.
    func memory(_ name: String) -> Int {
        let text = String(decoding: SiteFile.read("/proc/\(number)/status"), as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix("\(name):") }
        return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0
    }
}
