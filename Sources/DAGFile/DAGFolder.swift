import Core
import Glibc
package import YAML

/// A folder of DAG files, and the folders in it.
package struct DAGFolder: Sendable {
    /// Its path.
    package let path: String
    /// The most bytes a file may have.
    ///
    /// Defaults to 1 MiB.
    package var largestFile = DocumentLimits().bytes
    /// The most entries, files and folders, that are looked at.
    ///
    /// Defaults to 200,000.
    package var mostEntries = 200_000

    /// Names a folder; it is opened by each scan anew.
    package init(path: String) {
        self.path = path
    }

    /// A DAG file as a scan found it.
    package struct File: Hashable, Sendable {
        /// Its path in the folder.
        package var path: String
        /// The DAG's id.
        package var id: String
        package var size: Int
        /// When it was last written, in nanoseconds since 1970.
        package var modified: Int64
        package var inode: UInt64
        package var device: UInt64

        /// Whether another scan found the very same contents, as far as one can tell without reading them.
        package func isUnchanged(since other: File) -> Bool { self == other }
    }

    /// Everything that a scan found.
    package struct Scan: Sendable {
        /// The files, by path.
        package var files: [File]
        /// What cannot be a DAG file although its name says so, by path: bad names, two files of one id, devices.
        package var problems: [Problem]
        /// The files of calendars, by path; their ids are the calendars' names.
        package var calendars: [File] = []
        /// The folders that were looked into, by path; the folder itself is the empty path.
        package var folders: [String]
    }

    /// Looks at every file without reading it.
    /// - Parameter previous: How many files the last scan found; from some to none is an error, not a deletion.
    /// - Returns: The files and what is wrong with them.
    /// - Throws: Why the folder, or one in it, cannot be looked at.
    package func scan(previous: Int = 0) throws(FolderError) -> Scan {
        var scanner = try FolderScanner(folder: self)
        let scan = try scanner.run()
        guard !scan.files.isEmpty || previous == 0 else {
            throw .suddenlyEmpty(path: path, before: previous)
        }
        return scan
    }

    /// Reads a file that a scan found.
    /// - Returns: Its bytes, and the file as it was when they were read.
    /// - Throws: Why it cannot be read; a file that grew beyond the limit is refused before it is read.
    package func read(_ file: File) throws(FolderError) -> (bytes: [UInt8], file: File) {
        let full = path + "/" + file.path
        let descriptor = unsafe open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw .unreadableFile(path: file.path, code: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw .unreadableFile(path: file.path, code: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notARegularFile(path: file.path) }
        guard status.st_size <= largestFile else {
            throw .tooLarge(path: file.path, bytes: status.st_size, limit: largestFile)
        }
        // One more than it should be, so that a file that grows meanwhile is noticed.
        var bytes = [UInt8](repeating: 0, count: status.st_size + 1)
        var count = 0
        while count < bytes.count {
            let read = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe Glibc.read(descriptor, buffer.baseAddress?.advanced(by: count), buffer.count - count)
            }
            if read < 0, errno == EINTR { continue }
            guard read >= 0 else { throw .unreadableFile(path: file.path, code: errno) }
            if read == 0 { break }
            count += read
        }
        bytes.removeLast(bytes.count - count)
        return (bytes, File(path: file.path, id: file.id, status: status))
    }
}

extension DAGFolder.File {
    init(path: String, id: String, status: stat) {
        self.path = path
        self.id = id
        size = status.st_size
        modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
        inode = UInt64(status.st_ino)
        device = UInt64(status.st_dev)
    }
}
