import Glibc

/// The processes of one cluster, told from all others by what they execute and where they stand.
///
/// A process number alone proves nothing: after a crash it may belong to anybody.
struct ServerProcesses {
    /// The cluster's directory, resolved: each of its processes has it as its working directory.
    let directory: String
    let user: ClusterUser

    /// Whether a process lives and belongs to the cluster.
    func contains(_ process: pid_t) -> Bool {
        guard let status = Folder.status(of: "/proc/\(process)"), status.st_uid == user.id,
            let executable = link("exe", of: process)?.split(separator: "/").last?.split(separator: " ").first,
            executable == "postgres" || executable == "postmaster",
            let place = link("cwd", of: process)
        else { return false }
        return place == directory || place == directory + Self.deleted
    }

    /// Every living process of the cluster.
    func all() -> [pid_t] {
        Folder.names(in: "/proc").compactMap { pid_t($0) }.filter(contains)
    }

    /// Ends the processes that a killed server left behind, and returns how many there were.
    ///
    /// Nothing can be lost by killing them: without their server no commit of theirs can be acknowledged any more, and
    /// the next start replays the log in any case. While one lives, that start is refused.
    func endOrphans() throws(PrivateClusterError) -> Int {
        var ended: Set<pid_t> = []
        var waiting = Waiting(atMost: .seconds(30))
        while true {
            let orphans = all()
            if orphans.isEmpty { return ended.count }
            for orphan in orphans where ended.insert(orphan).inserted { kill(orphan, SIGKILL) }
            guard try waiting.again() else {
                throw .processRemains(process: orphans[0], directory: directory)
            }
        }
    }

    /// What the system appends to the path of a file that was removed while in use.
    private static let deleted = " (deleted)"

    private func link(_ name: String, of process: pid_t) -> String? {
        let path = "/proc/\(process)/\(name)"
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe readlink(path, &buffer, buffer.count)
        if count >= 0 {
            return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        guard errno == EACCES, ClusterUser.isRoot, user.id != 0 else { return nil }
        // Root in a container often lacks the right to look at others' processes; their own user has it. A failure
        // means that the process is gone.
        let outcome = try? Spawn(program: "readlink", arguments: ["-n", path], user: user).run()
        return outcome.flatMap { $0.succeeded ? $0.output : nil }
    }
}
