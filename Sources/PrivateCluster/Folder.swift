import Glibc

/// A folder by its path: made, listed, resolved.
enum Folder {
    /// The names in a folder, without the two dots; none when it cannot be read.
    static func names(in path: String) -> [String] {
        guard let stream = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { field in
                unsafe field.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    /// Makes a folder and those above it that are missing, which get the usual mode for folders.
    static func make(_ path: String, mode: mode_t) throws(PrivateClusterError) {
        if unsafe mkdir(path, mode) == 0 {
            // The umask took its share of the mode.
            guard unsafe chmod(path, mode) == 0 else { throw .file("set the mode of", path) }
            return
        }
        if errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            try make(String(path[..<slash]), mode: 0o755)
            return try make(path, mode: mode)
        }
        guard errno == EEXIST, isFolder(path) else { throw .file("make the folder", path, code: errno) }
    }

    /// The path without links and dots, or nil when nothing is there.
    static func resolved(_ path: String) -> String? {
        guard let resolved = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }

    static func isFolder(_ path: String) -> Bool {
        guard let status = status(of: path) else { return false }
        return status.st_mode & S_IFMT == S_IFDIR
    }

    /// What the system knows of a path, following links.
    static func status(of path: String) -> stat? {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? status : nil
    }

    /// Removes a folder with all that is in it; links are removed, never followed.
    static func remove(_ path: String) throws(PrivateClusterError) {
        for name in names(in: path) {
            let inner = "\(path)/\(name)"
            if unsafe unlink(inner) != 0 {
                guard errno == EISDIR else { throw .file("remove", inner) }
                try remove(inner)
            }
        }
        guard unsafe rmdir(path) == 0 || errno == ENOENT else { throw .file("remove", path) }
    }
}
