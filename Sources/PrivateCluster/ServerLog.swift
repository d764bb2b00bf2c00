import Glibc

/// The file that takes the server's output, which the server itself never opens.
struct ServerLog {
    let path: String

    /// How long the log may grow before it is cut.
    static let limit: Int64 = 10 * 1024 * 1024

    /// Opens the log for a server to append to.
    ///
    /// Its owner becomes the cluster's, so that a run as root does not lock that user out.
    func open(for user: ClusterUser) throws(PrivateClusterError) -> Int32 {
        let descriptor = unsafe Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .file("write", path) }
        if ClusterUser.isRoot { _ = fchown(descriptor, user.id, user.group) }
        return descriptor
    }

    var length: Int64 { Folder.status(of: path).map { Int64($0.st_size) } ?? 0 }

    /// Why the server gave up, as it wrote from `offset` on.
    func complaint(from offset: Int64) -> ServerComplaint? {
        TextFile.read(path, from: offset).flatMap(ServerComplaint.init(in:))
    }

    /// Empties a log that is too long, its last 64 KiB kept beside it.
    ///
    /// The server keeps its descriptor and appends on. A line written in this very moment may be lost.
    func trim() {
        guard length > Self.limit, let end = TextFile.read(path, from: length - 64 * 1024) else { return }
        do throws(PrivateClusterError) {
            try TextFile.replace(path + ".1", with: end, mode: 0o600)
            unsafe truncate(path, 0)
        } catch {
            // The disk may be full of this very log: room counts more than its end.
            unsafe truncate(path, 0)
        }
    }
}
