import Glibc

/// A folder of one's own for a short time, open to nobody else.
package struct ScratchFolder: Sendable {
    /// Absolute.
    package let path: String

    /// Makes it in `/tmp`; nil where that is not possible, and `errno` says why.
    package init?(name: String) {
        var template = Array("/tmp/\(name)-XXXXXX".utf8CString)
        guard let made = unsafe mkdtemp(&template) else { return nil }
        path = unsafe String(cString: made)
    }

    /// Removes the folder and all in it; links are removed, not followed.
    package func remove() {
        Self.remove(path)
    }

    private static func remove(_ path: String) {
        if unsafe unlink(path) == 0 || errno != EISDIR { return }
        if let folder = unsafe opendir(path) {
            while let entry = unsafe readdir(folder) {
                let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
                }
                if name != ".", name != ".." { remove(path + "/" + name) }
            }
            unsafe closedir(folder)
        }
        unsafe rmdir(path)
    }
}
