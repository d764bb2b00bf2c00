import Glibc

/// Folders with all that is in them.
package enum FileTree {
    /// Removes a folder and what is in it.
    ///
    /// Symbolic links are removed and never followed. What cannot go stays.
    package static func remove(_ path: String) {
        if unsafe rmdir(path) == 0 || errno == ENOENT { return }
        guard let folder = try? Descriptor(path: path, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW) else {
            // Not a folder, or not ours to read: the name alone can go.
            unsafe unlink(path)
            return
        }
        empty(folder.number, depth: 0)
        unsafe rmdir(path)
    }

    private static func empty(_ folder: Int32, depth: Int) {
        // The stream takes over its descriptor, so it gets one of its own.
        let copy = dup(folder)
        guard depth < 200, copy >= 0, let stream = unsafe fdopendir(copy) else {
            if copy >= 0 { close(copy) }
            return
        }
        defer { unsafe closedir(stream) }
        while let item = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: &item.pointee.d_name) { bytes in
                unsafe Array(bytes.prefix { $0 != 0 }) + [0]
            }
            if name == [46, 0] || name == [46, 46, 0] { continue }
            remove(name.map { CChar(bitPattern: $0) }, in: folder, depth: depth)
        }
    }

    private static func remove(_ name: [CChar], in folder: Int32, depth: Int) {
        if unsafe unlinkat(folder, name, 0) == 0 { return }
        let child = unsafe openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard child >= 0 else { return }
        empty(child, depth: depth + 1)
        close(child)
        unsafe unlinkat(folder, name, AT_REMOVEDIR)
    }
}
