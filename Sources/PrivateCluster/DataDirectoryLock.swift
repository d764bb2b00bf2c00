import Glibc

/// The right to run on a data directory, held until released or until this process ends in whatever way.
///
/// The file stays behind; only the lock on it counts. It is not inherited: PostgreSQL outlives a killed rota, and must
/// not keep the next one out.
struct DataDirectoryLock: ~Copyable {
    private let descriptor: Int32

    init(dataDirectory: String) throws(PrivateClusterError) {
        let path = "\(dataDirectory)/standalone.lock"
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .file("write", path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(descriptor)
            guard code == EWOULDBLOCK else { throw .file("lock", path, code: code) }
            let note = TextFile.read(path) ?? ""
            throw .alreadyRunning(dataDirectory: dataDirectory, process: Int32(note.prefix { $0.isNumber }))
        }
        // A run as root must not leave a file that the folder's owner cannot open.
        if ClusterUser.isRoot, let folder = Folder.status(of: dataDirectory) {
            _ = fchown(descriptor, folder.st_uid, folder.st_gid)
        }
        var note = "\(getpid())\n"
        // The note only makes a refusal clearer, so a full disk is no reason to stop here.
        _ = ftruncate(descriptor, 0)
        note.withUTF8 { bytes in _ = unsafe pwrite(descriptor, bytes.baseAddress, bytes.count, 0) }
        self.descriptor = descriptor
    }

    deinit {
        // A child between its fork and its exec has the descriptor still, and would keep the lock for as long.
        _ = flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}
