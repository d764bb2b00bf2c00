import Glibc

/// The project's own files, for tests that read them.
package enum SourceTree {
    /// The folder of the project.
    package static var root: String {
        "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    }

    /// The text of a file; nil where it cannot be read.
    package static func text(_ path: String) -> String? {
        guard let stream = unsafe fopen("\(root)/\(path)", "r") else { return nil }
        defer { unsafe fclose(stream) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe fread(&chunk, 1, chunk.count, stream)
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += chunk[..<count]
        }
    }

    /// Paths of all files below a folder that end in one of the endings, ascending.
    package static func files(in folder: String, ending: [String] = [".swift"]) -> [String] {
        var found: [String] = []
        var folders = [folder]
        while let next = folders.popLast() {
            guard let stream = unsafe opendir("\(root)/\(next)") else { continue }
            defer { unsafe closedir(stream) }
            while let entry = unsafe readdir(stream) {
                let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
                }
                guard !name.hasPrefix(".") else { continue }
                if unsafe entry.pointee.d_type == UInt8(DT_DIR) {
                    folders.append("\(next)/\(name)")
                } else if ending.contains(where: name.hasSuffix) {
                    found.append("\(next)/\(name)")
                }
            }
        }
        return found.sorted()
    }
}
